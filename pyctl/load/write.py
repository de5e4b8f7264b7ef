"""Carries what ``visits`` makes into the database: COPY, two processes, then what the past left."""

from __future__ import annotations

import multiprocessing
import queue
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from multiprocessing.context import ForkProcess
from multiprocessing.queues import Queue
from pathlib import Path

import psycopg

from pyctl import db
from pyctl.errors import OperatorError
from pyctl.load import binary, visits

SQL = Path(__file__).parent / "sql"
WORKERS = 2
SHARDS = 4
FLUSH_EVENTS = 20000


@dataclass(frozen=True)
class Plan:
    """What is asked for: the same plan gives the same rows, once its last day is over."""

    sites: int
    days: int
    events: int
    seed: int
    until: date

    @property
    def now(self) -> int:
        """The end of the last day, UTC, or the present: nothing happens later."""
        end = datetime(self.until.year, self.until.month, self.until.day, tzinfo=UTC)
        last = visits.milliseconds(end + timedelta(days=1)) - 3 * 3600000 - 1
        return min(last, visits.milliseconds(datetime.now(UTC)))

    def quotas(self, unit: int, units: int) -> list[tuple[date, int]]:
        """Events per day of one unit; over all units and days they sum up exactly."""
        weights = list(visits.days_of(self.until, self.days))
        total = sum(weight for _, weight in weights)
        share = self.events * (unit + 1) // units - self.events * unit // units
        found, given, sum_ = [], 0, 0.0
        for day, weight in weights:
            sum_ += weight
            upto = share if day == self.until else int(share * sum_ / total)
            found.append((day, upto - given))
            given = upto
        return found


def refuse_others(dsn: str, forced: str | None, besides: str = "") -> None:
    """Raises unless the database holds no site but the one with key ``besides``, or is named."""
    with db.connect(dsn) as conn:
        row = conn.execute(
            "select to_regclass('app.sites') is null, current_database(), version()"
        ).fetchone()
        assert row is not None  # noqa: S101
        if row[0]:
            raise OperatorError("There are no tables yet.", "Load them: pyctl migrate apply")
        count = "select count(*) from app.sites where public_key <> %s"
        others = conn.execute(count, [besides]).fetchone()
        if others and others[0] and forced != row[1]:
            raise OperatorError(
                f"The database {row[1]} holds sites of others ({others[0]}): example data does not"
                " belong there.",
                f"If you are sure: --among-sites-of {row[1]}",
            )


def _copy(conn: db.Connection, table: str, columns: str, lines: list[str]) -> None:
    if lines:
        with conn.cursor().copy(db.as_query(f"copy {table} ({columns}) from stdin")) as copy:
            copy.write("".join(lines))
        lines.clear()


def _copy_binary(conn: db.Connection, table: str, columns: str, lines: list[bytes]) -> None:
    if lines:
        how = f"copy {table} ({columns}) from stdin with (format binary)"
        with conn.cursor().copy(db.as_query(how)) as copy:
            copy.write(b"".join((binary.HEAD, *lines, binary.END)))
        lines.clear()


def _months(conn: db.Connection) -> dict[tuple[str, str], str]:
    """The partition of each table and month."""
    found = conn.execute("select parent, month::text, name from ops.partitions()")
    return {(parent, month): name for parent, month, name in found}


def _flush(conn: db.Connection, batch: visits.Batch, months: dict[tuple[str, str], str]) -> int:
    written = batch.size
    # Into the partitions: by the parent, COPY routes each row.
    for month, lines in batch.sessions.items():
        table = months.get(("app.sessions", month), "app.sessions")
        _copy(conn, table, visits.SESSION_COLUMNS, lines)
    for month, packed in batch.events.items():
        table = months.get(("app.events", month), "app.events")
        _copy_binary(conn, table, visits.EVENT_COLUMNS, packed)
    _copy(conn, "app.calls", visits.CALL_COLUMNS, batch.calls)
    conn.commit()
    return written


def _work(
    dsn: str, plan: Plan, sites: list[visits.Site], worker: int, said: Queue[int | str]
) -> None:
    """One process: its units of (site, shard), each day after day."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    try:
        units = [(site, shard) for site in sites for shard in range(SHARDS)]
        with db.connect(dsn) as conn:
            # Triggers would open the cards a second time, and mark every hour as changed.
            conn.execute("set session_replication_role = replica")
            conn.execute("set synchronous_commit = off")
            months = _months(conn)
            conn.commit()
            batch = visits.Batch()
            for number in range(worker, len(units), WORKERS):
                site, shard = units[number]
                makes = visits.Visits(site, shard, plan.seed)
                for day, events in plan.quotas(number, len(units)):
                    makes.add_day(batch, day, events, plan.now)
                    if batch.size >= FLUSH_EVENTS:
                        said.put(_flush(conn, batch, months))
            said.put(_flush(conn, batch, months))
        said.put("done")
    except KeyboardInterrupt:  # whoever started us was, too, or sees that we failed
        sys.exit(1)
    except Exception as error:
        said.put(f"failed: {error}")


def load(dsn: str, plan: Plan, progress: Callable[[int], None]) -> list[visits.Site]:
    """Writes it all; ``progress`` hears how many events came in.

    Raises:
        OperatorError: a process failed; what it wrote until then stays.
    """
    sites, people = visits.make_sites(plan.sites, plan.seed)
    try:
        with db.connect(dsn) as conn, conn.cursor() as cursor:
            add = db.as_query((SQL / "add_site.sql").read_text(encoding="utf-8"))
            for site in sites:
                cursor.execute(add, [site.id, site.key, site.name, site.domain, site.zone])
            add = db.as_query((SQL / "add_person.sql").read_text(encoding="utf-8"))
            for person, site_id, role, name in people:
                who = {"id": person, "site": site_id, "role": role, "name": name}
                cursor.execute(add, who)
    except psycopg.errors.UniqueViolation as error:
        raise OperatorError(
            "The sites of this seed are there already.", "Choose another --seed."
        ) from error
    fork = multiprocessing.get_context("fork")
    said: Queue[int | str] = fork.Queue()
    workers = [
        fork.Process(target=_work, args=(dsn, plan, sites, number, said), daemon=True)
        for number in range(WORKERS)
    ]
    for worker in workers:
        worker.start()
    left = WORKERS
    try:
        while left:
            word = _heard(said, workers)
            if isinstance(word, int):
                progress(word)
            elif word == "done":
                left -= 1
            elif word is not None:
                raise OperatorError(f"Loading {word}", "What was written until then stays.")
    finally:
        for worker in workers:
            if left:
                worker.terminate()
            worker.join()
    return sites


def _heard(said: Queue[int | str], workers: list[ForkProcess]) -> int | str | None:
    """What one of them says next; None: nothing within a second."""
    try:
        return said.get(timeout=1)
    except queue.Empty:
        # one that was killed says nothing more, the server's own errors it would have told
        if any(worker.exitcode for worker in workers):
            return "failed: one of its processes was killed. Is memory short?"
        return None


def settle(dsn: str, progress: Callable[[int], None]) -> None:
    """Conversions of the sealed cards, told and taken by the platform as time has passed."""
    with db.connect(dsn, autocommit=True) as conn:
        step = db.as_query((SQL / "settle.sql").read_text(encoding="utf-8"))
        while True:
            row = conn.execute(step).fetchone()
            if not row or not row[0]:
                break
            progress(row[0])
        conn.execute(db.as_query((SQL / "decide.sql").read_text(encoding="utf-8")))
        conn.execute("analyze app.sessions, app.events, app.calls, app.conversions")
