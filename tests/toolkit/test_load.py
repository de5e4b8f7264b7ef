"""Loaded visits are what ingest would have written; the same seed makes the same."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from pyctl.errors import OperatorError
from pyctl.load import write
from tests.harness.stage import Stage
from tests.harness.world import World

PLAN = write.Plan(sites=2, days=35, events=6000, seed=7, until=date(2026, 11, 2))
WRONG = (Path(__file__).parent / "sql" / "loaded.sql").read_text()
DIGEST = """
select md5(string_agg(t::text, '' order by t::text)) from (
    select id, created_at, visitor_id, gclid, score, first_of_day from app.sessions
    union all select id, tapped_at, visitor_id, click_id, lead_score, is_ads from app.calls
) as t
"""


@pytest.fixture(scope="module")
def loaded(stage: Stage) -> Iterator[list[World]]:
    """The same plan in two databases."""
    names = [stage.copy(), stage.copy()]
    worlds = []
    for name in names:
        write.load(stage.cluster.dsn(name), PLAN, lambda _: None)
        write.settle(stage.cluster.dsn(name), lambda _: None)
        worlds.append(World(stage.cluster.dsn(name), stage.jwt_secret))
    yield worlds
    for world, name in zip(worlds, names, strict=True):
        world.close()
        stage.drop(name)


def test_nothing_is_other_than_ingest_writes_it(loaded: list[World]) -> None:
    (wrong,) = loaded[0].rows(WRONG)
    assert wrong == dict.fromkeys(wrong, 0)


def test_it_is_all_there(loaded: list[World]) -> None:
    assert loaded[0].value("select count(*) from app.events") == PLAN.events
    kinds = "select count(distinct attribution) from app.sessions"
    assert loaded[0].value(kinds) == 8
    assert loaded[0].value("select count(*) from app.calls where status = 'confirmed'") > 0
    assert loaded[0].value("select count(*) from app.sessions where is_bot") > 0
    assert loaded[0].value("select count(distinct created_month) from app.sessions") >= 2


def test_the_same_seed_makes_the_same(loaded: list[World]) -> None:
    one, other = (world.value(DIGEST) for world in loaded)
    assert one == other


def test_not_among_customers_unless_named(stage: Stage, loaded: list[World]) -> None:
    name = loaded[0].conn.info.dbname
    with pytest.raises(OperatorError, match=r"holds sites of others \(2\)"):
        write.refuse_others(stage.cluster.dsn(name), None)
    write.refuse_others(stage.cluster.dsn(name), name)
