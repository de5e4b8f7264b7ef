"""A site that asks for consent keeps nothing without a yes, and stops at once when it is taken."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.harness.rest import Api
from tests.harness.world import Site, World
from tests.http.conftest import Feed
from tests.http.visit import Visit, bad_rows, event, post, said, scroll, tap

YES, NO, ANALYTICS = {"a": 1, "m": 1}, {"a": 0, "m": 0}, {"a": 1, "m": 0}
TABLES = ("app.sessions", "app.events", "app.calls", "ops.bad_rows")
CARDS = "select * from app.calls where site_id = %(site)s"


@pytest.fixture
def site(world: World, site: Site) -> Site:
    return world.site(site.name, consent_mode="required", conversion_hold="0", undo_window="0")


def kept(world: World, site: Site) -> dict[str, int]:
    """How many rows each table holds of the site."""
    count = "select count(*) from {} where site_id = %(site)s"
    return {name: world.value(count.format(name), site=site.id) for name in TABLES}


@pytest.mark.parametrize("consent", [NO, None, {}, {"a": False}, {"a": "1"}, {"a": None}, 5])
def test_nothing_is_stored_but_the_count(
    api: Api, world: World, visit: Visit, consent: Any
) -> None:
    answer = visit.send(api, event(), scroll(90), event(i="x"), c=consent)
    assert said(answer)[:2] == (200, "consent_required")
    assert kept(world, visit.site) == dict.fromkeys(TABLES, 0)
    counted = "select sum(count)::integer from ops.refusals where site_id = %(site)s"
    assert world.value(counted, site=visit.site.id) == 1


def test_a_tap_becomes_an_anonymous_card(api: Api, world: World, visit: Visit) -> None:
    sent = tap("tel:05321112233", g=5000)
    assert said(visit.send(api, event(), sent, c=NO)) == (200, "consent_required", 1, 0, 0)
    visit.send(api, sent, c=NO)
    assert kept(world, visit.site) == dict.fromkeys(TABLES, 0) | {"app.calls": 1}
    (card,) = world.rows(CARDS, site=visit.site.id)
    assert card["intent_target"] == "tel:+905321112233"
    personal = ("session_id", "visitor_id", "click_id", "entry_page", "device_type", "utm_term")
    assert [card[name] for name in personal] == [None] * 6
    assert visit.visitor not in str(card)
    assert visit.session not in str(card)


def test_anonymous_card_can_be_sealed_and_is_not_exported(
    api: Api, world: World, visit: Visit, site: Site, feed: Feed
) -> None:
    visit.send(api, tap(), c=NO)
    (card,) = world.rows(CARDS, site=site.id)
    body = {"call_id": str(card["id"]), "amount": 100, "currency": "TRY", "version": 1}
    answer = api.call("seal", body, token=world.editor(site.name).token)
    assert answer.status_code == 200, answer.text
    assert (answer.json()["oci_status"], answer.json()["oci_reason"]) == (
        "suppressed",
        "no_marketing_consent",
    )
    world.rows("select ops.offer_conversions()")
    assert feed.lines() == []


def test_bad_rows_hold_no_person_without_consent(
    api: Api, world: World, visit: Visit, proxy: Callable[..., dict[str, str]]
) -> None:
    """A tap past its bound, a foreign origin, a batch that cannot be read: each is kept bare."""
    sent = [
        post(api, visit.site, visit.batch(tap(), c=NO), {"Origin": "https://copycat.example"}),
        visit.send(api, *[event() for _ in range(51)], c=NO),
    ]
    world.site(visit.site.name, events_per_minute=60)
    for _ in range(6):
        headers = proxy("203.0.113.9")
        sent.append(post(api, visit.site, visit.batch(*[tap() for _ in range(45)], c=NO), headers))
    rows = bad_rows(world, visit.site)
    assert {row["reason"] for row in rows} == {
        "origin_not_allowed",
        "rate_limited",
    }
    for row in rows:
        assert visit.visitor not in row["payload"]
        assert visit.session not in row["payload"]
        assert "gclid" not in row["payload"]


def sealed(api: Api, world: World, visit: Visit) -> dict[str, Any]:
    """A sale of the visit, offered in the feed."""
    (card,) = visit.cards(world)
    body = {"call_id": str(card["id"]), "amount": 100, "currency": "TRY", "version": 1}
    answer = api.call("seal", body, token=world.editor(visit.site.name).token)
    assert answer.status_code == 200, answer.text
    world.rows("select ops.offer_conversions()")
    return card


@pytest.mark.parametrize("withdrawal", [NO, ANALYTICS])
@pytest.mark.parametrize("event_", [event(), tap()])
def test_withdrawal_stops_an_offered_export_at_once(
    api: Api, world: World, visit: Visit, feed: Feed, withdrawal: Any, event_: dict[str, Any]
) -> None:
    visit.send(api, event(g=9000), tap(g=8000), c=YES)
    sealed(api, world, visit)
    assert [line.split(",")[-2:] for line in feed.lines()] == [["Granted", "Granted"]]
    assert visit.send(api, event_, c=withdrawal).status_code == 200
    assert feed.lines() == []
    card = visit.cards(world)[0]
    assert (card["oci_status"], card["oci_reason"]) == ("suppressed", "no_marketing_consent")
    row = visit.row(world)
    assert row["marketing_consent"] is False
    assert row["marketing_withdrawn_at"] is not None


def test_without_marketing_nothing_is_exported(
    api: Api, world: World, visit: Visit, feed: Feed
) -> None:
    visit.send(api, event(g=9000), tap(g=8000), c=ANALYTICS)
    sealed(api, world, visit)
    assert feed.lines() == []


def test_a_later_yes_counts_from_then_on(api: Api, world: World, visit: Visit, feed: Feed) -> None:
    visit.send(api, event(g=9000), tap(g=8000), c=ANALYTICS)
    visit.send(api, tap(), c=YES)
    sealed(api, world, visit)
    assert len(feed.lines()) == 1


def test_replays_after_the_consent_do_not_revive_it(
    api: Api, world: World, visit: Visit, feed: Feed
) -> None:
    """An old batch that said yes arrives again after the no."""
    old = [event(g=9000), tap(g=8000)]
    visit.send(api, *old, c=YES)
    sealed(api, world, visit)
    visit.send(api, event(), c=ANALYTICS)
    visit.send(api, *old, c=YES)
    assert feed.lines() == []


def test_mode_none_counts_as_given_unless_refused(
    api: Api, world: World, visit: Visit, feed: Feed
) -> None:
    world.site(visit.site.name, consent_mode="none")
    visit.send(api, event(g=9000), tap(g=8000), c=None)
    sealed(api, world, visit)
    assert [line.split(",")[-2:] for line in feed.lines()] == [["", ""]]
    visit.send(api, event(), c=ANALYTICS)
    assert feed.lines() == []
