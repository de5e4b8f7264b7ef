"""``pyctl jobs`` on the real list of jobs."""

from __future__ import annotations

import datetime
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from typer.testing import CliRunner, Result

from pyctl import cli, config, db, deploy, jobloop, jobs, observe
from pyctl.cluster import Cluster
from tests.harness.stage import PARENT, PREFIX, Stage, free_port
from tests.harness.world import World

pytestmark = pytest.mark.usefixtures("own_jobs")


def pyctl(dsn: str, *arguments: str) -> Result:
    return CliRunner().invoke(jobs.app, [*arguments, "--dsn", dsn])


def until(condition: Callable[[], object]) -> None:
    """Waits for what must come, generously."""
    deadline = time.monotonic() + 90
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)


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


def test_list_says_what_is_due(dsn: str, world: World) -> None:
    def due() -> dict[str, bool]:
        return {
            job["name"]: job["is_due"] for job in json.loads(pyctl(dsn, "list", "--json").stdout)
        }

    assert due()["test_ok"]
    pyctl(dsn, "run", "test_ok")
    assert not due()["test_ok"]
    assert due()["test_slow"]
    text = pyctl(dsn, "list").stdout
    (line,) = [line for line in text.splitlines() if line.startswith("test_ok ")]
    datetime.datetime.strptime(line.split(" ok ")[1].strip(), "%Y-%m-%d %H:%M:%S%z")
    # who looks once an hour is not there to the second
    for age, is_due in (("59 minutes 57 seconds", True), ("59 minutes", False)):
        world.rows("update ops.job_runs set started_at = now() - %(age)s::interval", age=age)
        assert due()["test_ok"] == is_due
    assert "never ran" in text


@pytest.mark.parametrize(("name", "is_due"), [("test_ok", False), ("test_broken", True)])
def test_what_failed_is_due_again_in_an_hour(
    dsn: str, world: World, name: str, is_due: bool
) -> None:
    world.rows("update ops.jobs set every = '1 day' where name = %(name)s", name=name)
    observe.run(jobs.app, ["run", name, "--dsn", dsn])
    for minutes, expected in ((58, False), (61, is_due)):
        world.rows(
            "update ops.job_runs set started_at = now() - %(m)s * interval '1 min'"
            " where job = %(name)s",
            name=name,
            m=minutes,
        )
        (found,) = (
            job for job in json.loads(pyctl(dsn, "list", "--json").stdout) if job["name"] == name
        )
        assert found["is_due"] == expected


@pytest.mark.parametrize(
    ("hour_ago", "ran_ago", "is_due"),
    [
        ("10 min", "11 min", True),  # also when somebody ran it by hand yesterday noon
        ("10 min", "9 min", False),
        ("-10 min", "23 hours 40 min", False),  # today's is still to come
        ("-10 min", "23 hours 51 min", True),  # yesterday's was left out
    ],
)
def test_a_daily_job_is_due_at_its_hour(
    dsn: str, world: World, hour_ago: str, ran_ago: str, is_due: bool
) -> None:
    """As by pg_cron, and not a day after whoever started it last."""
    world.rows(
        "update ops.jobs set every = '1 day', cron = to_char("
        " now() at time zone 'UTC' - %(ago)s::interval, 'FMMI FMHH24 \"* * *\"')"
        " where name = 'test_ok'",
        ago=hour_ago,
    )
    pyctl(dsn, "run", "test_ok")
    world.rows(
        "update ops.job_runs set started_at = now() - %(ago)s::interval where job = 'test_ok'",
        ago=ran_ago,
    )
    found = "select is_due from ops.job_state() where name = 'test_ok'"
    assert world.value(found) == is_due


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


def test_history(dsn: str) -> None:
    for name in ("test_ok", "test_broken", "test_ok"):
        observe.run(jobs.app, ["run", name, "--dsn", dsn])
    found = json.loads(pyctl(dsn, "history", "--json").stdout)
    assert [run["job"] for run in found[:3]] == ["test_ok", "test_broken", "test_ok"]
    assert [run["done"] for run in found[:3]] == [7, None, 7]
    failed = json.loads(pyctl(dsn, "history", "test_broken", "--failed", "--json").stdout)
    assert [run["outcome"] for run in failed] == ["failed"]
    assert "22012" in pyctl(dsn, "history", "--failed").stdout
    assert pyctl(dsn, "history", "test_slow").stdout == "no such run\n"
    assert observe.run(jobs.app, ["history", "no_such_job", "--dsn", dsn]) == 2


def test_history_tells_who_died(dsn: str, world: World) -> None:
    world.rows(
        "insert into ops.job_runs (job, started_at) values ('test_slow', now() - interval '1 min')"
    )
    (died,) = json.loads(pyctl(dsn, "history", "test_slow", "--failed", "--json").stdout)
    assert died["outcome"] == "died"
    said = [one["what"] for one in json.loads(pyctl(dsn, "check", "--json").stdout)]
    assert "job test_slow failed: its connection was lost" in said


def test_check_is_an_alarm(dsn: str, world: World) -> None:
    world.rows("update ops.deploys set at = now()")
    world.rows("delete from ops.job_runs")
    assert pyctl(dsn, "check").stdout == "every job ran in time\n"
    observe.run(jobs.app, ["run", "test_broken", "--dsn", dsn])
    done = pyctl(dsn, "check")
    assert done.exit_code == 1
    assert "job test_broken failed: 22012" in done.stdout
    world.rows("update ops.deploys set at = now() - interval '3 hours'")
    late = [one["what"] for one in json.loads(pyctl(dsn, "check", "--json").stdout)]
    assert "job test_ok is late: it has never run well" in late
    state = {job["name"]: job for job in json.loads(pyctl(dsn, "list", "--json").stdout)}
    assert state["test_ok"]["is_late"]
    assert not state["verify_audits"]["is_late"]


@contextmanager
def loop(dsn: str, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    argv = [sys.executable, "-m", "pyctl", "jobs", "run", "--loop", "--dsn", dsn]
    environment = {**os.environ, "OPSMANTIK_LOG_LEVEL": "info"}
    with log.open("wb") as out:
        running = subprocess.Popen(
            argv, cwd=config.REPO, stdout=out, stderr=subprocess.STDOUT, env=environment
        )
        try:
            yield running
        finally:
            running.kill()
            running.wait()


def test_the_loop_finishes_its_job_and_survives_a_lost_connection(
    dsn: str, world: World, tmp_path: Path
) -> None:
    world.rows("update ops.jobs set is_enabled = name in ('test_ok', 'test_slow')")
    world.rows("update ops.jobs set time_limit = '50 seconds' where name = 'test_slow'")
    log = tmp_path / "log"
    holder = "select pid from pg_stat_activity where application_name = 'pyctl jobs (long)'"
    try:
        with loop(dsn, log) as running:
            until(lambda: [run["outcome"] for run in runs(world, "test_ok")] == ["ok"])
            until(lambda: runs(world, "test_slow"))
            # the only one of its database
            assert observe.run(jobs.app, ["run", "--loop", "--dsn", dsn]) == 1
            # its connection is lost in the middle of a job
            before = world.value(holder)
            world.rows("select pg_terminate_backend(%(pid)s)", pid=before)
            until(lambda: before not in (found := [r["pid"] for r in world.rows(holder)]) and found)
            world.rows("delete from ops.job_runs")
            until(lambda: len(runs(world, "test_slow")) == 1)
            # and a signal lets the job at hand end
            running.send_signal(signal.SIGTERM)
            assert running.wait(60) == 0
        assert [run["outcome"] for run in runs(world, "test_slow")] == ["ok"]
    finally:
        world.rows("update ops.jobs set is_enabled = true")
    said = log.read_text()
    assert "the loop has ended" in said
    assert "message=stopping signal=SIGTERM" in said


@pytest.fixture
def held(world: World) -> Iterator[World]:
    """A long job that lasts until this session lets it go, and a short one; only they run."""
    enabled = world.rows("update ops.jobs set is_enabled = false where is_enabled returning name")
    world.rows(
        "create function ops.test_held() returns bigint language sql as"
        " 'select count(*) from (select pg_advisory_xact_lock_shared(77)) as held';"
        "insert into ops.jobs (name, function, every, cron, time_limit) values"
        " ('test_held', 'ops.test_held', '6 minutes', '', '5 minutes');"
        "update ops.jobs set is_enabled = true, every = '5 minutes' where name = 'test_ok';"
        "select pg_advisory_lock(77)"
    )
    yield world
    world.rows("select pg_advisory_unlock_all()")
    names = [job["name"] for job in enabled]
    world.rows("delete from ops.jobs where name = 'test_held'; drop function ops.test_held()")
    world.rows("update ops.jobs set is_enabled = true where name = any (%(n)s)", n=names)


def test_a_long_job_keeps_no_short_one_waiting(dsn: str, held: World, tmp_path: Path) -> None:
    def short_ones_go_on() -> None:
        until(lambda: runs(held, "test_held"))
        held.rows("delete from ops.job_runs where job = 'test_ok'")
        until(lambda: runs(held, "test_ok"))
        assert [run["outcome"] for run in runs(held, "test_held")] == ["running"]
        held.rows("select pg_advisory_unlock(77)")

    with ThreadPoolExecutor(1) as pool:
        due = pool.submit(observe.run, jobs.app, ["run", "--due", "--dsn", dsn])
        short_ones_go_on()
        assert due.result() == 0
    assert [run["outcome"] for run in runs(held, "test_held")] == ["ok"]
    held.rows("select pg_advisory_lock(77)")
    held.rows("delete from ops.job_runs")
    with loop(dsn, tmp_path / "log") as running:
        short_ones_go_on()
        running.send_signal(signal.SIGTERM)
        assert running.wait(60) == 0
    assert [run["outcome"] for run in runs(held, "test_held")] == ["ok"]


def test_what_breaks_a_lane_ends_the_loop(dsn: str) -> None:
    def broken(*_: object) -> None:
        raise KeyError("of the long lane")

    for run in (jobloop.run, jobloop.once):
        with pytest.raises(KeyError, match="long lane"):
            run(dsn, lambda *_: None, broken)


def test_a_second_loop_is_told_of_the_first(dsn: str, capfd: pytest.CaptureFixture[str]) -> None:
    with psycopg.connect(dsn) as other:
        other.execute("select pg_advisory_lock(%s, %s)", jobloop.LOOP_KEY)
        assert observe.run(jobs.app, ["run", "--loop", "--dsn", dsn]) == 1
        assert f"process {other.info.backend_pid}" in capfd.readouterr().err


def test_a_loop_waits_for_a_database_that_went_away(
    stage: Stage, world: World, tmp_path: Path
) -> None:
    name = stage.copy()
    log = tmp_path / "log"
    with loop(stage.cluster.dsn(name), log) as running:
        until(lambda: "write_health: ok" in log.read_text())
        world.rows(f"alter database {name} allow_connections false")
        world.rows(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = %(n)s", n=name
        )
        until(lambda: "next_try_seconds=4" in log.read_text())
        assert running.poll() is None
        world.rows(f"alter database {name} allow_connections true")
        query = "select count(*) as n from pg_stat_activity where application_name = 'pyctl jobs'"
        until(lambda: world.value(f"{query} and datname = %(n)s", n=name) == 1)
        running.send_signal(signal.SIGINT)
        assert running.wait(60) == 0
    stage.drop(name)


def test_sync_says_that_there_is_no_pg_cron(dsn: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert observe.run(jobs.app, ["sync", "--dsn", dsn]) == 1
    assert "pyctl jobs run --loop" in capfd.readouterr().err


@pytest.fixture
def cron_dsn() -> Iterator[str]:
    """A database on a cluster of its own that has pg_cron."""
    home = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-", dir=PARENT))
    home.chmod(0o755)
    cluster = Cluster(home, free_port(), cron_database="opsmantik")
    (home / "port").write_text(str(cluster.port))
    try:
        cluster.create()
        cluster.start()
        deploy.deploy(cluster.dsn("opsmantik"), config.REPO / "db")
        with db.connect(cluster.dsn("opsmantik"), autocommit=True) as conn:
            conn.execute("create extension pg_cron")
        yield cluster.dsn("opsmantik")
    finally:
        cluster.remove()
        shutil.rmtree(home, ignore_errors=True)


def test_sync_registers_in_pg_cron_what_is_listed(cron_dsn: str) -> None:
    with db.connect(cron_dsn, autocommit=True) as conn:
        # it runs what it has at once: not what takes locks here
        conn.execute("update ops.jobs set is_enabled = name in ('write_health', 'clean_up')")
        wanted = ["opsmantik clean_up", "opsmantik write_health"]
        done = json.loads(pyctl(cron_dsn, "sync", "--json").stdout)
        assert done == {"scheduled": wanted, "removed": []}
        registered = "select jobname, schedule, command from cron.job order by jobname"
        assert conn.execute(registered).fetchall() == [
            ("opsmantik clean_up", "41 * * * *", "call ops.run_job('clean_up')"),
            ("opsmantik write_health", "* * * * *", "call ops.run_job('write_health')"),
        ]
        conn.execute("update cron.job set active = false")
        pyctl(cron_dsn, "sync")
        assert conn.execute("select bool_and(active) from cron.job").fetchone() == (True,)
        conn.execute("select cron.schedule('of somebody', '0 0 1 1 *', 'select 1')")
        conn.execute("update ops.jobs set is_enabled = false where name = 'clean_up'")
        assert "removed opsmantik clean_up" in pyctl(cron_dsn, "sync").stdout
        assert [row[0] for row in conn.execute(registered)] == ["of somebody", wanted[1]]
        assert json.loads(pyctl(cron_dsn, "sync", "--json").stdout)["scheduled"] == wanted[1:]


def test_units_for_systemd(tmp_path: Path) -> None:
    names = {
        "loop": "opsmantik-jobs.service",
        "due": "opsmantik-jobs-due.service",
        "timer": "opsmantik-jobs-due.timer",
    }
    for unit, name in names.items():
        arguments = ["render", "systemd", unit, "--user", "daemon"]
        done = CliRunner().invoke(cli.app, arguments)
        assert done.exit_code == 0
        assert "$" not in done.stdout
        (tmp_path / name).write_text(done.stdout)
    assert (
        f"ExecStart={sys.executable} -m pyctl jobs run --loop"
        in (tmp_path / "opsmantik-jobs.service").read_text().splitlines()
    )
    assert "User=daemon" in (tmp_path / "opsmantik-jobs-due.service").read_text().splitlines()
    if program := shutil.which("systemd-analyze"):
        for name in names.values():
            seen = subprocess.run(
                [program, "verify", "--man=no", name], cwd=tmp_path, capture_output=True, text=True
            )
            assert (seen.returncode, seen.stderr) == (0, "")


def test_every_job_is_in_the_guide(world: World) -> None:
    guide = (config.REPO / "docs/how-to/jobs.md").read_text()
    names = world.rows("select name from ops.jobs where name not like 'test!_%' escape '!'")
    assert len(names) > 10
    assert [job["name"] for job in names if f"`{job['name']}`" not in guide] == []
