"""``pyctl`` as a process that says at last the most memory that it and its server took."""

from __future__ import annotations

import json
import sys
import threading
from pathlib import Path
from typing import Any

from pyctl import cli, db

_peak = 0
_stop = threading.Event()


def _status(process: str, field: str) -> int:
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{field}:"))


def _watch(backend: int) -> None:
    """Its own memory: what it shares with the others is the cache."""
    global _peak
    while True:
        _peak = max(_peak, _status(str(backend), "RssAnon"))
        if _stop.wait(0.02):
            return


class _Watched:
    """A connection whose backend is looked at as long as it is open."""

    def __init__(self, conn: db.Connection) -> None:
        self.conn = conn
        self.watch = threading.Thread(target=_watch, args=(conn.info.backend_pid,))

    def __enter__(self) -> db.Connection:
        self.watch.start()
        return self.conn.__enter__()

    def __exit__(self, *said: Any) -> None:
        _stop.set()
        self.watch.join()
        self.conn.__exit__(*said)


def main() -> None:
    connect = db.connect
    db.connect = lambda *said, **named: _Watched(connect(*said, **named))  # type: ignore[assignment]
    cli.app(sys.argv[1:], standalone_mode=False)
    # not getrusage: its peak is also that of whoever started us
    print(json.dumps({"pyctl": _status("self", "VmHWM"), "server": _peak}))


if __name__ == "__main__":
    main()
