"""What random visitors did is what the database holds: nothing lost, nothing doubled.

A short profile here; ``make soak`` walks a thousand times (OPSMANTIK_SOAK=<walks>).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter

import pytest

from pyctl import config
from tests.harness.rest import Rest
from tests.harness.world import World

WALKS = int(os.environ.get("OPSMANTIK_SOAK") or 8)
SEED = int(os.environ.get("OPSMANTIK_SOAK_SEED") or 1)
JOBS = 2 if WALKS < 100 else 3
STORED = "select label, action from app.events where site_id = %(site)s and label like 'tel:%%'"
CLICKS = "select coalesce(sum(phone_clicks), 0)::integer from app.calls where site_id = %(site)s"


@pytest.mark.timeout(60 + WALKS * 10)
def test_nothing_is_lost_and_nothing_doubled(rest: Rest, world: World) -> None:
    site = world.site("soak", allowed_origins=["127.0.0.1"], events_per_minute=1_000_000)
    shares = [WALKS // JOBS + (job < WALKS % JOBS) for job in range(JOBS)]
    firsts = [SEED + sum(shares[:job]) for job in range(JOBS)]
    workers = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.soak.walk", rest.url, site.key, f"{first}", f"{share}"],
            cwd=config.REPO,
            stdout=subprocess.PIPE,
            text=True,
        )
        for first, share in zip(firsts, shares, strict=True)
    ]
    said = "".join(worker.communicate()[0] for worker in workers)
    assert [worker.returncode for worker in workers] == [0] * JOBS
    walks = [json.loads(line) for line in said.splitlines()]
    assert len(walks) == WALKS
    assert [(walk["walk"], walk["errors"]) for walk in walks if walk["errors"]] == []

    done = Counter((label, "phone_call") for walk in walks for label in walk["taps"])
    done += Counter((label, "step") for walk in walks for label in walk["steps"])
    held = Counter((row["label"], row["action"]) for row in world.rows(STORED, site=site.id))
    sys.stdout.write(
        f"{WALKS} walks, {len(done)} events: lost {(done - held).total()},"
        f" doubled {(held - done).total()}\n"
    )
    assert done - held == Counter(), "lost"
    assert held - done == Counter(), "doubled"
    taps = sum(len(walk["taps"]) for walk in walks)
    assert world.value(CLICKS, site=site.id) == taps
    assert world.rows("select reason from ops.bad_rows") == []
