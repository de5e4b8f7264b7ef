"""The path is the object: what house.sql can not see, since a database does not know its files."""

from __future__ import annotations

import re
from pathlib import Path

import psycopg
import pytest

from pyctl import config, sqltext
from tests.harness.stage import TEMPLATE

DB = config.REPO / "db"
_CODE_FOLDERS = ("functions", "rls", "rpc", "reporting")
CODE = sorted(path for folder in _CODE_FOLDERS for path in (DB / folder).rglob("*.sql"))
_STATE = sorted(path for folder in ("schema", "partitions") for path in (DB / folder).glob("*.sql"))
DEPLOYED = [*CODE, *_STATE]
_RPC = [path for path in CODE if path.parent.name == "rpc" and path.stem != "_schema"]
ROUTINES = [*_RPC, *(path for path in CODE if path.parts[-3] == "functions")]
POLICIES = sorted((DB / "rls").glob("*.sql"))

_CREATED = re.compile(r"create (?:function|procedure|view|table|type|domain) ?(\S+?) ?\. ?(\S+)")
_TABLE = re.compile(
    r"\bon (?:table )?(app|access|ops) \. (\w+)|\balter table (app|access|ops) \. (\w+)"
)
_GRANTED = re.compile(r"\bon (?:function|procedure) (\w+) \. (\S+)")


def name_of(path: Path) -> str:
    return str(path.relative_to(DB))


def code_of(path: Path) -> list[str]:
    """The file's statements, lower case, one blank between any two tokens."""
    return [statement.canonical.lower() for statement in sqltext.statements(path.read_text())]


def created_in(path: Path) -> list[tuple[str, str]]:
    found = (_CREATED.match(text) for text in code_of(path))
    return [(match[1], match[2].strip('"')) for match in found if match]


def test_there_are_files() -> None:
    assert len(ROUTINES) > 80
    assert len(POLICIES) > 15


@pytest.mark.parametrize("path", ROUTINES, ids=name_of)
def test_a_routine_is_where_its_name_says(path: Path) -> None:
    schema = "api" if path.parent.name == "rpc" else path.parent.name
    assert created_in(path) == [(schema, path.stem)]
    for text in code_of(path)[1:]:
        assert text.startswith(("comment on", "grant execute")), text
        assert f"{schema} . " in text
        assert path.stem in text, "speaks of something else"


@pytest.mark.parametrize("path", POLICIES, ids=name_of)
def test_an_rls_file_speaks_of_one_table(path: Path) -> None:
    named = {match[2] or match[4] for text in code_of(path) for match in _TABLE.finditer(text)}
    assert named == {path.stem}
    assert all(text.startswith(("alter table", "grant", "create policy")) for text in code_of(path))
    assert "enable row level security" in code_of(path)[0]


@pytest.mark.parametrize("path", DEPLOYED, ids=name_of)
def test_files_declare(path: Path) -> None:
    for text in code_of(path):
        assert not text.startswith("drop "), text
        assert "or replace" not in text.split("$")[0], text
        assert not re.match(r"create .* if not exists", text.split("$")[0]), text
    assert not re.search(r"_v\d+$", path.stem)


def test_every_routine_and_table_has_its_file(dsn: str) -> None:
    """And nothing but what a file makes: the database holds what the tree says."""
    with psycopg.connect(dsn) as conn:
        routines = conn.execute(
            (Path(__file__).parent / "sql/routines.sql").read_bytes()
        ).fetchall()
        tables = conn.execute((Path(__file__).parent / "sql/tables.sql").read_bytes()).fetchall()
    assert {f"{schema}.{name}" for schema, name in routines} == {
        f"{schema}.{name}" for path in ROUTINES for schema, name in created_in(path)
    }
    assert {name for (name,) in tables} == {path.stem for path in POLICIES}


def test_nobody_may_make_temporary_objects(dsn: str) -> None:
    """Of the deployed database itself: a copy of it has privileges of its own."""
    with psycopg.connect(dsn) as conn:
        found = conn.execute(
            "select rolname from pg_roles where rolname in ('anon', 'authenticated', 'analyst')"
            " and has_database_privilege(oid, %s, 'temporary')",
            [TEMPLATE],
        ).fetchall()
    assert found == []
