"""``pyctl erasures``: what a restored backup brings back is erased again."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from pyctl import cli, db, pgbin
from tests.harness.stage import Stage
from tests.harness.world import Site, World
from tests.http.visit import PHONE, Visit, event, tap

HELD = (
    "select (select count(*) from app.sessions where visitor_id = %(visitor)s)"
    " + (select count(*) from app.calls where visitor_id = %(visitor)s or caller_phone = %(phone)s)"
)
NUMBER = "+905321112233"
CALLER = (
    "update app.calls set caller_phone = %(phone)s, note = 'secret' where session_id = %(session)s"
)
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
