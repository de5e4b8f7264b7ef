"""The benchmark runs, checks what it stores, and says what it found; how fast is not asserted."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from bench.measures import MEASURES
from pyctl import config


@pytest.mark.timeout(400)
def test_every_measure_runs(tmp_path: Path) -> None:
    out = tmp_path / "results.json"
    command = [sys.executable, "-m", "bench", "--quick", "--out", str(out)]
    for name in MEASURES:
        if name != "dashboard":
            command += ["--only", name]
    done = subprocess.run(
        command, cwd=config.REPO, capture_output=True, text=True, timeout=380, check=False
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    results = json.loads(out.read_text())
    assert all({"measure", "value", "unit", "limit", "ok"} <= set(one) for one in results)
    assert all(one["value"] > 0 for one in results)
    said = " ".join(one["measure"] for one in results)
    for line in (
        "no-op RPC",
        "20 events",
        "hammered",
        "directly",
        "recent_intents",
        "pulse",
        "RLS",
    ):
        assert line in said


def test_unknown_names_are_told() -> None:
    command = [sys.executable, "-m", "bench", "--only", "nothing"]
    done = subprocess.run(command, cwd=config.REPO, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "dashboard" in done.stderr
