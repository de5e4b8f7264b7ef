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
