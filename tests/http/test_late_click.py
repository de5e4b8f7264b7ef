"""A paid click between two taps; taps of nobody known."""

from __future__ import annotations

from typing import Any

import pytest

from tests.harness.rest import Api
from tests.harness.world import Site, World
from tests.http.conftest import Feed
from tests.http.test_seal import Desk
from tests.http.visit import Visit, bad_rows, event, said, tap

CONVERSIONS = "select * from app.conversions where site_id = %(site)s order by round, revision"


@pytest.mark.parametrize("visitor", [None, "", 5])
@pytest.mark.parametrize(
    ("referrer", "attribution"),
    [
        ("https://www.google.com/", "Organic"),
        ("https://x.com/post", "Social"),
        ("https://other.example/", "Referral"),
        ("", "Direct"),
    ],
)
def test_a_tap_without_visitor_and_click(
    api: Api, world: World, site: Site, visitor: Any, referrer: str, attribution: str
) -> None:
    visit = Visit(site, query="")
    page = {"u": f"https://{site.domain}/", "r": referrer}
    batch = visit.batch(tap(), p=page, f=visitor)
    if visitor is None:
        del batch["f"]
    answer = api.sync(batch, {"Origin": f"https://{site.domain}"})
    assert said(answer) == (200, "stored", 1, 0, 0)
    row = visit.row(world)
    assert (row["visitor_id"], row["attribution"]) == (None, attribution)
    assert [card["attribution"] for card in visit.cards(world)] == [attribution]
    assert bad_rows(world, site) == []


@pytest.fixture
def clicked(api: Api, world: World, site: Site) -> Visit:
    """A tap, then a landing page with a click, then another tap."""
    visit = Visit(site, query="")
    visit.send(api, event(g=60000), tap(g=50000), p={"u": f"https://{site.domain}/", "r": ""})
    (before,) = visit.cards(world)
    assert (before["is_ads"], before["attribution"], before["click_id"]) == (False, "Direct", None)
    visit.query = "gclid=LATE&utm_source=google&utm_medium=cpc&utm_campaign=c&utm_term=locksmith"
    visit.send(api, event(g=40000))
    visit.send(api, tap("https://wa.me/905321112233", g=30000))
    return visit


def test_the_open_card_has_the_click(world: World, clicked: Visit) -> None:
    (card,) = clicked.cards(world)
    found = {name: card[name] for name in ("click_id_type", "click_id", "is_ads", "attribution")}
    assert found == {
        "click_id_type": "gclid",
        "click_id": "LATE",
        "is_ads": True,
        "attribution": "First Click (Paid)",
    }
    assert card["clicked_at"] == clicked.row(world)["clicked_at"]
    assert (card["utm_term"], card["utm_campaign"]) == ("locksmith", "c")
    assert card["phone_clicks"] == 2


def test_and_its_sale_is_told(api: Api, world: World, clicked: Visit, site: Site) -> None:
    card = Desk(api, world.editor(site.name), clicked.cards(world)[0]).done("seal")
    assert (card["oci_status"], card["oci_reason"]) == ("held", None)
    (conversion,) = world.rows(CONVERSIONS, site=site.id)
    assert conversion["click_id"] == "LATE"
    assert conversion["occurred_at"] >= conversion["clicked_at"]


def test_an_earlier_click_stays(api: Api, world: World, site: Site) -> None:
    visit = Visit(site, query="gclid=FIRST&utm_term=first")
    visit.send(api, event(g=9000), tap(g=8000))
    visit.query = "gclid=SECOND&utm_term=second"
    visit.send(api, event(g=5000), tap(g=4000))
    (card,) = visit.cards(world)
    assert (card["click_id"], card["utm_term"], card["phone_clicks"]) == ("FIRST", "first", 2)


def test_of_two_sealed_cards_the_one_with_the_click_is_told(
    api: Api, world: World, site: Site, feed: Feed
) -> None:
    world.site(site.name, conversion_hold="0", undo_window="0")
    editor = world.editor(site.name)
    visit = Visit(site, query="")
    visit.send(api, tap(g=50000), p={"u": f"https://{site.domain}/", "r": ""})
    card = Desk(api, editor, visit.cards(world)[0]).done("seal", amount=100)
    assert (card["oci_status"], card["oci_reason"]) == ("suppressed", "no_click_id")
    visit.query = "gclid=LATE"
    visit.send(api, event(g=40000), tap(g=30000))
    card = Desk(api, editor, visit.cards(world)[1]).done("seal", amount=50)
    assert (card["oci_status"], card["oci_reason"]) == ("held", None)
    world.rows("select ops.offer_conversions()")
    (line,) = feed.lines()
    assert line.startswith("LATE,,,")
    assert ",150.00,TRY," in line
    assert {card["oci_status"] for card in visit.cards(world)} == {"offered"}
