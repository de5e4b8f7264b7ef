"""Everybody starts at the same moment."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import httpx
import psycopg
import pytest

from tests.harness.rest import Api
from tests.harness.world import Person, Site, World
from tests.http.visit import PHONE

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


def held_up(
    dsn: str, first: Mapping[str, Any], second: Callable[[], httpx.Response]
) -> httpx.Response:
    """Sends ``second`` while the transaction of batch ``first`` is open.

    It ends when ``second`` waits for a lock, or did not have to: no luck decides who meets whom.
    """
    waiting = (
        "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = %s"
    )
    with psycopg.connect(dsn) as one, psycopg.connect(dsn, autocommit=True) as looks:
        headers = json.dumps({"user-agent": PHONE})
        one.execute("select set_config('request.headers', %s, true)", [headers])
        one.execute("select api.sync(%s)", [json.dumps(first)])
        with ThreadPoolExecutor(1) as pool:
            future = pool.submit(second)
            while not future.done():
                if looks.execute(waiting, [looks.info.dbname]).fetchall() != [(0,)]:
                    break
                time.sleep(0.01)
            one.commit()
            return future.result()


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
