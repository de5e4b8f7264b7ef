"""One session, many requests at once."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest

from tests.concurrency.conftest import at_once, codes, held_up
from tests.harness.rest import Api
from tests.harness.world import Site, World
from tests.http.visit import Visit, event, post, scroll, tap

WAITING = "select count(*) from pg_stat_activity where wait_event = 'advisory' and datname = %s"
ZONE = ZoneInfo("Europe/Istanbul")
COUNT = "select count(*) from {} where site_id = %(site)s and session_id = %(id)s"


@pytest.mark.parametrize("_round", range(3))
def test_twenty_first_batches_of_one_session(
    api: Api, world: World, acme: Site, _round: int
) -> None:
    visit = Visit(acme)
    batches = [visit.batch(event(g=number), scroll(50), tap(g=number)) for number in range(20)]
    answers = at_once(*(partial(post, api, acme, batch) for batch in batches))
    assert codes(answers) == [200] * 20
    assert {answer.json()["status"] for answer in answers} == {"stored"}
    row = visit.row(world)
    assert (row["event_count"], row["page_views"], row["conversion_count"]) == (60, 20, 20)
    assert row["score"] == 70
    (card,) = visit.cards(world)
    assert (card["phone_clicks"], card["version"]) == (20, 1)
    assert world.value(COUNT.format("app.events"), site=acme.id, id=visit.session) == 60


def test_the_same_batch_twenty_times(api: Api, world: World, acme: Site) -> None:
    """A beacon and its retry, at the worst moment."""
    visit = Visit(acme)
    batch = visit.batch(event(), event(), tap())
    answers = at_once(*(partial(post, api, acme, batch) for _ in range(20)))
    assert codes(answers) == [200] * 20
    assert sum(answer.json()["accepted"] for answer in answers) == 3
    assert sorted(a.json()["status"] for a in answers) == ["duplicate"] * 19 + ["stored"]
    assert visit.row(world)["event_count"] == 3
    assert [card["phone_clicks"] for card in visit.cards(world)] == [1]


def test_two_events_in_opposite_order(api: Api, world: World, acme: Site) -> None:
    visit = Visit(acme)
    events = [event(), tap(), event(), tap()]
    works = [
        partial(post, api, acme, visit.batch(*(events if number % 2 else events[::-1])))
        for number in range(12)
    ]
    answers = at_once(*works)
    assert codes(answers) == [200] * 12
    assert sum(answer.json()["accepted"] for answer in answers) == 4
    assert [card["phone_clicks"] for card in visit.cards(world)] == [2]


def test_first_visits_of_one_visitor(api: Api, world: World, acme: Site) -> None:
    """Ten sessions of one visitor on one day: one of them is the first."""
    visits = [Visit(acme, visitor=f"v{id(acme)}") for _ in range(10)]
    assert codes(at_once(*(partial(visit.send, api, event()) for visit in visits))) == [200] * 10
    rows = [visit.row(world) for visit in visits]
    assert sum(row["first_of_day"] for row in rows) == 1
    assert sum(row["first_ads_of_day"] for row in rows) == 1


def test_a_visitor_is_first_once_a_day(api: Api, world: World, dsn: str, acme: Site) -> None:
    """The first visit is not committed yet when the second comes."""
    first, second = (Visit(acme, visitor=f"x{id(acme)}") for _ in range(2))
    answer = held_up(dsn, first.batch(event()), partial(second.send, api, event()))
    assert answer.status_code == 200
    assert [visit.row(world)["first_of_day"] for visit in (first, second)] == [True, False]


@pytest.mark.parametrize("round_", range(3))
def test_the_earliest_visit_is_the_first(api: Api, world: World, acme: Site, round_: int) -> None:
    """Visits of one visitor come in any order, some lifted, some named late, some saying no."""
    visits = [Visit(acme, "", visitor=f"y{id(acme)}-{round_}") for _ in range(12)]
    ages = {v.session: 5 * 86400000 + n * 7919 % 12 * 60000 for n, v in enumerate(visits)}

    def sends(
        some: list[Visit], make: Callable[..., Any], **fields: Any
    ) -> list[Callable[[], Any]]:
        return [partial(v.send, api, make(g=ages[v.session]), **fields) for v in some]

    assert codes([send() for send in sends(visits[:4], event, f=None)]) == [200] * 4
    late = {"u": "https://acme.example/?gclid=late", "r": ""}
    works = sends(visits, event) + sends(visits[:8], event, p=late)
    works += sends(visits[6:], tap, c={"a": 1, "m": 0})
    assert codes(at_once(*works)) == [200] * len(works)
    rows = sorted((v.row(world) for v in visits), key=lambda row: (row["created_at"], row["id"]))
    days: dict[date, list[dict[str, Any]]] = {}
    for row in rows:
        days.setdefault(row["created_at"].astimezone(ZONE).date(), []).append(row)
    for of_day in days.values():
        assert [row["first_of_day"] for row in of_day] == [True] + [False] * (len(of_day) - 1)
        ads = [row["first_ads_of_day"] for row in of_day if row["is_ads"]]
        assert ads == [True] * bool(ads) + [False] * (len(ads) - 1)
        assert not any(row["first_ads_of_day"] for row in of_day if not row["is_ads"])


def test_a_changed_zone_waits_for_batches(api: Api, world: World, dsn: str, acme: Site) -> None:
    """Who holds the site's lock alone sees no batch, and batches after it see the new settings."""
    visit = Visit(acme)
    lock = "select app.lock_site_alone(%s)"
    with psycopg.connect(dsn) as other, ThreadPoolExecutor(1) as pool:
        other.execute(lock, [acme.id])
        other.execute("update app.sites set deleted_at = now() where id = %s", [acme.id])
        future = pool.submit(visit.send, api, event())
        with psycopg.connect(dsn, autocommit=True) as looks:
            while looks.execute(WAITING, [looks.info.dbname]).fetchall() == [(0,)]:
                assert not future.done()
                time.sleep(0.01)
        other.commit()
        answer = future.result()
    world.rows("update app.sites set deleted_at = null where id = %(id)s", id=acme.id)
    assert (answer.status_code, answer.json()["status"]) == (404, "unknown_site")


@pytest.mark.parametrize("sent", [event(), tap(), event("system", "heartbeat")])
def test_a_session_is_made_once(
    api: Api, world: World, dsn: str, acme: Site, sent: dict[str, Any]
) -> None:
    """The first batch is not committed yet when the second comes: nobody's batch is a bad row."""
    visit = Visit(acme)
    answer = held_up(dsn, visit.batch(event()), partial(visit.send, api, sent))
    assert (answer.status_code, answer.json()["status"]) == (200, "stored")
    assert visit.row(world)["page_views"] == (2 if sent["c"] == "page" else 1)


def test_late_clicks_of_one_visitor(api: Api, world: World, acme: Site) -> None:
    """Sessions that are lifted at once take the visitor's lock while they hold their own row."""
    visits = [Visit(acme, "", visitor=f"w{id(acme)}") for _ in range(8)]
    assert codes([visit.send(api, event()) for visit in visits]) == [200] * 8
    late = {"u": "https://acme.example/?gclid=late", "r": ""}
    works = [partial(visit.send, api, event(), p=late) for visit in visits]
    works += [partial(Visit(acme, visitor=visits[0].visitor).send, api, event()) for _ in range(8)]
    assert codes(at_once(*works)) == [200] * 16
    assert {visit.row(world)["attribution"] for visit in visits} == {"First Click (Paid)"}


def test_batches_with_bad_rows(api: Api, world: World, acme: Site) -> None:
    """Everybody writes the same two counters of bytes."""
    works = [partial(Visit(acme).send, api, event(i="x"), event(), event(i="y")) for _ in range(16)]
    assert codes(at_once(*works)) == [200] * 16
    held = "select sum(octet_length(payload)) from ops.bad_rows where site_id = %(site)s"
    used = "select bytes from ops.bad_row_usage where site_id = %(site)s"
    assert world.value(held, site=acme.id) == world.value(used, site=acme.id)


def test_batches_past_the_cap_of_bad_rows(api: Api, world: World, acme: Site) -> None:
    full = (
        "insert into ops.bad_row_usage values (%(site)s, 10485760)"
        " on conflict (site_id) do update set bytes = excluded.bytes"
    )
    world.rows(full, site=acme.id)
    bad = [event(i="x") for _ in range(20)]
    works = [partial(Visit(acme).send, api, event(), *bad) for _ in range(12)]
    assert codes(at_once(*works)) == [200] * 12


def test_consent_given_and_taken_at_once(api: Api, world: World) -> None:
    """Whatever the order, a no that was stored last stands, and nobody deadlocks."""
    site = world.site("asks", consent_mode="required", events_per_minute=100000)
    visit = Visit(site)
    visit.send(api, event(g=5000), tap(g=4000))
    works = [partial(visit.send, api, tap(), c={"a": 1, "m": number % 2}) for number in range(16)]
    assert codes(at_once(*works)) == [200] * 16
    visit.send(api, event(), c={"a": 1, "m": 0})
    assert visit.row(world)["marketing_consent"] is False
    assert [card["marketing_consent"] for card in visit.cards(world)] == [False]
