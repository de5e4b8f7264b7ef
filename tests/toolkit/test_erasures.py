"""``pyctl erasures``: what a restored backup brings back is erased again."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from typer.testing import CliRunner, Result

from pyctl import catalogue, cli, db, pgbin
from pyctl.errors import OperatorError
from tests.harness.stage import Stage
from tests.harness.world import Site, World
from tests.http.test_plans import as_person
from tests.http.visit import PHONE, Visit, event, tap

ASK = "Ask the operator of this installation: pyctl erasures person, or pyctl site takeout."
HELD = (
    "select (select count(*) from app.sessions where visitor_id = %(visitor)s)"
    " + (select count(*) from app.calls where visitor_id = %(visitor)s or caller_phone = %(phone)s)"
)
NUMBER = "+905321112233"
CALLER = (
    "update app.calls set caller_phone = %(phone)s, note = 'secret' where session_id = %(session)s"
)
# over four months, with an event each; the first one is a lead who gave a number
MANY = """
with visit as (
    insert into app.sessions (
        site_id, id, created_month, created_at, first_event_at, last_event_at, visitor_id, gclid
    )
    select %(site)s, gen_random_uuid(), (date_trunc('month', at at time zone 'UTC'))::date,
        at, at, at, %(visitor)s, 'click ' || n
    from generate_series(1, %(count)s) as n
    cross join lateral (values (now() - n * interval '1 hour')) as t (at)
    returning *
), event as (
    insert into app.events (
        site_id, session_id, id, created_month, occurred_at, category, action, url
    )
    select site_id, id, 1, created_month, created_at, 'page', 'page_view', '/secret' from visit
)
insert into app.calls (
    site_id, session_id, session_month, visitor_id, intent_action, intent_stamp, tapped_at,
    last_tap_at, last_action, currency, caller_phone
)
select site_id, id, created_month, visitor_id, 'phone', id::text, created_at, created_at, 'phone',
    'TRY', %(phone)s
from visit where gclid = 'click 1'
"""
ERASE = "select * from ops.erase(%(site)s, array[%(visitor)s], '{}', '{}', 'infinity', 'request')"


@dataclass
class Copy:
    """A database of this test's own, and its restored backup."""

    stage: Stage
    name: str

    @property
    def dsn(self) -> str:
        return self.stage.cluster.dsn(self.name)

    def world(self) -> World:
        return World(self.dsn, self.stage.jwt_secret)


def pyctl(*arguments: str) -> Result:
    return CliRunner().invoke(cli.app, ["erasures", *arguments])


def visit(world: World, site: Site) -> Visit:
    """A visit with a lead, sent without HTTP."""
    made = Visit(site)
    with world.conn.transaction():
        headers = json.dumps({"user-agent": PHONE})
        world.rows("select set_config('request.headers', %(h)s, true)", h=headers)
        body = json.dumps(made.batch(event(g=20000), tap()))
        assert world.value("select status from api.sync(%(body)s)", body=body) == "stored"
    return made


@pytest.fixture
def live(stage: Stage) -> Iterator[Copy]:
    copy = Copy(stage, stage.copy())
    yield copy
    stage.drop(copy.name)


@pytest.fixture
def backup(stage: Stage) -> Iterator[Copy]:
    """Filled by pg_dump | pg_restore; see ``dump_and_restore``."""
    name = f"restored_{os.urandom(4).hex()}"
    stage.create_database(name)
    yield Copy(stage, name)
    stage.drop(name)


def dump_and_restore(live: Copy, backup: Copy, path: Path) -> None:
    """The real thing: what does not come back would not be cleaned either."""
    for command in (
        [str(pgbin.find() / "pg_dump"), "-Fc", "-f", str(path), live.dsn],
        [str(pgbin.find() / "pg_restore"), "-d", backup.dsn, str(path)],
    ):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr


def test_a_restored_backup_is_cleaned_again(live: Copy, backup: Copy, tmp_path: Path) -> None:
    world = live.world()
    site = world.site("acme")
    ayse, other = visit(world, site), visit(world, site)
    world.rows(CALLER, phone=NUMBER, session=ayse.session)
    world.close()
    dump_and_restore(live, backup, tmp_path / "backup")

    world = live.world()
    (gone,) = world.rows(ERASE, site=site.id, visitor=ayse.visitor)
    assert (gone["sessions"], gone["calls"]) == (1, 1)
    world.close()
    listed = tmp_path / "erasures.json"
    done = pyctl("export", str(listed), "--dsn", live.dsn)
    assert (done.exit_code, done.stdout) == (0, f"1 erasures written to {listed}\n")
    assert listed.stat().st_mode & 0o777 == 0o600
    assert not {ayse.visitor, NUMBER, ayse.session} & set(listed.read_text().split('"'))

    restored = backup.world()
    assert restored.value(HELD, visitor=ayse.visitor, phone=NUMBER) == 2
    assert pyctl("repeat", "--dsn", backup.dsn).stdout == "0 visits and cards erased again\n"
    done = pyctl("repeat", str(listed), "--dsn", backup.dsn)
    assert done.stdout.splitlines()[-1] == "2 visits and cards erased again"
    assert restored.value(HELD, visitor=ayse.visitor, phone=NUMBER) == 0
    assert restored.value(HELD, visitor=other.visitor, phone="") == 2
    assert restored.value("select count(*) from app.calls where note = 'secret'") == 0
    assert pyctl("repeat", str(listed), "--dsn", backup.dsn).stdout.splitlines()[-1].startswith("0")
    restored.close()


def test_a_restored_backup_is_no_drift(live: Copy, backup: Copy, tmp_path: Path) -> None:
    dump_and_restore(live, backup, tmp_path / "backup")
    found = catalogue.drift(catalogue.of(backup.dsn), catalogue.of(live.dsn))
    assert [one.text("restored", "before") for one in found] == []


@pytest.mark.parametrize("by", ["phone", "visitor", "session"])
def test_a_person_of_many_visits(live: Copy, by: str) -> None:
    """Too many for a request; the operator has a way that ends."""
    world = live.world()
    site, count = world.site("acme"), 2_300
    other = visit(world, site)
    world.rows(MANY, site=site.id, visitor="kiosk", phone=NUMBER, count=count)
    session = world.value("select id::text from app.sessions where gclid = 'click 7'")
    name = {"phone": NUMBER, "visitor": "kiosk", "session": session}[by]

    argument = {"phone": "phone", "visitor": "visitor_id", "session": "session_id"}[by]
    asked = f"select * from api.erase_person(%(site)s, {argument} => %(name)s)"
    settings = as_person(world.owner("acme"))
    with world.conn.transaction(force_rollback=True):
        for setting, value in settings.items():
            world.rows("select set_config(%(n)s, %(v)s, true)", n=setting, v=value)
        with pytest.raises(psycopg.Error, match="too_many_visits") as told:
            world.rows(asked, site=site.id, name=name)
    assert (told.value.sqlstate, told.value.diag.message_hint) == ("PT409", ASK)

    command = ["erasures", "person", "acme", "--by", by, "--dsn", live.dsn, "--reason", "ticket 1"]
    done = CliRunner().invoke(cli.app, command, input=f"{name}\n")
    assert done.exit_code == 0, done.output
    assert f"{count} visits, {count} events, 1 leads" in done.stdout
    assert world.value(HELD, visitor="kiosk", phone=NUMBER) == 0
    assert world.value("select count(*) from app.sessions where gclid like 'click %'") == 0
    assert world.value("select count(*) from app.events where url = '/secret'") == 0
    assert world.value(HELD, visitor=other.visitor, phone="") == 2
    assert world.value("select ops.repeat_erasures()") == 0
    kept = world.rows("select * from ops.operator_log") + world.rows("select * from app.audit_log")
    assert name not in str(kept)
    assert {"person_erase", "erase"} <= {str(row["action"]) for row in kept}
    assert world.value("select ops.verify_audit(%(site)s)", site=site.id) is None
    world.close()


@pytest.mark.parametrize("given", ["", "x" * 65, "not a number"])
def test_nobody_is_meant_by_that(live: Copy, given: str) -> None:
    world = live.world()
    world.site("acme")
    world.close()
    by = "phone" if " " in given else "visitor"
    command = ["person", "acme", "--by", by, "--dsn", live.dsn, "--reason", "ticket 1"]
    done = CliRunner().invoke(cli.app, ["erasures", *command], input=f"{given}\n")
    assert isinstance(done.exception, OperatorError)
    with db.connect(live.dsn) as conn:
        assert conn.execute("select from ops.operator_log").fetchall() == []


def test_a_list_of_another_key_finds_nobody(live: Copy, tmp_path: Path) -> None:
    listed = tmp_path / "erasures.json"
    pyctl("export", str(listed), "--dsn", live.dsn)
    with db.connect(live.dsn) as conn:
        conn.execute("update access.secrets set value = repeat('x', 64) where name = 'erasure'")
    done = pyctl("repeat", str(listed), "--dsn", live.dsn)
    assert done.exit_code != 0
    assert "another key" in str(done.exception)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 2}'])
def test_something_else_is_no_list(live: Copy, tmp_path: Path, text: str) -> None:
    path = tmp_path / "list"
    path.write_text(text)
    done = pyctl("repeat", str(path), "--dsn", live.dsn)
    assert done.exit_code != 0
    assert "list" in str(done.exception)
