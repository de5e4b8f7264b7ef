"""``pyctl partition`` on a deployed database."""

from __future__ import annotations

import csv
import datetime
import gzip
import hashlib
import io
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from typer.testing import CliRunner, Result

from pyctl import locks, observe, partition
from tests.harness.stage import Stage
from tests.harness.world import World

STRAY = (Path(__file__).parent / "sql/stray.sql").read_text()
TABLES = ("app.sessions", "app.events")


def pyctl(world: World, *arguments: str) -> Result:
    return CliRunner().invoke(partition.app, [*arguments, "--dsn", world.conn.info.dsn])


def said(world: World, *arguments: str) -> Any:
    done = pyctl(world, *arguments, "--json")
    assert done.exception is None or isinstance(done.exception, SystemExit), done.output
    return json.loads(done.stdout)


def month_of(world: World, distance: int) -> datetime.date:
    found: datetime.date = world.value(
        "select (date_trunc('month', now() at time zone 'UTC') + %(n)s * interval '1 month')::date",
        n=distance,
    )
    return found


def name_of(world: World, parent: str, distance: int) -> str:
    found: str = world.value(
        "select name from ops.partitions() where parent = %(p)s and month = %(m)s",
        p=parent,
        m=month_of(world, distance),
    )
    return found


def contents(world: World, table: str, month: datetime.date) -> list[dict[str, Any]]:
    return world.rows(
        f"select * from {table} as one where created_month = %(m)s order by one::text", m=month
    )


def stray(world: World, distance: int) -> datetime.date:
    """A month without partitions, whose rows are in the default ones."""
    month = month_of(world, distance)
    for parent in TABLES:
        for found in world.rows(
            "select name from ops.partitions() where parent = %(p)s and month = %(m)s",
            p=parent,
            m=month,
        ):
            world.rows(f"drop table {found['name']}")
    world.rows(STRAY, site=world.site("acme").id, month=month)
    return month


def test_ensure_makes_what_is_missing_and_nothing_twice(own: World) -> None:
    pyctl(own, "ensure")
    assert pyctl(own, "ensure").stdout == "nothing to make: every month is there\n"
    gone = [name_of(own, "app.sessions", 2), name_of(own, "app.events", 4)]
    for name in gone:
        own.rows(f"drop table {name}")
    assert said(own, "ensure")["made"] == gone
    assert said(own, "ensure")["made"] == []
    assert pyctl(own, "check").exit_code == 0


def test_ensure_further_ahead_stays_so(own: World) -> None:
    assert said(own, "ensure", "--months", "9")["made"]
    assert own.value("select min(runway) from ops.partition_runway()") >= 9
    own.rows(f"drop table {name_of(own, 'app.events', 9)}")
    assert len(said(own, "ensure")["made"]) == 1


def test_ensure_says_how_to_go_on_when_rows_are_in_the_way(
    own: World, capfd: pytest.CaptureFixture[str]
) -> None:
    stray(own, 3)
    assert observe.run(partition.app, ["ensure", "--dsn", own.conn.info.dsn]) == 1
    assert "pyctl partition drain" in capfd.readouterr().err


def test_list_is_readable(own: World) -> None:
    found = said(own, "list")
    assert {one["parent"] for one in found} == set(TABLES)
    assert all(one["has_rls"] and one["owner"] == "app_owner" for one in found)
    assert all(one["bytes"] > 0 and not one["missing_indexes"] for one in found)
    lines = pyctl(own, "list").stdout.splitlines()
    assert len(lines) == len(found) + 1
    (now,) = [line.split() for line in lines if name_of(own, "app.events", 0) in line]
    assert now[1:3] == [str(month_of(own, 0)), str(month_of(own, 1))]
    assert now[-4:] == ["on", "none", "keeps", "up"]


FAULTS = {
    "rows in the default partition: 0 sessions, 1 events": "insert into app.events"
    " (site_id, session_id, id, created_month, occurred_at, category, action) values"
    " (gen_random_uuid(), gen_random_uuid(), 1, '2040-01-01', now(), 'page', 'x')",
    "each write to it is made twice": "select ops.begin_drain('{{}}')",
    "there is no default partition": "drop table {default}",
    "row level security is off": "alter table {events} disable row level security",
    "grants of its own, to public": "grant select on {events} to public",
    "grants of its own, to authenticated": "grant select (label) on {events} to authenticated",
    "policies of its own": "create policy p on {events} for select to analyst using (true)",
    "belongs to postgres": "alter table {events} owner to postgres",
    "index is missing": "update pg_index set indisvalid = false"
    " where indrelid = '{events}'::regclass",
    "treats it as any table": "alter table {events} reset (autovacuum_analyze_scale_factor)",
    "months ahead: 2": "drop table {events3}, {events4}",
    "no partition for": "drop table {events}",
    "not as it must be": "update partman.part_config set inherit_privileges = true",
}


@pytest.mark.parametrize("finding", FAULTS)
def test_check_finds(world: World, finding: str) -> None:
    query = "select * from ops.partition_findings()"
    assert world.rows(query) == []
    names = {
        "events": name_of(world, "app.events", 0),
        "events3": name_of(world, "app.events", 3),
        "events4": name_of(world, "app.events", 4),
        "default": world.value(
            "select name from ops.partitions() where parent = 'app.events' and month is null"
        ),
    }
    with world.conn.transaction(force_rollback=True):
        world.rows(FAULTS[finding].format(**names))
        found = world.rows(query)
    assert any(finding in one["finding"] for one in found)
    assert all(one["way_out"] for one in found)


def test_ensure_mends_what_lies_open(own: World) -> None:
    events = name_of(own, "app.events", 0)
    own.rows(f"alter table {events} owner to postgres")
    own.rows(f"alter table {events} disable row level security")
    own.rows(f"grant all on {events} to public, authenticated")
    # of a column only
    own.rows(f"grant select (label) on {name_of(own, 'app.events', 1)} to analyst")
    own.rows(f"drop table {name_of(own, 'app.events', -1)}")
    own.rows("drop table app.sessions_default")
    own.rows(f"alter table {events} reset (autovacuum_vacuum_insert_scale_factor)")
    assert pyctl(own, "check").exit_code == 1
    made = said(own, "ensure")["made"]
    assert {"app.sessions_default", name_of(own, "app.events", -1)} <= set(made)
    assert said(own, "check")["findings"] == []


def test_drain_moves_the_rows_and_changes_none(own: World) -> None:
    months = [stray(own, -10), stray(own, 2)]
    before = {(table, m): contents(own, table, m) for table in TABLES for m in months}
    counts = "select (select count(*) from app.calls), (select count(*) from app.stats_marks)"
    beside = own.rows(counts)
    ways_out = {one["way_out"] for one in said(own, "check")["findings"]}
    assert "pyctl partition drain" in ways_out

    done = said(own, "drain")
    assert done["drained"] == [{"month": f"{m:%Y-%m}", "rows": 600} for m in months]
    assert {(table, m): contents(own, table, m) for table in TABLES for m in months} == before
    assert own.rows(counts) == beside
    assert own.rows("select * from ops.default_months()") == []
    assert said(own, "check")["findings"] == []
    listed = {one["name"]: one["rows"] for one in said(own, "list")}
    assert {listed[name_of(own, parent, -10)] for parent in TABLES} == {200, 400}
    # of its name by pg_partman, with the triggers of its siblings
    for parent in TABLES:
        shown = "select partition_tablename from partman.show_partitions(%(p)s)"
        assert name_of(own, parent, -10).removeprefix("app.") in {
            one["partition_tablename"] for one in own.rows(shown, p=parent)
        }
    triggers = "select count(*) from pg_trigger where tgrelid = %(t)s::regclass"
    assert own.value(triggers, t=name_of(own, "app.sessions", -10)) == own.value(
        triggers, t=name_of(own, "app.sessions", 1)
    )
    assert "nothing to drain" in pyctl(own, "drain").stdout


def test_a_table_in_use_is_waited_for_and_then_told(
    own: World, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    month = stray(own, -10)
    monkeypatch.setattr(locks, "ATTEMPTS", 2)
    with psycopg.connect(own.conn.info.dsn) as other:
        other.execute("select count(*) from app.sessions")
        assert observe.run(partition.app, ["drain", "--dsn", own.conn.info.dsn]) == 1
        assert "trying again (1 of 1)" in (heard := capfd.readouterr().err)
        assert "pg_stat_activity" in heard
        assert len(contents(own, "app.events", month)) == 400
        # a session-level lock is none of ours
        assert locks.try_deploy_lock(other) is None
    assert said(own, "drain")["drained"][0]["rows"] == 600


@pytest.fixture(scope="module")
def aged_template(stage: Stage) -> Iterator[str]:
    """The name of a database with two old months, drained and rolled."""
    name = stage.copy()
    world = World(stage.cluster.dsn(name), stage.jwt_secret)
    for distance in (-9, -8):
        stray(world, distance)
    pyctl(world, "drain")
    while world.value("select ops.roll_stats()"):
        pass
    world.close()
    yield name
    stage.drop(name)


@pytest.fixture
def aged(stage: Stage, aged_template: str) -> Iterator[World]:
    """A copy of it, of the test's own."""
    name = f"aged_{os.urandom(4).hex()}"
    world = World(stage.create_database(name, template=aged_template), stage.jwt_secret)
    yield world
    world.close()
    stage.drop(name)


def test_retire_says_what_it_would_do(aged: World, own: World) -> None:
    older, old = month_of(aged, -9), month_of(aged, -8)
    assert pyctl(aged, "retire").stdout == "no month is older than that\n"
    # what can't go is not offered
    assert "--yes" not in pyctl(own, "retire", "--older-than", "0m").stdout
    done = pyctl(aged, "retire", f"--older-than={month_of(aged, -3):%Y-%m}")
    assert done.exit_code == 1
    lines = done.stdout.splitlines()
    assert [line.split()[0] for line in lines[1:4]] == [
        f"{month:%Y-%m}" for month in (older, old, month_of(aged, -4))
    ]
    assert [line.split()[-1] for line in lines[1:3]] == ["goes", "goes"]
    assert "190 days" in lines[3]
    assert "--yes" in lines[-1]
    assert aged.rows("select from ops.retired_months") == []
    assert len(contents(aged, "app.events", old)) == 400


def test_retire_drops_the_oldest_first_and_stops_at_what_stays(aged: World) -> None:
    older, old = month_of(aged, -9), month_of(aged, -8)
    # written to late: not rolled; its first hours are of a day of the month before, by local time
    aged.rows(
        "update app.sessions set is_ads = not is_ads where created_at > %(m)s::date + 3"
        " and created_month = %(m)s",
        m=old,
    )
    done = pyctl(aged, "retire", "--older-than", "7m", "--yes")
    assert done.exit_code == 1
    assert "roll_stats" in done.stdout
    assert done.stdout.splitlines()[-1] == f"{older:%Y-%m}: dropped"
    assert aged.rows("select month from ops.retired_months") == [{"month": older}]
    assert len(contents(aged, "app.events", old)) == 400
    assert contents(aged, "app.events", older) == []


@pytest.mark.parametrize("said", ["2026-13", "soon", "-1m", "2026-03-01"])
def test_an_age_that_is_none_is_wrong_use(dsn: str, said: str) -> None:
    arguments = ["retire", f"--older-than={said}", "--dsn", dsn]
    assert observe.run(partition.app, arguments) == 2


def test_a_dump_brings_back_what_was_dropped(aged: World, tmp_path: Path) -> None:
    old = month_of(aged, -9)
    before = {table: contents(aged, table, old) for table in TABLES}
    done = said(aged, "retire", "--older-than", "8m", "--dump", str(tmp_path), "--yes")
    assert done["retired"] == [f"{old:%Y-%m}"]
    assert {table: contents(aged, table, old) for table in TABLES} == {t: [] for t in TABLES}

    manifest = json.loads((tmp_path / f"manifest_{old:%Y-%m}.json").read_text())
    assert {path.name[0] for path in tmp_path.iterdir()} == {"e", "m", "s"}
    for parent, one in manifest["tables"].items():
        path = tmp_path / one["file"]
        assert hashlib.sha256(path.read_bytes()).hexdigest() == one["sha256"]
        assert path.stat().st_mode & 0o777 == 0o600
        text = gzip.decompress(path.read_bytes()).decode()
        heading = next(csv.reader(io.StringIO(text)))
        assert heading == [column["name"] for column in one["columns"]]
        aged.rows(f"create temporary table back (like {parent})")
        copy = "copy back from stdin with (format csv, header match)"
        with aged.conn.cursor() as cursor, cursor.copy(copy) as rows:
            rows.write(text)
        assert contents(aged, "back", old) == before[parent]
        assert one["rows"] == len(before[parent])
        aged.rows("drop table back")


def test_a_dump_that_fails_drops_nothing(
    aged: World, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    old = month_of(aged, -9)
    dsn = aged.conn.info.dsn
    retire = ["retire", "--older-than", "8m", "--yes", "--dsn", dsn, "--dump"]
    assert observe.run(partition.app, [*retire, str(tmp_path / "nowhere")]) == 2
    capfd.readouterr()
    assert observe.run(partition.app, [*retire, "/proc"]) == 1  # nobody may write there
    assert f"Nothing of {old:%Y-%m} was dropped" in capfd.readouterr().err
    (tmp_path / f"events_{old:%Y-%m}.csv.gz").write_text("of somebody")
    assert observe.run(partition.app, [*retire, str(tmp_path)]) == 1
    assert "is there already" in capfd.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == [f"events_{old:%Y-%m}.csv.gz"]
    assert len(contents(aged, "app.events", old)) == 400


def test_a_month_that_can_not_be_dropped_leaves_no_dump(
    aged: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = month_of(aged, -9)
    monkeypatch.setattr(locks, "ATTEMPTS", 1)
    dsn = aged.conn.info.dsn
    arguments = ["retire", "--older-than", "8m", "--yes", "--dump", str(tmp_path), "--dsn", dsn]
    with psycopg.connect(dsn) as reader:
        reader.execute("select count(*) from app.sessions")  # lets the dump go on, not the drop
        assert observe.run(partition.app, arguments) == 1
    assert list(tmp_path.iterdir()) == []
    assert len(contents(aged, "app.events", old)) == 400
    assert observe.run(partition.app, arguments) == 0
    assert len(list(tmp_path.iterdir())) == 3


def test_a_commit_that_fails_keeps_the_dump(aged: World, tmp_path: Path) -> None:
    """Whether a commit came through is not known when its connection is lost."""
    old = month_of(aged, -9)
    aged.rows(
        "create function ops.tg_fails() returns trigger language plpgsql as"
        " 'begin raise exception ''at the commit''; end';"
        "create constraint trigger fails after insert on ops.retired_months"
        " deferrable initially deferred for each row execute function ops.tg_fails()"
    )
    dsn = aged.conn.info.dsn
    arguments = ["retire", "--older-than", "8m", "--yes", "--dump", str(tmp_path), "--dsn", dsn]
    assert observe.run(partition.app, arguments) == 1
    assert len(contents(aged, "app.events", old)) == 400
    assert len(list(tmp_path.iterdir())) == 3
