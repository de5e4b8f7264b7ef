"""What random visitors did is what the database holds: nothing lost, nothing doubled.

A short profile here; ``make soak`` walks a thousand times (OPSMANTIK_TEST_SOAK=<walks>,
OPSMANTIK_TEST_SOAK_SECONDS=<when to begin no more of them>).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from pyctl import config
from tests.harness.rest import Rest
from tests.harness.world import World

WALKS = int(os.environ.get("OPSMANTIK_TEST_SOAK") or 8)
SEED = int(os.environ.get("OPSMANTIK_TEST_SOAK_SEED") or 1)
NO_END = 86_400
SECONDS = int(os.environ.get("OPSMANTIK_TEST_SOAK_SECONDS") or NO_END)
JOBS = 2 if WALKS < 100 else 3
STORED = "select label, action from app.events where site_id = %(site)s and label like 'tel:%%'"
CLICKS = "select coalesce(sum(phone_clicks), 0)::integer from app.calls where site_id = %(site)s"


@pytest.mark.timeout(60 + min(WALKS * 20, SECONDS + 120))
def test_nothing_is_lost_and_nothing_doubled(rest: Rest, world: World, tmp_path: Path) -> None:
    site = world.site("soak", allowed_origins=["127.0.0.1"], events_per_minute=1_000_000)
    shares = [WALKS // JOBS + (job < WALKS % JOBS) for job in range(JOBS)]
    workers, files = [], []
    for job, share in enumerate(shares):
        first = SEED + sum(shares[:job])
        files.append(tmp_path / f"{job}.jsonl")
        with files[-1].open("w") as out:
            arguments = [rest.url, site.key, str(first), str(share), str(SECONDS)]
            command = [sys.executable, "-m", "tests.soak.walk", *arguments]
            workers.append(subprocess.Popen(command, cwd=config.REPO, stdout=out))
    assert [worker.wait() for worker in workers] == [0] * JOBS
    walks = [json.loads(line) for file in files for line in file.read_text().splitlines()]
    assert len(walks) == WALKS or (walks and SECONDS < NO_END)
    assert [(walk["walk"], walk["errors"]) for walk in walks if walk["errors"]] == []

    done = Counter((label, "phone_call") for walk in walks for label in walk["taps"])
    done += Counter((label, "step") for walk in walks for label in walk["steps"])
    held = Counter((row["label"], row["action"]) for row in world.rows(STORED, site=site.id))
    sys.stdout.write(
        f"{len(walks)} walks, {len(done)} events: lost {(done - held).total()},"
        f" doubled {(held - done).total()}\n"
    )
    assert done - held == Counter(), "lost"
    assert held - done == Counter(), "doubled"
    taps = sum(len(walk["taps"]) for walk in walks)
    assert world.value(CLICKS, site=site.id) == taps
    assert world.rows("select reason from ops.bad_rows") == []
