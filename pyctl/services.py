"""Our long-running processes: started apart from the shell, found again, stopped for sure.

A pid file names the process by pid and start time, so that a reused pid is never mistaken.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pyctl import processes
from pyctl.errors import OperatorError

STOP_SECONDS = 10.0


@dataclass(frozen=True)
class Service:
    """One process: pid file `run/<name>.json`, output appended to `log/<name>.log`."""

    name: str
    run_directory: Path
    log_directory: Path

    @property
    def pid_file(self) -> Path:
        return self.run_directory / f"{self.name}.json"

    @property
    def log(self) -> Path:
        return self.log_directory / f"{self.name}.log"

    def noted(self) -> dict[str, object]:
        """What the pid file says, {} without one."""
        try:
            found = json.loads(self.pid_file.read_text())
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def pid(self) -> int | None:
        """The process id while that very process lives, else None."""
        noted = self.noted()
        pid = noted.get("pid")
        alive = isinstance(pid, int) and processes.start_ticks(pid) == noted.get("started")
        return pid if alive and isinstance(pid, int) and noted.get("boot") == _boot() else None

    def start(self, argv: Sequence[str], env: Mapping[str, str], settings: str = "") -> None:
        """Start it in a session of its own; `settings` tells later whether it must restart."""
        self.log_directory.mkdir(parents=True, exist_ok=True)
        self.run_directory.mkdir(parents=True, exist_ok=True)
        with self.log.open("a") as log:
            files = [
                (os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0),
                (os.POSIX_SPAWN_DUP2, log.fileno(), 1),
                (os.POSIX_SPAWN_DUP2, log.fileno(), 2),
            ]
            pid = os.posix_spawn(argv[0], [*argv], dict(env), file_actions=files, setsid=True)
        started = processes.start_ticks(pid)
        note = {"pid": pid, "started": started, "boot": _boot(), "settings": settings}
        self.pid_file.write_text(json.dumps(note))

    def wait_for(self, url: str, seconds: float) -> None:
        """Until `url` answers 2xx; an OperatorError with its last words when it does not."""
        deadline = time.monotonic() + seconds
        while self.pid() is not None and time.monotonic() < deadline:
            if answers(url):
                return
            time.sleep(0.1)
        state = "does not answer" if self.pid() else "ended at once"
        raise OperatorError(
            f"{self.name} {state} ({url}). Its last words:\n{self.last_words()}",
            f"Whole log: {self.log}",
        )

    def last_words(self, lines: int = 6) -> str:
        try:
            return "\n".join(f"    {line}" for line in self.log.read_text().splitlines()[-lines:])
        except OSError:
            return "    (no log)"

    def stop(self) -> bool:
        """End it, politely first; False when it was not running."""
        pid = self.pid()
        if pid is None:
            self.pid_file.unlink(missing_ok=True)
            return False
        for sign in (signal.SIGTERM, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, sign)
            deadline = time.monotonic() + STOP_SECONDS
            while self.pid() is not None and time.monotonic() < deadline:
                time.sleep(0.05)
            if self.pid() is None:
                self.pid_file.unlink(missing_ok=True)
                return True
        raise OperatorError(f"{self.name} (pid {pid}) cannot be ended.", "Look at it with ps.")


def answers(url: str, timeout: float = 2.0) -> bool:
    """Does this loopback URL answer 2xx in time?"""
    try:
        with urllib.request.urlopen(url, timeout=timeout) as answer:  # noqa: S310
            return 200 <= int(answer.status) < 300
    except (urllib.error.URLError, OSError, ValueError):
        return False


def _boot() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""
