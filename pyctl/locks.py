"""Locks on a live database: one deploy at a time, tables in ingest's order, and patience."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import LiteralString, TypeVar

import psycopg
import typer
from psycopg import sql

from pyctl import db
from pyctl.errors import OperatorError

# Two-part advisory key: "opsm", "depl". Session-level: an open transaction that holds one would
# make create index concurrently wait for ever.
DEPLOY_KEY = (0x6F70736D, 0x6465706C)
ATTEMPT_SECONDS = 1.5
ATTEMPTS = 10
WHO = (
    "Who holds it: select pid, usename, state, query_start, query from pg_stat_activity"
    " where state <> 'idle' order by xact_start; then run this again."
)
BUSY = (psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected)
T = TypeVar("T")


class LockTimeoutError(Exception):
    """Somebody held a table for too long; the message says who."""


def try_deploy_lock(control: db.Connection) -> str | None:
    """Takes the lock for as long as ``control`` is open; or says who has it."""
    row = control.execute("select pg_try_advisory_lock(%s, %s)", DEPLOY_KEY).fetchone()
    if row and row[0]:
        return None
    holders = db.rows(control, "deploy_holder", classid=DEPLOY_KEY[0], objid=DEPLOY_KEY[1])
    if not holders:
        return "another deploy to this database has just ended; run the command again"
    who = holders[0]
    return (
        f"another deploy to this database is running: {who['who']} (process {who['pid']},"
        f" {who['application_name']}) since {who['since']}; wait for it, then run the command again"
    )


def _wait_limit(conn: db.Connection) -> float:
    """Seconds. Shorter than others' deadlock_timeout: then in a deadlock it is always the deploy
    that steps back, before the server looks for a victim among the requests."""
    found = conn.execute("select reset_val::int from pg_settings where name = 'deadlock_timeout'")
    milliseconds = next(iter(found))[0]
    return min(float(milliseconds) * 0.0008, ATTEMPT_SECONDS)


def _set_timeout(conn: db.Connection, seconds: float) -> None:
    conn.execute(
        "select set_config('lock_timeout', %s, true)", [f"{max(int(seconds * 1000), 1)}ms"]
    )


def lock_tables(conn: db.Connection) -> None:
    """Takes ACCESS EXCLUSIVE on every table of ours, within about ATTEMPT_SECONDS.

    Requests queue behind us meanwhile, so the sum of all waits is bounded, not each alone.

    Raises:
        LockTimeoutError: roll back and try again.
    """
    names = [row["name"] for row in db.rows(conn, "lock_tables")]
    _lock_each(conn, names, "lock table {} in access exclusive mode")


def lock_views(conn: db.Connection) -> None:
    """Takes ACCESS EXCLUSIVE on every view of schema reporting, before any table is touched.

    An analyst's statement holds the views it reads for as long as the tables under them. So a long
    one stops the deploy here, where no request queues behind it.

    Raises:
        LockTimeoutError: roll back and try again.
    """
    names = [row["qualified"] for row in db.rows(conn, "reporting_views")]
    # `lock table` would lock what the view reads, too; this is what it has already
    _lock_each(conn, names, "alter view {} set (security_invoker = true)")


def _lock_each(conn: db.Connection, names: list[str], statement: LiteralString) -> None:
    limit = _wait_limit(conn)
    # only when it looks for deadlocks does the server end an autovacuum that is in the way
    conn.execute("set local deadlock_timeout = '100ms'")
    until = time.monotonic() + ATTEMPT_SECONDS
    for name in names:
        _set_timeout(conn, min(limit, until - time.monotonic()))
        try:
            with conn.transaction():
                conn.execute(sql.SQL(statement).format(sql.SQL(db.as_query(name))))
        except BUSY as error:
            raise LockTimeoutError(_busy(conn, name)) from error
    _set_timeout(conn, limit)


def _busy(conn: db.Connection, name: str) -> str:
    holders = [
        f"{h['who']} (process {h['pid']}, {h['application_name'] or 'unnamed'}, {h['state']},"
        f" since {h['since']})"
        for h in db.rows(conn, "lock_holders", relation=name)
    ]
    return f"{name} is in use by " + (", ".join(holders) or "somebody who has just left")


def persist(attempt: Callable[[], T], what: str) -> T:
    """Tries until nobody is in the way: each attempt gives up in time, so ingest never queues.

    Raises:
        OperatorError: somebody was in the way each time.
    """
    for number in range(1, ATTEMPTS + 1):
        try:
            return attempt()
        except BUSY as error:
            if number == ATTEMPTS:
                raise OperatorError(
                    f"{what}: a table stayed in use through {ATTEMPTS} attempts."
                    " Nothing was changed.",
                    WHO,
                ) from error
            typer.echo(f"{what}: in use, trying again ({number} of {ATTEMPTS - 1})", err=True)
            time.sleep(random.uniform(0.1, 0.4) * number)  # noqa: S311 (jitter, no secret)
    raise AssertionError("the last attempt returns or raises")
