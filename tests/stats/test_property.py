"""Random lives of sites: whatever happened, the dashboard says what the raw rows say.

OPSMANTIK_TEST_SOAK_MINUTES says for how many minutes more lives are run.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from tests.concurrency.clock import FakedStage
from tests.harness.world import World
from tests.stats.life import ZONES, Life

# Over the changes of clocks of all its zones, and over ends of months.
SPRING = datetime(2027, 3, 12, tzinfo=UTC)
AUTUMN = datetime(2027, 9, 30, tzinfo=UTC)
# Where midnight comes twice, or the hour before it, within the weeks after.
TWICE = ("Atlantic/Azores", "America/Havana", "Africa/Cairo")
MIDNIGHTS = datetime(2027, 10, 28, tzinfo=UTC)
SOAK = float(os.environ.get("OPSMANTIK_TEST_SOAK_MINUTES", "0")) * 60


@pytest.fixture(scope="module")
def stage() -> Iterator[FakedStage]:
    made = FakedStage(SPRING)
    yield made
    made.close()


def live(
    stage: FakedStage,
    world: World,
    dsn: str,
    seed: int,
    steps: int,
    zones: tuple[str, ...] = ZONES,
) -> None:
    began = MIDNIGHTS if zones == TWICE else AUTUMN if seed % 2 else SPRING
    stage.at(began)
    if began > SPRING:
        world.rows("call ops.run_job('upkeep_partitions')")
    life = Life(stage, world, dsn, seed, began, zones)
    try:
        for step in range(steps):
            life.step()
            if step % 3 == 0:
                life.check()
    except AssertionError:
        print("\n".join(life.log[-60:]))
        raise
    finally:
        life.close()


@pytest.mark.timeout(900)
@pytest.mark.parametrize("seed", [2, 3])
def test_a_life(stage: FakedStage, world: World, dsn: str, seed: int) -> None:
    live(stage, world, dsn, seed, int(os.environ.get("OPSMANTIK_TEST_STEPS", "200")))


@pytest.mark.timeout(900)
def test_a_life_where_midnight_comes_twice(stage: FakedStage, world: World, dsn: str) -> None:
    live(stage, world, dsn, 11, int(os.environ.get("OPSMANTIK_TEST_STEPS", "200")), TWICE)


@pytest.mark.skipif(not SOAK, reason="OPSMANTIK_TEST_SOAK_MINUTES says for how many minutes")
@pytest.mark.timeout(SOAK + 600)
def test_many_lives(stage: FakedStage, world: World, dsn: str) -> None:
    ends = time.monotonic() + SOAK
    seed = int(os.environ.get("OPSMANTIK_TEST_SEED", "100"))
    while time.monotonic() < ends:
        live(stage, world, dsn, seed, 2000)
        seed += 1
