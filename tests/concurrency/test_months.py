"""Who makes new months takes the default partitions, and meets who reads both."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import psycopg
import pytest

from pyctl import db

WAITING = (
    "select count(*) from pg_locks join pg_database on pg_database.oid = pg_locks.database"
    " where not granted and relation = %s::regclass and datname = current_database()"
)


@pytest.fixture
def first(dsn: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(dsn) as conn:
        yield conn
        conn.rollback()


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as made:
        yield made


def call(dsn: str, query: str) -> Callable[[], None]:
    def run() -> None:
        with psycopg.connect(dsn, autocommit=True) as conn:
            conn.execute(db.as_query(query))

    return run


def until_it_waits(dsn: str, work: Future[None], table: str) -> None:
    with psycopg.connect(dsn, autocommit=True) as looks:
        while looks.execute(WAITING, [table]).fetchall() == [(0,)]:
            assert not work.done(), work.result()
            time.sleep(0.005)


def test_upkeep_steps_back_from_who_reads_events_first(
    dsn: str, first: psycopg.Connection, pool: ThreadPoolExecutor
) -> None:
    call(dsn, "update partman.part_config set premake = premake + 2")()
    first.execute("select count(*) from app.events_default")
    upkeep = pool.submit(call(dsn, "select ops.upkeep_partitions()"))
    until_it_waits(dsn, upkeep, "app.events_default")
    first.execute("select count(*) from app.sessions_default")
    with pytest.raises(psycopg.errors.LockNotAvailable):
        upkeep.result()
    first.rollback()
    call(dsn, "select ops.upkeep_partitions()")()
    assert first.execute("select count(*) from ops.missing_months()").fetchall() == [(0,)]


def test_upkeep_that_has_nothing_to_make_waits_for_nobody(
    dsn: str, first: psycopg.Connection
) -> None:
    call(dsn, "select ops.upkeep_partitions()")()
    first.execute("select count(*) from app.events_default")
    call(dsn, "select ops.upkeep_partitions()")()


def test_health_asks_for_sessions_before_it_holds_events(
    dsn: str, first: psycopg.Connection, pool: ThreadPoolExecutor
) -> None:
    first.execute("lock table app.sessions_default in access exclusive mode")
    health = pool.submit(call(dsn, "select ops.write_health()"))
    until_it_waits(dsn, health, "app.sessions_default")
    first.execute("set local lock_timeout = '2s'")
    first.execute("lock table app.events_default in access exclusive mode")
    first.rollback()
    health.result()
