"""The loop of ``pyctl jobs run --loop``: one per database, until a signal, whatever happens."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator
from types import FrameType

import psycopg

from pyctl import db, logs, output
from pyctl.errors import OperatorError

# Two-part advisory key: "opsm", "jobs".
LOOP_KEY = (0x6F70736D, 0x6A6F6273)
PAUSE_SECONDS = 5.0
LONGEST_WAIT_SECONDS = 30.0

Stop = threading.Event
Turn = Callable[[db.Connection, Stop], object]


def run(dsn: str, turn: Turn) -> None:
    """Calls ``turn`` with a connection every few seconds until SIGTERM or SIGINT.

    Raises:
        OperatorError: the database could not be reached at the start, or has its loop already.
    """
    with _signals() as stop:
        conn = _connect(dsn)
        output.say("the loop runs; Ctrl-C or SIGTERM ends it after the job at hand")
        wait = 1.0
        try:
            while not stop.is_set():
                try:
                    turn(conn, stop)
                    wait = 1.0
                    stop.wait(PAUSE_SECONDS)
                except psycopg.OperationalError as error:
                    logs.log("error", "database", text=str(error).strip())
                    conn.close()
                    conn, wait = _again(dsn, stop, wait, conn)
        finally:
            conn.close()
        output.say("the loop has ended")


def _again(dsn: str, stop: Stop, wait: float, lost: db.Connection) -> tuple[db.Connection, float]:
    """A new connection, however long it takes; the lost one when a signal came first."""
    while not stop.wait(wait):
        wait = min(wait * 2, LONGEST_WAIT_SECONDS)
        try:
            return _connect(dsn), wait
        except OperatorError as error:
            logs.log("warning", "database", text=error.sentence, next_try_seconds=wait)
    return lost, wait


def _connect(dsn: str) -> db.Connection:
    conn = db.connect(dsn, autocommit=True, name="pyctl jobs")
    row = conn.execute("select pg_try_advisory_lock(%s, %s)", LOOP_KEY).fetchone()
    if row and row[0]:
        return conn
    holders = db.rows(conn, "loop_holder", classid=LOOP_KEY[0], objid=LOOP_KEY[1])
    conn.close()
    who = f": {holders[0]['who']}, process {holders[0]['pid']} of the server" if holders else ""
    since = f", since {holders[0]['since']}" if holders else ""
    raise OperatorError(
        f"This database has its loop already{who}{since}.",
        "One is enough. To replace it, stop that one first.",
    )


@contextlib.contextmanager
def _signals() -> Iterator[Stop]:
    """An event that is set by the first SIGTERM or SIGINT; a second one ends at once."""
    stop = Stop()

    def ask(number: int, _frame: FrameType | None) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        logs.log("info", "stopping", signal=signal.Signals(number).name)
        stop.set()

    before = {number: signal.signal(number, ask) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
