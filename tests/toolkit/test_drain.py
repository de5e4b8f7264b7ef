"""``pyctl partition drain`` while others read, write, deploy, or end it."""

from __future__ import annotations

import datetime
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest

from pyctl import config, db, deploy, drain, locks, observe, partition
from tests.harness.load import Load
from tests.harness.rest import Rest
from tests.harness.stage import Stage
from tests.harness.world import World
from tests.toolkit.test_partition import TABLES, contents, month_of, said, stray

DRAINS = "select count(*) from pg_trigger where tgname = 'follow'"


@pytest.fixture
def own(own: World) -> World:
    """Its month before last lies in the default partitions."""
    stray(own, -2)
    return own


def both(world: World, month: datetime.date) -> list[list[dict[str, Any]]]:
    return [contents(world, table, month) for table in TABLES]


def copy(conn: db.Connection, *, first: int = 0, pages: int = 1000) -> None:
    for parent in TABLES:
        db.rows(conn, "copy_default", parent=parent, first=first, pages=pages)


def begun(world: World, months: list[datetime.date]) -> db.Connection:
    """A drain that has begun and copied the first page."""
    conn = db.connect(world.conn.info.dsn, autocommit=True)
    assert all(one["pages"] > 2 for one in db.rows(conn, "begin_drain", months=months))
    copy(conn, pages=1)
    return conn


WRITES = (Path(__file__).parent / "sql/writes.sql").read_text().split(";\n")


# jobs that delete visits switch triggers off
@pytest.mark.parametrize("role", ["origin", "replica"])
def test_what_is_written_meanwhile_is_not_lost(own: World, role: str) -> None:
    month, unforeseen = month_of(own, -2), month_of(own, -3)
    with begun(own, [month]) as conn:
        own.rows(f"set session_replication_role = {role}")
        for write in WRITES:
            before = both(own, month)
            own.rows(write, m=month)
            assert both(own, month) != before
        stray(own, -3)
        expected = both(own, month) + both(own, unforeseen)
        copy(conn, first=1)
        own.rows("select ops.finish_drain()")
    assert both(own, month) + both(own, unforeseen) == expected
    left = {"month": unforeseen, "sessions": 200, "events": 400}
    assert own.rows("select * from ops.default_months()") == [left]
    assert said(own, "drain")["drained"] == [{"month": f"{unforeseen:%Y-%m}", "rows": 600}]
    assert both(own, month) + both(own, unforeseen) == expected
    assert said(own, "check")["findings"] == []


def test_a_batch_waits_for_who_is_writing(own: World) -> None:
    """Else a row that was deleted meanwhile would be copied, and come back."""
    month = month_of(own, -2)
    with begun(own, [month]) as conn, psycopg.connect(own.conn.info.dsn) as writer:
        writer.execute("delete from app.events where created_month = %s", [month])
        with pytest.raises(psycopg.errors.LockNotAvailable):
            copy(conn, first=1)
        writer.commit()
        copy(conn, first=1)
        own.rows("select ops.finish_drain()")
    assert contents(own, "app.events", month) == []
    assert len(contents(own, "app.sessions", month)) == 200


def test_a_reader_sees_every_row_of_his_snapshot_once(
    own: World, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    month, dsn = month_of(own, -2), own.conn.info.dsn
    frozen = "set transaction isolation level repeatable read; select"
    with psycopg.connect(dsn) as older, begun(own, [month]) as conn:
        copy(conn, first=1)
        older.execute(frozen.encode())
        own.rows(WRITES[0], m=month)
        own.rows(WRITES[1], m=month)
        own.rows("select ops.finish_drain()")
        count = "select count(*), max(score) from app.sessions where created_month = %s"
        assert older.execute(count, [month]).fetchone() == (200, 0)
    expected = both(own, month)

    stray(own, -3)
    monkeypatch.setattr(drain, "READERS_SECONDS", 0.0)
    with psycopg.connect(dsn) as older:
        older.execute(frozen.encode())
        assert observe.run(partition.app, ["drain", "--dsn", dsn]) == 1
        assert f"pg_terminate_backend({older.info.backend_pid})" in capfd.readouterr().err
    assert own.value(DRAINS) == 0
    assert own.value("select to_regclass('ops.draining_events')") is None
    assert said(own, "drain")["drained"] == [{"month": f"{month_of(own, -3):%Y-%m}", "rows": 600}]
    assert both(own, month) == expected


# Runs a drain that is killed at its nth word to the server.
KILLED = """
import os, signal, sys
import psycopg
from pyctl import drain, partition
left = int(sys.argv[2])
drain.FIRST_PAGES = drain.MOST_PAGES = 4
execute = psycopg.Cursor.execute
def counted(self, *arguments, **more):
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return execute(self, *arguments, **more)
psycopg.Cursor.execute = counted
partition.app(["drain", "--dsn", sys.argv[1]], standalone_mode=False)
print(left)
"""


def killed(dsn: str, dies_at: int) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-c", KILLED, dsn, str(dies_at)]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    there = "select from pg_stat_activity where application_name = 'pyctl partition drain'"
    with psycopg.connect(dsn, autocommit=True) as conn:
        while conn.execute(there).fetchone():
            time.sleep(0.02)
    return done


def test_killed_at_many_points(own: World) -> None:
    month, dsn = month_of(own, -2), own.conn.info.dsn
    expected = both(own, month)
    left_behind = set()
    dies_at = 0
    while True:
        dies_at += 4
        done = killed(dsn, dies_at)
        assert both(own, month) == expected, dies_at
        # ingest goes on, and what it writes is not lost by the next attempt
        write = "update app.sessions set score = %(n)s where created_month = %(m)s"
        own.rows(write, n=dies_at, m=month)
        expected = both(own, month)
        if done.returncode == 0:
            break
        assert done.returncode == -9, done.stderr
        left_behind.add(own.value(DRAINS))
    assert left_behind == {0, 2}
    assert said(own, "check")["findings"] == []
    assert own.rows("select * from ops.default_months()") == []


def test_what_the_server_can_not_do_is_told(own: World, capfd: pytest.CaptureFixture[str]) -> None:
    month, dsn = month_of(own, -2), own.conn.info.dsn
    name = own.value(
        "select partition_table from partman.show_partition_name('app.events', %(m)s::text)",
        m=month,
    )
    own.rows(f"create table app.{name} ()")  # detached by somebody, and forgotten
    assert observe.run(partition.app, ["drain", "--dsn", dsn]) == 1
    heard = capfd.readouterr().err
    assert f'relation "{name}" already exists' in heard
    assert "The rows are where they were" in heard
    assert own.value(DRAINS) == 0
    assert len(contents(own, "app.events", month)) == 400


def test_an_interrupted_one_is_found_and_a_deploy_takes_it_back(
    own: World, capfd: pytest.CaptureFixture[str]
) -> None:
    month, dsn = month_of(own, -2), own.conn.info.dsn
    expected = both(own, month)
    begun(own, [month]).close()
    found = [one["finding"] for one in said(own, "check")["findings"]]
    assert sum("was interrupted" in one for one in found) == 2
    with psycopg.connect(dsn) as other:
        assert locks.try_deploy_lock(other) is None
        assert observe.run(partition.app, ["drain", "--dsn", dsn]) == 1
        assert str(other.info.backend_pid) in capfd.readouterr().err
    assert own.value(DRAINS) == 2
    options = "select options from ops.partitions() where month is null order by parent"
    off = [one["options"].count("autovacuum_enabled=false") for one in own.rows(options)]
    assert off == [1, 1]
    deploy.deploy(dsn, config.REPO / "db")
    off = [one["options"].count("autovacuum_enabled=false") for one in own.rows(options)]
    assert off == [0, 0]
    assert own.value(DRAINS) == 0
    assert own.value("select to_regclass('ops.draining_events')") is None
    assert both(own, month) == expected


class Reader:
    """Counts a month's events again and again: never fewer than before, none twice."""

    def __init__(self, dsn: str, month: datetime.date) -> None:
        self._dsn, self._month = dsn, month
        self._over = threading.Event()
        self.problems: list[str] = []
        self.looks = 0

    def _look(self) -> None:
        query = (
            "select count(*), count(distinct (session_id, id)) from app.events"
            " where created_month = %s"
        )
        last = 0
        with psycopg.connect(self._dsn, autocommit=True) as conn:
            while not self._over.is_set():
                count, distinct = next(iter(conn.execute(query, [self._month])))
                if count < last or count != distinct:
                    self.problems.append(f"{count} events, {distinct} distinct, after {last}")
                last = count
                self.looks += 1

    def __enter__(self) -> Reader:
        self._thread = threading.Thread(target=self._look)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()


def test_no_request_fails_meanwhile_and_readers_see_each_row_once(
    stage: Stage, postgrest: Callable[[str], Rest], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The month that is missing is this one: whatever comes goes to the default partitions."""
    name = stage.copy()
    world = World(stage.cluster.dsn(name), stage.jwt_secret)
    site = world.site("busy", events_per_minute=1_000_000)
    month, dsn = stray(world, 0), world.conn.info.dsn
    for setting in ("FIRST_PAGES", "MOST_PAGES"):
        monkeypatch.setattr(drain, setting, 1)
    load = Load(postgrest(name).url, site)
    with load.running(), Reader(dsn, month) as reader:
        load.goes_on()
        done = said(world, "drain")
        load.goes_on()
    assert reader.problems == []
    assert reader.looks > 2
    assert done["drained"][0]["month"] == f"{month:%Y-%m}"
    assert set(load.answers) == {"200"}, load.answers
    for table in ("app.sessions", "app.calls"):
        count = world.value(f"select count(*) from {table} where site_id = %(id)s", id=site.id)
        assert count == load.answers["200"], table
    assert world.rows("select * from ops.default_months()") == []
    assert said(world, "check")["findings"] == []
    world.close()
