"""Two lanes of jobs, so that a long one keeps no short one waiting: for ever, or once.

The loop is one per database, until a signal, whatever happens.
"""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator
from functools import partial
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


def run(dsn: str, turn: Turn, beside: Turn) -> None:
    """Calls both with a connection each, every few seconds until SIGTERM or SIGINT.

    Raises:
        OperatorError: the database could not be reached at the start, or has its loop already.
    """
    with _signals() as stop:
        conn = _connect(dsn)
        output.say("the loop runs; Ctrl-C or SIGTERM ends it after the job at hand")
        with _beside(partial(_turns, partial(_plain, dsn), beside, stop), stop):
            _turns(partial(_connect, dsn), turn, stop, conn)
        output.say("the loop has ended")


def once(dsn: str, turn: Turn, beside: Turn) -> None:
    """Calls both, and ``turn`` again every few seconds for as long as ``beside`` takes.

    Raises:
        OperatorError: the database could not be reached.
    """
    stop, done = Stop(), Stop()

    def long() -> None:
        try:
            with _plain(dsn) as conn:
                beside(conn, stop)
        finally:
            done.set()

    with db.connect(dsn, autocommit=True, name="pyctl jobs") as conn, _beside(long, stop):
        turn(conn, stop)
        while not done.wait(PAUSE_SECONDS):
            turn(conn, stop)


@contextlib.contextmanager
def _beside(act: Callable[[], None], stop: Stop) -> Iterator[None]:
    """Runs ``act`` in a thread, and waits for its end. What breaks there is raised here.

    Not waited for when what stands under it breaks, as by a second signal.
    """
    broken: list[BaseException] = []

    def guarded() -> None:
        try:
            act()
        except BaseException as error:
            broken.append(error)
            stop.set()

    thread = threading.Thread(target=guarded, daemon=True)
    thread.start()
    yield
    thread.join()
    if broken:
        raise broken[0]


def _turns(
    connect: Callable[[], db.Connection],
    turn: Turn,
    stop: Stop,
    conn: db.Connection | None = None,
) -> None:
    wait = 1.0
    try:
        while not stop.is_set():
            try:
                conn = conn or connect()
                turn(conn, stop)
                wait = 1.0
                stop.wait(PAUSE_SECONDS)
            except psycopg.OperationalError as error:
                logs.log("error", "database", text=str(error).strip())
                if conn is not None:
                    conn.close()
                conn = None
                stop.wait(wait)
            except OperatorError as error:  # nobody answers there; a turn keeps its own to itself
                wait = min(wait * 2, LONGEST_WAIT_SECONDS)
                logs.log("warning", "database", text=error.sentence, next_try_seconds=wait)
                stop.wait(wait)
    finally:
        if conn is not None:
            conn.close()


def _plain(dsn: str) -> db.Connection:
    return db.connect(dsn, autocommit=True, name="pyctl jobs (long)")


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
