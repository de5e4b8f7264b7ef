"""A job that outlives its limit is ended by the job that looks after health, and nobody else is."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from typing import Any

import psycopg
import pytest

from tests.harness.world import World

ALL = "select * from ops.job_runs where job = %(name)s"
LAST = "select * from ops.job_runs where job = %(name)s order by id desc limit 1"


@pytest.fixture
def job(world: World) -> Iterator[Callable[[str, str], None]]:
    """Adds a job that sleeps for a minute, with that limit."""
    world.rows(
        "create function ops.test_sleep() returns bigint language sql as"
        " 'select count(*) from pg_sleep(60)'"
    )

    def add(name: str, limit: str) -> None:
        world.rows(
            "insert into ops.jobs (name, function, every, cron, time_limit)"
            " values (%(name)s, 'ops.test_sleep', '1 hour', '0 * * * *', %(limit)s)",
            name=name,
            limit=limit,
        )

    yield add
    world.rows("delete from ops.jobs where function = 'ops.test_sleep'")
    world.rows("drop function ops.test_sleep()")


@pytest.fixture
def run(dsn: str, world: World) -> Iterator[Callable[[str], Future[None]]]:
    """Runs a job as pg_cron would: without a statement_timeout; ended at the end in any case."""

    def call(name: str) -> None:
        with closing(psycopg.connect(dsn, autocommit=True)) as conn:
            conn.execute("call ops.run_job(%s)", [name])

    def start(name: str) -> Future[None]:
        future = pool.submit(call, name)
        while not world.rows(LAST, name=name):
            time.sleep(0.01)
        return future

    with ThreadPoolExecutor(4) as pool:
        yield start
        world.rows(
            "select pg_cancel_backend(backend_pid) from ops.job_runs where outcome = 'running'"
        )


def last(world: World, name: str) -> dict[str, Any]:
    (row,) = world.rows(LAST, name=name)
    return row


def test_an_overdue_run_is_ended(
    world: World, job: Callable[[str, str], None], run: Callable[[str], Future[None]]
) -> None:
    job("test_overdue", "10 milliseconds")
    job("test_in_time", "50 seconds")
    overdue, in_time = run("test_overdue"), run("test_in_time")
    time.sleep(0.05)
    world.rows("call ops.run_job('write_health')")
    overdue.result(20)
    ended = last(world, "test_overdue")
    assert (ended["outcome"], ended["error"][:7]) == ("failed", "57014: ")
    assert ended["finished_at"] is not None
    assert not in_time.done()
    assert last(world, "test_in_time")["outcome"] == "running"
    assert last(world, "write_health")["outcome"] == "ok"


def test_it_can_run_again_afterwards(
    world: World, job: Callable[[str, str], None], run: Callable[[str], Future[None]]
) -> None:
    """The lock of the single flight went with it."""
    job("test_again", "10 milliseconds")
    for outcomes in ({"running"}, {"failed", "running"}):
        future = run("test_again")
        while {row["outcome"] for row in world.rows(ALL, name="test_again")} != outcomes:
            time.sleep(0.01)
        time.sleep(0.05)
        world.rows("select ops.write_health()")
        future.result(20)
    assert [row["outcome"] for row in world.rows(ALL, name="test_again")] == ["failed"] * 2


def test_it_does_not_end_itself(world: World) -> None:
    limit = "update ops.jobs set time_limit = %(limit)s where name = 'write_health'"
    world.rows(limit, limit="1 microsecond")
    try:
        world.rows("call ops.run_job('write_health')")
    finally:
        world.rows(limit, limit="20 seconds")
    assert last(world, "write_health")["outcome"] == "ok"


def test_a_connection_that_does_something_else_by_now_is_left_alone(
    dsn: str, world: World, job: Callable[[str, str], None]
) -> None:
    """A run whose end was never recorded, on a connection that somebody uses."""
    job("test_lost", "10 milliseconds")
    with closing(psycopg.connect(dsn, autocommit=True)) as conn, ThreadPoolExecutor(1) as pool:
        world.rows(
            "insert into ops.job_runs (job, backend_pid) values ('test_lost', %(pid)s)",
            pid=conn.info.backend_pid,
        )
        other = pool.submit(conn.execute, "select pg_sleep(0.5)")
        time.sleep(0.1)
        assert world.value("select ops.cancel_overdue_jobs()") == 0
        other.result()
    world.rows("delete from ops.job_runs where job = 'test_lost'")
