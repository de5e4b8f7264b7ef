"""The draft of a step: what migra writes, what is added, what is marked."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from pyctl import db, deploy, drafting, judge, shadow, steps
from pyctl.errors import OperatorError
from tests.harness.stage import Stage
from tests.harness.tree import Tree


@pytest.fixture
def server(stage: Stage) -> shadow.Server:
    return shadow.Server(stage.cluster.dsn("postgres"))


def draft(server: shadow.Server, tree: Tree) -> Path:
    return drafting.draft(server, tree.root, "news", lambda _: None)


def test_a_draft_with_its_marks_seen_to_leads_to_the_source(
    server: shadow.Server, tmp_path: Path
) -> None:
    tree = Tree(tmp_path / "db")
    with pytest.raises(OperatorError, match="Nothing is released yet"):
        draft(server, tree)
    shadow.freeze(tree.root)
    with pytest.raises(OperatorError, match="Nothing differs"):
        draft(server, tree)
    tree.replace("schema/10_sites.sql", "name text not null", "name text not null, domain text")
    tree.write(
        "schema/90_news.sql",
        "create table app.news (id integer not null);\n"
        "comment on table app.news is 'It''s new';\n"
        "create type app.span as range (subtype = integer);\n",
    )
    path = draft(server, tree)
    text = path.read_text()
    assert 'alter table "app"."sites" add column "domain" text' in text
    assert "comment on table app.news is 'It''s new';" in text
    assert "-- LOOK: still missing: type app.span" in text
    found = judge.check(server, tree.root, lambda _: None)["findings"]
    assert any("still says '-- LOOK'" in one for one in found)
    kept = [line for line in text.splitlines() if not line.startswith("--")]
    path.write_text("\n".join([*kept, "create type app.span as range (subtype = integer);", ""]))
    assert judge.check(server, tree.root, lambda _: None)["findings"] == []
    assert [step.name for step in steps.read(tree.root)] == ["news"]


ENUM = "create type app.state as enum ({});\ncreate table app.odd (s app.state default '{}');\n"


def test_new_values_of_an_enum_come_in_a_step_before_who_uses_them(
    server: shadow.Server, empty_database: str, tmp_path: Path
) -> None:
    tree = Tree(tmp_path / "db")
    odd = tree.write("schema/20_odd.sql", ENUM.format("'b', 'd'", "b"))
    shadow.freeze(tree.root)
    shadow.deploy_baseline(empty_database, tree.root)
    odd.write_text(ENUM.format("'a', 'b', 'c', 'd', 'it''s'", "c"))
    path = draft(server, tree)
    first = next((tree.root / "migrations").glob("*_news_values.sql"))
    assert first.name < path.name
    assert [line for line in first.read_text().splitlines() if line[:2] != "--"][1:] == [
        "alter type app.state add value if not exists 'a' before 'b';",
        "alter type app.state add value if not exists 'c' after 'b';",
        "alter type app.state add value if not exists 'it''s' after 'd';",
    ]
    assert "type" not in path.read_text()
    assert judge.check(server, tree.root, lambda _: None)["findings"] == []
    assert deploy.deploy(empty_database, tree.root).steps == [first.stem, path.stem]
    odd.write_text(ENUM.format("'a', 'b', 'c', 'd', 'it''s', 'z'", "c"))
    assert draft(server, tree).name.endswith("_news_values.sql")


def test_where_only_the_text_differs_the_way_out_is_told(
    server: shadow.Server, empty_database: str, tmp_path: Path
) -> None:
    tree = Tree(tmp_path / "db")
    shadow.freeze(tree.root)
    shadow.deploy_baseline(empty_database, tree.root)
    columns = ("id integer primary key", "name text not null")
    tree.replace("schema/10_sites.sql", ", ".join(columns), ", ".join(reversed(columns)))
    with pytest.raises(deploy.DeployError, match="migrate draft"):
        deploy.deploy(empty_database, tree.root)
    with pytest.raises(OperatorError, match=r"Nothing differs.*\n.*`select 1;`"):
        draft(server, tree)
    tree.step("order", "select 1;\n")
    assert judge.check(server, tree.root, lambda _: None)["findings"] == []
    assert len(deploy.deploy(empty_database, tree.root).steps) == 1


def test_what_the_source_no_longer_says_of_a_role_is_seen(tmp_path: Path) -> None:
    tree, base = Tree(tmp_path / "db"), "schema/00_base.sql"
    said = "alter role anon set work_mem = '8MB';\ngrant anon to authenticated;\n"
    tree.replace(base, "create schema app ", f"{said}create schema app ")
    shadow.freeze(tree.root)
    tree.replace(base, said, "")
    with shadow.server(None) as own:
        text = draft(own, tree).read_text()
        assert "-- LOOK: still missing: role anon\n" in text
        assert "-- LOOK: still missing: role authenticated\n" in text
        for path in (tree.root / "migrations").glob("*_news.sql"):
            path.unlink()
        as_superuser = "-- migrate: as superuser\n"
        tree.step("anon", f"{as_superuser}alter role anon reset work_mem;\n")
        found = judge.check(own, tree.root, lambda _: None)["findings"]
        assert [one.splitlines()[0] for one in found] == ["role authenticated"]
        tree.step("member", f"{as_superuser}revoke anon from authenticated;\n")
        assert judge.check(own, tree.root, lambda _: None)["findings"] == []


JOBS = """
create table ops.jobs (
    name text primary key, function text not null, every interval not null, cron text not null,
    time_limit interval not null, is_enabled boolean not null default true,
    repeats boolean not null default false
);
"""
ROW = "insert into ops.jobs values ('{}', 'ops.f', '1 hour', '{}', '1 minute');\n"


def test_renames_domains_grants_and_rows_are_written(server: shadow.Server, tmp_path: Path) -> None:
    tree = Tree(tmp_path / "db")
    tree.write(
        "schema/81_jobs.sql", JOBS + ROW.format("old", "1 * * * *") + ROW.format("kept", "2")
    )
    shadow.freeze(tree.root)
    tree.replace("schema/10_sites.sql", "name text not null", "title text not null, d app.short")
    tree.write(
        "schema/10_domains.sql",
        "create domain app.short as text constraint short_check check (length(value) < 9);\n"
        "grant usage on schema ops to authenticated; revoke usage on schema access from anon;\n",
    )
    tree.write("schema/81_jobs.sql", JOBS + ROW.format("new", "3") + ROW.format("kept", "4"))
    with pytest.raises(OperatorError, match="is no rename"):
        drafting.draft(server, tree.root, "news", lambda _: None, ["sites.name"])
    path = drafting.draft(server, tree.root, "news", lambda _: None, ["app.sites.name:title"])
    text = path.read_text()
    for said in (
        "alter table app.sites rename column name to title;",
        "create domain app.short as text constraint short_check CHECK",
        "grant usage on schema ops to authenticated;",
        "revoke usage on schema access from anon;",
        "delete from ops.jobs where name = 'old';",
        "insert into ops.jobs (name, function, every, cron, time_limit, repeats) values ('new'",
    ):
        assert said in text, text
    assert "drop column" not in text
    assert "still missing" not in text
    kept = [line for line in text.splitlines() if not line.startswith("--")]
    reason = (
        "-- squawk renaming-column: nothing reads it yet\n"
        "-- squawk ban-create-domain-with-constraint: it is new"
    )
    path.write_text("\n".join([*kept, reason, ""]))
    assert judge.check(server, tree.root, lambda _: None)["findings"] == []
    without = [line for line in kept if not line.startswith("insert into ops.jobs")]
    path.write_text("\n".join([*without, reason, ""]))
    assert any(
        "job new" in one for one in judge.check(server, tree.root, lambda _: None)["findings"]
    )


SCHEMAS = "create schema extensions;\ncreate schema partman;\n"
OLD_EXTENSION = "create extension pgcrypto with schema extensions;\n"
NEW_EXTENSION = "create extension pg_partman with schema partman;\n"
ROLE = "alter role app_definer {} idle_session_timeout"


def test_what_only_the_superuser_may_is_marked(
    server: shadow.Server, stage: Stage, tmp_path: Path
) -> None:
    tree, base = Tree(tmp_path / "db"), "schema/00_base.sql"
    tree.replace(base, "create schema app ", f"{SCHEMAS}{OLD_EXTENSION}create schema app ")
    odd = tree.write("schema/20_odd.sql", "create table app.odd (b boolean);\n")
    shadow.freeze(tree.root)
    odd.write_text("create table app.odd (b date);\n")
    set_role, reset_role = ROLE.format("set") + " = '7d';\n", ROLE.format("reset") + ";\n"
    tree.replace(base, OLD_EXTENSION, NEW_EXTENSION + set_role)

    def reset() -> None:
        with psycopg.connect(stage.cluster.dsn("postgres"), autocommit=True) as conn:
            conn.execute(db.as_query(reset_role))

    try:
        path = draft(server, tree)
        text = path.read_text()
        alone = "Only the superuser may: a step of its own, with '-- migrate: as superuser', dated"
        assert f"-- LOOK: {NEW_EXTENSION.strip()} {alone} before this one." in text
        assert f"-- LOOK: drop extension pgcrypto; {alone} after this one." in text
        assert "-- LOOK: still missing: role app_definer" in text
        fails = "-- LOOK: the next statement does not run: cannot cast type boolean to date\nalter"
        assert fails in text
        assert "-- LOOK: still missing: column app.odd.b" in text
        path.unlink()
        reset()
        as_superuser = "-- migrate: as superuser\n"
        tree.step(
            "extensions",
            f"{as_superuser}{NEW_EXTENSION}drop extension pgcrypto;\n"
            "-- squawk ban-drop-extension: unused\n",
        )
        tree.step(
            "odd",
            "alter table app.odd drop column b, add column b date;\n"
            "-- squawk ban-drop-column: empty\n",
        )
        found = judge.check(server, tree.root, lambda _: None)["findings"]
        assert [one.splitlines()[0] for one in found] == ["role app_definer"]
        reset()
        tree.step("role", f"{as_superuser}{set_role}")
        assert judge.check(server, tree.root, lambda _: None)["findings"] == []
    finally:
        reset()
