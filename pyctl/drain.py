"""Moves what lies in the default partitions into months, without keeping anybody waiting for it.

A month's partition can't be there while the default one holds rows of it, and rows outside of both
would be invisible. So they are copied beside it, batch after batch, while every write to the
default partition follows to the copy; then the copies take its place in one moment.
"""

from __future__ import annotations

import contextlib
import datetime
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import psycopg
import typer

from pyctl import db, locks, output
from pyctl.errors import OperatorError

BATCH_SECONDS = 0.25
FIRST_PAGES, MOST_PAGES = 64, 8192
# How long the exchange waits for transactions that began before the copy was whole.
READERS_SECONDS = 600.0


@contextlib.contextmanager
def alone(dsn: str) -> Iterator[db.Connection]:
    """A connection for a drain: no other one and no deploy runs meanwhile.

    Raises:
        OperatorError: one of them runs.
    """
    with db.connect(dsn, autocommit=True, name="pyctl partition drain") as conn:
        held = locks.try_deploy_lock(conn)
        if held is not None:
            raise OperatorError(f"A drain can't run beside a deploy or a drain: {held}.")
        try:
            yield conn
        finally:
            if not conn.closed:
                conn.execute("select pg_advisory_unlock(%s, %s)", locks.DEPLOY_KEY)


def run(conn: db.Connection, months: list[datetime.date]) -> None:
    """Drains these months, and removes what an interrupted drain left.

    Raises:
        OperatorError: a table stayed in use, somebody's transaction is too old, or the server
            could not (no room, a table of that name). Nothing was changed.
    """
    if not months:
        take_back(conn)
        return
    try:
        _copy(conn, months)
        _wait_for_readers(conn)
        _persist(conn, "Taking the copies over", "finish_drain")
    except psycopg.Error as error:
        with contextlib.suppress(Exception):
            take_back(conn)
        raise OperatorError(
            f"The drain stopped: {db.describe(error)}",
            "The rows are where they were. Mend what it says, then run this again.",
        ) from error
    except BaseException:
        # a server that went away has ended our lock too: the next drain or deploy takes it back
        with contextlib.suppress(Exception):
            take_back(conn)
        raise


def take_back(conn: db.Connection) -> None:
    """Leaves nothing of a drain that was not finished. The default partitions hold every row."""
    _persist(conn, "Taking a drain back", "drop_drain")


def _copy(conn: db.Connection, months: list[datetime.date]) -> None:
    tables = _persist(conn, "Beginning", "begin_drain", months=months)
    with output.progress("pages", sum(one["pages"] for one in tables)) as advance:
        for table in tables:
            _copy_table(conn, table["parent"], table["pages"], advance)
    # else the last batch is counted after the vacuum has counted, and so twice
    conn.execute("select pg_stat_force_next_flush()")
    # what reads them needs their statistics and visibility maps from the first moment on
    conn.execute("vacuum (analyze) ops.draining_sessions, ops.draining_events")


def _copy_table(
    conn: db.Connection, parent: str, pages: int, advance: Callable[[int], None]
) -> None:
    """In batches that take about BATCH_SECONDS: so long does ingest into that table wait."""
    first, size = 0, FIRST_PAGES
    while first < pages:
        began = time.monotonic()
        size = min(size, pages - first)
        _persist(conn, f"Copying {parent}", "copy_default", parent=parent, first=first, pages=size)
        took = time.monotonic() - began
        advance(size)
        first += size
        size = max(1, min(int(size * BATCH_SECONDS / took), size * 2, MOST_PAGES))


def _persist(conn: db.Connection, what: str, query: str, **arguments: Any) -> list[dict[str, Any]]:
    return locks.persist(partial(db.rows, conn, query, **arguments), what)


def _wait_for_readers(conn: db.Connection) -> None:
    """Until every snapshot is newer than the copy: an older one would find the month empty."""
    xid = next(iter(conn.execute("select pg_current_xact_id()::text")))[0]
    until = time.monotonic() + READERS_SECONDS
    told: set[int] = set()
    while readers := db.rows(conn, "older_snapshots", xid=xid):
        one = readers[0]
        said = (
            f"process {one['pid']} ({one['who']}, {one['application_name']}), whose transaction"
            f" began {one['since']} ago"
        )
        if time.monotonic() > until:
            raise OperatorError(
                f"The copies can't be taken over before {said}, has ended. Nothing was changed.",
                f"Wait for it or end it (select pg_terminate_backend({one['pid']})),"
                " then run this again.",
            )
        if one["pid"] not in told:
            typer.echo(f"waiting for {said}", err=True)
            told.add(one["pid"])
        time.sleep(0.2)
