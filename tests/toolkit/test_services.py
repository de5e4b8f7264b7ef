"""Processes: found again, stopped for sure, never a stranger's."""

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pyctl import clusterchecks, processes, services
from pyctl.errors import OperatorError

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]
_DEAF = "import signal, time; signal.signal(15, signal.SIG_IGN); print('ready', flush=True)"
STUBBORN = [sys.executable, "-c", f"{_DEAF}; time.sleep(60)"]


@pytest.fixture
def service(tmp_path: Path) -> Iterator[services.Service]:
    made = services.Service("thing", tmp_path / "run", tmp_path / "log")
    yield made
    made.stop()


def test_started_apart_and_stopped(service: services.Service) -> None:
    service.start(SLEEP, {})
    pid = service.pid()
    assert pid is not None
    session = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[3]
    assert session == str(pid)
    assert service.stop()
    assert service.pid() is None
    assert not service.stop()


def test_a_deaf_process_is_ended_all_the_same(
    service: services.Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "STOP_SECONDS", 0.5)
    service.start(STUBBORN, {})
    while "ready" not in service.last_words():
        assert service.pid() is not None
    assert service.stop()


def test_a_reused_pid_is_a_stranger(service: services.Service) -> None:
    with subprocess.Popen(SLEEP) as stranger:
        try:
            service.run_directory.mkdir()
            note = {"pid": stranger.pid, "started": 1, "boot": services._boot()}
            service.pid_file.write_text(json.dumps(note))
            assert service.pid() is None
            assert not service.stop()
            assert stranger.poll() is None
        finally:
            stranger.kill()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"pid": "x"}', '{"pid": null, "started": null}'])
def test_a_broken_pid_file(service: services.Service, text: str) -> None:
    service.run_directory.mkdir()
    service.pid_file.write_text(text)
    assert service.pid() is None


def test_last_words_of_one_that_ended(service: services.Service) -> None:
    service.start([sys.executable, "-c", "print('no such database')"], {})
    with pytest.raises(OperatorError, match=r"(?s)thing ended at once.*no such database"):
        service.wait_for("http://127.0.0.1:1/", 10)


def test_one_that_does_not_answer(service: services.Service) -> None:
    service.start(SLEEP, {})
    with pytest.raises(OperatorError, match="thing does not answer"):
        service.wait_for("http://127.0.0.1:1/", 0.3)


def test_a_taken_port_says_by_whom() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert not processes.port_is_free(port)
        with pytest.raises(OperatorError) as caught:
            clusterchecks.port_free(port, "PostgREST", "OPSMANTIK_POSTGREST_PORT")
    assert f"Port {port}, wanted for PostgREST, is taken by " in caught.value.sentence
    assert "(pid " in caught.value.sentence
    assert "OPSMANTIK_POSTGREST_PORT=" in caught.value.way_out
    assert f"={port} " not in caught.value.way_out
