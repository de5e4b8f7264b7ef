"""``pyctl jobs`` on the real list of jobs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from typer.testing import CliRunner, Result

from pyctl import jobs, observe
from tests.harness.world import World

pytestmark = pytest.mark.usefixtures("own_jobs")


def pyctl(dsn: str, *arguments: str) -> Result:
    return CliRunner().invoke(jobs.app, [*arguments, "--dsn", dsn])


@pytest.fixture
def own_jobs(world: World) -> Iterator[None]:
    """Beside the product's jobs: one that works, one that breaks, one that takes too long."""
    world.rows(
        "create function ops.test_ok() returns bigint language sql as 'select 7::bigint';"
        "create function ops.test_broken() returns bigint language sql as 'select 1 / 0::bigint';"
        "create function ops.test_slow() returns bigint language sql as"
        " 'select count(*) from pg_sleep(5)';"
    )
    for name in ("ok", "broken", "slow"):
        world.rows(
            "insert into ops.jobs (name, function, every, cron, time_limit) values"
            " (%(name)s, 'ops.' || %(name)s, '1 hour', '0 * * * *', '1 second')",
            name=f"test_{name}",
        )
    yield
    world.rows("delete from ops.jobs where name like 'test_%'")
    for name in ("ok", "broken", "slow"):
        world.rows(f"drop function ops.test_{name}()")


def runs(world: World, name: str) -> list[dict[str, Any]]:
    return world.rows("select * from ops.job_runs where job = %(name)s order by id", name=name)


def test_run_by_name_is_recorded(dsn: str, world: World) -> None:
    done = pyctl(dsn, "run", "test_ok")
    assert (done.exit_code, done.stdout) == (0, "test_ok: ok, 7 done\n")
    assert [(run["outcome"], run["done"]) for run in runs(world, "test_ok")] == [("ok", 7)]


def test_list_says_what_is_due(dsn: str) -> None:
    def due() -> dict[str, bool]:
        return {
            job["name"]: job["is_due"] for job in json.loads(pyctl(dsn, "list", "--json").stdout)
        }

    assert due()["test_ok"]
    pyctl(dsn, "run", "test_ok")
    assert not due()["test_ok"]
    assert due()["test_slow"]
    text = pyctl(dsn, "list").stdout
    assert "test_ok" in text
    assert "never ran" in text


def test_due_runs_all_that_are_due_and_one_failure_stops_no_other(dsn: str, world: World) -> None:
    world.rows("update ops.jobs set is_enabled = false where name = 'test_slow'")
    code = observe.run(jobs.app, ["run", "--due", "--dsn", dsn])
    assert code == 1
    done = world.rows("select job, outcome from ops.job_runs where job like 'test_%'")
    assert {run["job"]: run["outcome"] for run in done} == {
        "test_ok": "ok",
        "test_broken": "failed",
    }
    missing = world.rows(
        "select name from ops.jobs where name not like 'test_%' and is_enabled"
        " except select job from ops.job_runs"
    )
    assert missing == []
    assert runs(world, "test_broken")[0]["error"].startswith("22012")


def test_nothing_due_is_said(dsn: str, world: World) -> None:
    enabled = world.rows("update ops.jobs set is_enabled = false where is_enabled returning name")
    done = pyctl(dsn, "run", "--due")
    names = [job["name"] for job in enabled]
    world.rows("update ops.jobs set is_enabled = true where name = any (%(n)s)", n=names)
    assert (done.exit_code, done.stdout) == (0, "nothing is due\n")


def test_time_limit_ends_a_run(dsn: str, world: World, capfd: pytest.CaptureFixture[str]) -> None:
    assert observe.run(jobs.app, ["run", "test_slow", "--dsn", dsn]) == 1
    (run,) = runs(world, "test_slow")
    assert run["error"].startswith("57014")
    assert 0.9 < (run["finished_at"] - run["started_at"]).total_seconds() < 4
    assert "test_slow failed: 57014" in capfd.readouterr().err


def test_second_run_at_the_same_time_is_skipped(dsn: str, world: World) -> None:
    with psycopg.connect(dsn, autocommit=True) as other:
        other.execute("select pg_advisory_lock(hashtextextended('job:test_ok', 0))")
        done = pyctl(dsn, "run", "test_ok")
    assert (done.exception, done.stdout) == (None, "test_ok: skipped, 0 done\n")
    assert runs(world, "test_ok") == []


def test_unknown_name_is_wrong_use(dsn: str) -> None:
    assert observe.run(jobs.app, ["run", "no_such_job", "--dsn", dsn]) == 2
