"""The draft of a step: what migra writes, what is added, what is marked."""

from __future__ import annotations

from pathlib import Path

import pytest

from pyctl import drafting, judge, shadow, steps
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
        "alter table app.news set (fillfactor = 70);\n",
    )
    path = draft(server, tree)
    text = path.read_text()
    assert 'alter table "app"."sites" add column "domain" text' in text
    assert "comment on table app.news is 'It''s new';" in text
    assert "-- LOOK: still missing: table app.news" in text
    found = judge.check(server, tree.root, lambda _: None)["findings"]
    assert any("still says '-- LOOK'" in one for one in found)
    kept = [line for line in text.splitlines() if not line.startswith("--")]
    path.write_text("\n".join([*kept, "alter table app.news set (fillfactor = 70);", ""]))
    assert judge.check(server, tree.root, lambda _: None)["findings"] == []
    assert [step.name for step in steps.read(tree.root)] == ["news"]


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
