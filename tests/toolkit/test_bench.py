"""The benchmark runs, checks what it stores, and says what it found; how fast is not asserted."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from bench import page
from bench.measures import MEASURES, Result
from bench.stage import Bench
from pyctl import config, db


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


def test_only_what_is_measured_is_loaded() -> None:
    bench = Bench(5_000, 10_000, 2)
    try:
        assert len(bench.keys) == 2
        with db.connect(bench.stage.cluster.dsn("postgres")) as conn:
            made = conn.execute("select datname from pg_database where datname like 'bench%'")
            assert made.fetchall() == [("bench_ingest",)]
    finally:
        bench.close()


def test_the_page_gets_a_table_between_its_marks(tmp_path: Path) -> None:
    copy = tmp_path / "performance.md"
    copy.write_text(f"before\n{page.BEGIN}\nold\n{page.END}\nafter\n")
    fine = Result("loaded", 61234.5, "events/s", 50000, True, 60000, 62000)
    missed = Result("sync", 0.3, "x", 0.4, False, 0.29, 0.31)
    page.write([fine, missed], "2 cores", copy)
    text = copy.read_text()
    assert "| loaded | 61,234 events/s | 60,000, 62,000 | 50000 |" in text
    assert "| sync | 0.3 x | 0.29, 0.31 | 0.4: **missed** |" in text
    assert text.startswith("before\n")
    assert text.endswith("after\n")
    assert "old" not in text
    assert page.PAGE.read_text().count(page.BEGIN) == 1


def test_unknown_names_are_told() -> None:
    command = [sys.executable, "-m", "bench", "--only", "nothing"]
    done = subprocess.run(command, cwd=config.REPO, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "dashboard" in done.stderr
