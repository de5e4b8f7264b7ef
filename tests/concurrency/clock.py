"""A cluster whose server believes another time, by libfaketime in front of its processes.

Only the wall clock is moved; the monotonic one, and PostgREST's, stay as they are.
"""

from __future__ import annotations

import os
import subprocess
from datetime import UTC, datetime
from pathlib import Path

from pyctl import clusterchecks, pgbin
from tests.harness.stage import Stage

LIBRARIES = Path("/usr/lib")


def library() -> Path:
    """libfaketime's shared object; the package is `faketime`."""
    found = sorted(LIBRARIES.glob("*/faketime/libfaketime.so.1"))
    if not found:
        raise FileNotFoundError("libfaketime.so.1 is missing: apt-get install faketime")
    return found[0]


class FakedStage(Stage):
    """A stage of its own whose clock is set by ``at``; it goes on from there."""

    def __init__(self, began: datetime) -> None:
        super().__init__()
        try:
            self.clock = self.home / "clock"
            self.at(began)
            self.cluster.stop()
            # a stopped cluster leaves no socket directory
            clusterchecks.socket_directory(self.cluster.sockets)
            self._start()
        except BaseException:
            self.close()
            raise

    def at(self, moment: datetime) -> None:
        """From now on the server's clock says ``moment``, to within a few milliseconds."""
        shift = (moment - datetime.now(UTC)).total_seconds()
        draft = self.clock.with_suffix(".new")
        draft.write_text(f"{shift:+.3f}\n")
        draft.chmod(0o644)
        draft.rename(self.clock)

    def _start(self) -> None:
        programs = pgbin.find(int((self.cluster.data / "PG_VERSION").read_text()))
        env = {
            "PATH": os.environ["PATH"],
            "LC_ALL": "C.UTF-8",
            "LD_PRELOAD": str(library()),
            "FAKETIME_TIMESTAMP_FILE": str(self.clock),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }
        command = [str(programs / "pg_ctl"), "start", "-s", "-w", "-D", str(self.cluster.data)]
        command += ["-l", str(self.cluster.log)]
        if os.geteuid() == 0:
            words = [f"{name}={value}" for name, value in env.items()]
            command = ["runuser", "-u", pgbin.server_user(), "--", "env", *words, *command]
        subprocess.run(command, env=None if os.geteuid() == 0 else env, cwd="/", check=True)
