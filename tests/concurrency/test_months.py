"""Who makes new months takes the default partitions, and meets who reads both."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import psycopg
import pytest

from pyctl import db, locks
from tests.harness.load import PATIENCE

# a big table under a slow vacuum: here each page takes a tenth of a second
FILLED = """
set session_replication_role = replica;
insert into app.events (site_id, session_id, id, created_month, occurred_at, category, action)
select gen_random_uuid(), gen_random_uuid(), n, '2001-01-01', '2001-01-01', 'interaction', 'scroll'
from generate_series(1, 8000) as n;
delete from app.events_default where id % 2 = 0;
alter table app.events_default set (
    autovacuum_vacuum_threshold = 0, autovacuum_vacuum_scale_factor = 0,
    autovacuum_vacuum_cost_delay = 100, autovacuum_vacuum_cost_limit = 1
);
select pg_stat_force_next_flush();
"""
VACUUMS = (
    "select from pg_locks join pg_stat_activity using (pid) where granted"
    " and relation = 'app.events_default'::regclass and backend_type = 'autovacuum worker'"
)
WAITING = (
    "select count(*) from pg_locks join pg_database on pg_database.oid = pg_locks.database"
    " where not granted and relation = %s::regclass and datname = current_database()"
)


@pytest.fixture(autouse=True)
def _no_deadlock() -> None:
    """Here they are provoked, and it is told who steps back."""


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
    with pytest.raises(psycopg.errors.DeadlockDetected):
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


@pytest.fixture
def vacuumed(dsn: str) -> Iterator[str]:
    """An autovacuum is at a partition, and stays for as long as it is let."""
    with psycopg.connect(dsn, autocommit=True) as conn:
        conn.execute(FILLED)
        conn.execute("alter system set autovacuum_naptime = '1s'")
        conn.execute("select pg_reload_conf()")
        try:
            until = time.monotonic() + PATIENCE
            while not conn.execute(VACUUMS).fetchall():
                assert time.monotonic() < until, "no autovacuum came"
                time.sleep(0.05)
            yield dsn
        finally:
            conn.execute("alter system reset autovacuum_naptime")
            conn.execute("select pg_reload_conf()")


def test_a_deploy_ends_an_autovacuum_that_is_in_its_way(vacuumed: str) -> None:
    with db.connect(vacuumed) as conn:
        conn.execute("set local search_path = ''")
        locks.lock_tables(conn)
        conn.rollback()


def test_a_deploy_steps_back_in_a_deadlock_and_says_before_whom(
    dsn: str, first: psycopg.Connection, pool: ThreadPoolExecutor
) -> None:
    def locked() -> None:
        with db.connect(dsn) as conn:
            conn.execute("set local search_path = ''")
            locks.lock_tables(conn)

    first.execute("set application_name = 'the other way'")
    first.execute("lock table app.calls in share mode")
    deploying = pool.submit(locked)
    until_it_waits(dsn, deploying, "app.calls")
    first.execute("select count(*) from app.sites")
    with pytest.raises(locks.LockTimeoutError, match=r"app\.calls is in use by .*other way"):
        deploying.result()


def test_who_retires_a_month_ends_an_autovacuum_that_is_in_its_way(vacuumed: str) -> None:
    with pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState):
        call(vacuumed, "select ops.retire_month('2001-01-01')")()


def test_a_deploy_names_who_is_at_a_partition(dsn: str, first: psycopg.Connection) -> None:
    first.execute("set application_name = 'a reindex'")
    first.execute("lock table app.events_default in share mode")
    with db.connect(dsn) as conn:
        conn.execute("set local search_path = ''")
        with pytest.raises(locks.LockTimeoutError, match=r"app\.events is in use by .*a reindex"):
            locks.lock_tables(conn)
        conn.rollback()
