"""What each safeguard is for: without it, a life goes wrong. Slow: only in the long profile."""

from __future__ import annotations

import pytest

from pyctl import db
from tests.concurrency.clock import FakedStage
from tests.harness.world import World
from tests.stats.test_property import SOAK, live, stage

__all__ = ["stage"]

BREAKS = {
    "no mark when a session changes": "drop trigger sessions_20_mark_updated on app.sessions",
    "no mark when a session comes late": "drop trigger sessions_10_mark_inserted on app.sessions",
    "no mark when a session goes": "drop trigger sessions_30_mark_deleted on app.sessions",
    "no mark when a card changes": "drop trigger calls_60_mark_updated on app.calls",
    "no mark when a card comes late": "drop trigger calls_50_mark_inserted on app.calls",
    "flags of the old zone": "drop trigger sites_40_zone on app.sites",
}
EDITS = {
    "marks are not looked at": (
        "app.stats_of",
        "if v_kind = any (v_late_kinds) then",
        "if false then",
    ),
    "cut days by their flags": ("app.stats_of", "v_from >= v_frozen and", "false and"),
    "rolled as soon as it is over": (
        "ops.roll_stats",
        "least(v_began - interval '20 minutes', ops.writers_from() - interval '15 minutes')",
        "v_began",
    ),
    "whoever still writes is not waited for": (
        "ops.roll_stats",
        "least(v_began - interval '20 minutes', ops.writers_from() - interval '15 minutes')",
        "v_began - interval '20 minutes'",
    ),
    "a late day keeps its daily sums": (
        "ops.roll_site",
        "v_kinds is not null and v_until",
        "false and v_until",
    ),
}


def break_it(world: World, name: str) -> None:
    if name in BREAKS:
        world.rows(BREAKS[name])
        return
    function, what, instead = EDITS[name]
    source: str = world.value(
        "select pg_get_functiondef(%(name)s::regproc) as source", name=function
    )
    assert source.count(what) == 1
    world.conn.execute(db.as_query(source.replace(what, instead)))


def lives(stage: FakedStage, world: World, dsn: str) -> None:
    for seed in range(2, 12, 2):
        live(stage, world, dsn, seed, 1500)


@pytest.mark.skipif(not SOAK, reason="OPSMANTIK_TEST_SOAK_MINUTES")
@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", [*BREAKS, *EDITS])
def test_a_life_without_it(stage: FakedStage, name: str) -> None:
    copy = stage.copy()
    dsn = stage.cluster.dsn(copy)
    world = World(dsn, stage.jwt_secret)
    try:
        break_it(world, name)
        with pytest.raises(AssertionError):
            lives(stage, world, dsn)
    finally:
        world.close()
        stage.drop(copy)
