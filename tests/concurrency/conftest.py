"""Everybody starts at the same moment."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import httpx
import pytest

from tests.harness.rest import Api
from tests.harness.world import Person, Site, World

T = TypeVar("T")
DEADLOCKS = "select deadlocks from pg_stat_database where datname = current_database()"
FLUSH = "select pg_stat_clear_snapshot()"


def at_once(*works: Callable[[], T]) -> list[T]:
    """Runs them all in threads that wait for each other before they begin."""
    gate = threading.Barrier(len(works))

    def run(work: Callable[[], T]) -> T:
        gate.wait()
        return work()

    with ThreadPoolExecutor(len(works)) as pool:
        return [future.result() for future in [pool.submit(run, work) for work in works]]


@pytest.fixture(autouse=True)
def _no_deadlock(world: World) -> Iterator[None]:
    """A deadlock that somebody retried is still one."""
    before = world.value(DEADLOCKS)
    yield
    world.rows(FLUSH)
    assert world.value(DEADLOCKS) == before


@pytest.fixture
def acme(world: World) -> Site:
    return world.site("acme", conversion_hold="0", undo_window="0", events_per_minute=100000)


@pytest.fixture
def editor(world: World, acme: Site) -> Person:
    return world.editor(acme.name)


def judge(api: Api, person: Person, action: str, card: object, version: int = 1) -> httpx.Response:
    """A judgement of a card; seals are of 100 TRY."""
    sale = {"amount": 100, "currency": "TRY"} if action == "seal" else {}
    body = {"call_id": str(card), "version": version, **sale}
    return api.call(action, body, token=person.token)


def codes(answers: Sequence[httpx.Response]) -> list[int]:
    return sorted(answer.status_code for answer in answers)
