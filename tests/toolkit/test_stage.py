"""A test run leaves nothing behind, however it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pyctl import config, processes
from tests.harness import stage

RUN = """
import os, sys
from pathlib import Path
from tests.harness.stage import Stage

def test_long(stage):
    service = stage.service("sleeper")
    service.start(["/bin/sleep", "300"], {})
    place = Path(os.environ["OPSMANTIK_TEST_PLACE"])
    place.with_suffix(".new").write_text(f"{stage.home}\\n{stage.cluster.pid()}\\n{service.pid()}")
    place.with_suffix(".new").rename(place)
    import time
    time.sleep(300)
"""


def _hear_signals() -> None:
    """A shell's background job ignores Ctrl-C, and so would its children."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)


Started = tuple[subprocess.Popen[bytes], Path, list[int]]


@pytest.fixture
def started(tmp_path: Path) -> Iterator[Started]:
    """A test run that has a cluster and a service: (process, home, their process numbers)."""
    place = tmp_path / "place"
    file = tmp_path / "test_long.py"
    file.write_text(RUN)
    run = subprocess.Popen(
        [sys.executable, "-m", "pytest", "-q", f"--rootdir={config.REPO}", "-c",
         str(config.REPO / "pyproject.toml"), "-p", "pyctl.collector", "-p",
         "tests.harness.plugin", str(file)],
        env={**os.environ, "OPSMANTIK_TEST_PLACE": str(place)},
        cwd=config.REPO,
        stdout=subprocess.DEVNULL,
        preexec_fn=_hear_signals,
    )  # fmt: skip
    deadline = time.monotonic() + 40
    while not place.exists() and time.monotonic() < deadline and run.poll() is None:
        time.sleep(0.1)
    home, *pids = place.read_text().split()
    yield run, Path(home), [int(pid) for pid in pids]
    run.kill()
    run.wait(timeout=30)
    stage.remove_leftovers()


def _gone(pids: list[int]) -> bool:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if all(processes.start_ticks(pid) is None for pid in pids):
            return True
        time.sleep(0.1)
    return False


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_run_cleans_up(started: Started, sign: signal.Signals) -> None:
    run, home, pids = started
    assert all(processes.start_ticks(pid) is not None for pid in pids)
    run.send_signal(sign)
    run.wait(timeout=30)
    assert _gone(pids)
    assert not home.exists()


def test_what_a_killed_run_left_is_cleaned_by_the_next(started: Started) -> None:
    run, home, pids = started
    run.kill()
    run.wait(timeout=30)
    assert home.exists()
    stage.remove_leftovers()
    assert _gone(pids)
    assert not home.exists()
