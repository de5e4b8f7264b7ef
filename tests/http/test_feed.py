"""The feeds as the ad platform fetches them."""

from __future__ import annotations

import base64
import csv
import io
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.harness.rest import Api
from tests.harness.world import Site, World
from tests.http.conftest import Feed
from tests.http.test_seal import Desk
from tests.http.visit import Visit, event, tap

HEAD = (
    "Parameters:TimeZone=+0000\n"
    "Google Click ID,GBRAID,WBRAID,Conversion Name,Conversion Time,Conversion Value,"
    "Conversion Currency,Order ID,Email,Phone Number,Ad User Data,Ad Personalization\n"
)
ADJUSTMENTS = (
    "Parameters:TimeZone=+0000\n"
    "Order ID,Conversion Name,Adjustment Time,Adjustment Type,Adjusted Value,"
    "Adjusted Value Currency\n"
)
OFFER = "select ops.offer_conversions()"
NO_HOLD = {"conversion_hold": "0", "undo_window": "0", "adjustment_hold": "0"}
TABLES = (
    "select format('%I.%I', schemaname, tablename) as name from pg_tables"
    " where schemaname in ('app', 'access', 'ops') order by 1"
)
DIGEST = (
    "select md5(coalesce(string_agg(t::text || t.xmin, '|' order by t::text), '')) from {} as t"
)


@pytest.fixture
def quick(world: World, site: Site) -> Site:
    """A site without hold, as the demo's."""
    return world.site(site.name, **NO_HOLD)


@pytest.fixture
def desk(api: Api, world: World, lead: dict[str, Any], site: Site) -> Desk:
    return Desk(api, world.editor(site.name), lead)


def sell(api: Api, world: World, visit: Visit, amount: float = 100) -> Desk:
    """A visit that became a sale, ten seconds after its click."""
    visit.send(api, event(g=20000), tap(g=10000))
    (card,) = visit.cards(world)
    desk = Desk(api, world.editor(visit.site.name), card)
    desk.done("seal", amount=amount)
    return desk


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Basic",
        "Basic !!!",
        "Basic " + base64.b64encode(b"no colon").decode(),
        "Basic " + base64.b64encode(b":").decode(),
        "Basic " + base64.b64encode(b"\xff\xfe:\xff").decode(),
        "Basic " + base64.b64encode(b"feed\x00:x").decode(),
        "Basic AAA",
        "Basic " + "QUFB" * 2000,
        "Digest username=x",
        "Basic YTpi YTpi",
    ],
)
@pytest.mark.parametrize("name", ["conversions.csv", "adjustments.csv"])
def test_wrong_credentials(api: Api, header: str | None, name: str) -> None:
    headers = {} if header is None else {"Authorization": header}
    answer = api.client.get(f"/rpc/{name}", headers=headers)
    assert answer.status_code == 401, answer.text
    assert answer.headers["WWW-Authenticate"].startswith("Basic realm=")
    assert answer.text == "Wrong user name or password.\n"


def test_header_bytes_that_are_no_utf8(api: Api) -> None:
    """PostgREST itself gives up on such a header, before the database: no feed, and no detail."""
    answer = api.client.get("/rpc/conversions.csv", headers={b"Authorization": b"Basic \xff\xfe"})
    assert answer.status_code in (401, 500)
    assert answer.text in ("Something went wrong", "Wrong user name or password.\n")


def test_almost_right_credentials(api: Api, feed: Feed) -> None:
    good = feed.password
    for user, password in (
        (feed.user, good[:-1]),
        (feed.user, good + "0"),
        (feed.user, good.upper()),
        (feed.user, ""),
        (feed.user.upper(), good),
        (feed.user + " ", good),
        ("", good),
        (good, feed.user),
        ("%", good),
    ):
        assert api.feed(user, password).status_code == 401, (user, password)
    assert api.feed(feed.user, good).status_code == 200


def test_revoked_credentials_and_archived_sites(
    api: Api, world: World, feed: Feed, site: Site
) -> None:
    world.rows("update app.sites set deleted_at = now() where id = %(id)s", id=site.id)
    assert api.feed(feed.user, feed.password).status_code == 401
    world.rows("update app.sites set deleted_at = null where id = %(id)s", id=site.id)
    assert api.feed(feed.user, feed.password).status_code == 200
    world.rows(
        "update access.feed_credentials set revoked_at = now() where user_name = %(u)s", u=feed.user
    )
    assert api.feed(feed.user, feed.password).status_code == 401


@pytest.mark.parametrize(
    ("name", "head"), [("conversions.csv", HEAD), ("adjustments.csv", ADJUSTMENTS)]
)
@pytest.mark.parametrize("accept", ["*/*", "text/csv", "application/json", None])
def test_empty_feed(api: Api, feed: Feed, name: str, head: str, accept: str | None) -> None:
    headers = {} if accept is None else {"Accept": accept}
    answer = api.client.get(f"/rpc/{name}", auth=(feed.user, feed.password), headers=headers)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.text == head


def test_one_sale_is_one_row(api: Api, world: World, quick: Site, feed: Feed) -> None:
    visit = Visit(quick)
    sell(api, world, visit, 1250.5)
    world.rows(OFFER)
    (row,) = csv.reader(feed.lines())
    card = visit.cards(world)[0]
    assert row[:7] == [
        "Cj0KCQ_test-1",
        "",
        "",
        "Sealed Lead",
        card["tapped_at"].astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S"),
        "1250.50",
        "TRY",
    ]
    assert row[7].startswith("om-")
    assert row[8:] == ["", "", "", ""]
    assert api.feed(feed.user, feed.password).text.startswith(HEAD)
    assert feed.lines() == feed.lines()  # served again and again


@pytest.mark.parametrize(
    ("query", "cells"),
    [
        ("gclid=G&gbraid=B&wbraid=W", ["G", "", ""]),
        ("gbraid=B&wbraid=W", ["", "B", ""]),
        ("wbraid=W", ["", "", "W"]),
        ("gclid=%20G%20", ["G", "", ""]),
    ],
)
def test_exactly_one_identifier(
    api: Api, world: World, quick: Site, feed: Feed, query: str, cells: list[str]
) -> None:
    sell(api, world, Visit(quick, query))
    world.rows(OFFER)
    (row,) = csv.reader(feed.lines())
    assert row[:3] == cells


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("", "no_click_id"),
        ("msclkid=M", "other_platform"),
        ("fbclid=F", "other_platform"),
        ("gclid=a%2Fb", "invalid_click_id"),
        (f"gclid={'g' * 400}", "invalid_click_id"),
    ],
)
def test_sales_that_cannot_be_told(
    api: Api, world: World, quick: Site, feed: Feed, query: str, reason: str
) -> None:
    visit = Visit(quick, query)
    sell(api, world, visit)
    world.rows(OFFER)
    assert feed.lines() == []
    card = visit.cards(world)[0]
    assert (card["oci_status"], card["oci_reason"]) == ("suppressed", reason)


def test_default_hold(world: World, desk: Desk, feed: Feed, site: Site) -> None:
    """The feed is empty, and the card says until when."""
    card = desk.done("seal", amount=5)
    world.rows(OFFER)
    assert feed.lines() == []
    assert card["oci_status"] == "held"
    clicked = world.value("select clicked_at from app.calls where id = %(id)s", id=desk.id)
    until = datetime.fromisoformat(card["oci_held_until"])
    assert (until - clicked).total_seconds() == 6 * 3600
    world.rows("update app.conversions set held_until = now() where site_id = %(s)s", s=site.id)
    world.rows(OFFER)
    assert len(feed.lines()) == 1


def test_undo_window_holds_too(api: Api, world: World, site: Site) -> None:
    world.site(site.name, conversion_hold="0", undo_window="10 minutes")
    visit = Visit(site)
    sell(api, world, visit)
    card = visit.cards(world)[0]
    assert (card["oci_held_until"] - card["sealed_at"]).total_seconds() == 600


def test_get_and_head_change_nothing(api: Api, world: World, quick: Site, feed: Feed) -> None:
    sell(api, world, Visit(quick))
    world.rows(OFFER)
    names = [row["name"] for row in world.rows(TABLES)]
    before = [world.value(DIGEST.format(name)) for name in names]
    for method in ("GET", "HEAD", "GET"):
        for name in ("conversions.csv", "adjustments.csv"):
            auth = (feed.user, feed.password)
            # the server ends the connection after a HEAD: nobody should be sent along it any more
            closing = {"Connection": "close"} if method == "HEAD" else {}
            answer = api.client.request(method, f"/rpc/{name}", auth=auth, headers=closing)
            assert (answer.status_code, bool(answer.content)) == (200, method == "GET")
        assert api.feed(feed.user, "wrong").status_code == 401
    assert [world.value(DIGEST.format(name)) for name in names] == before


def test_credentials_show_only_their_own_site(
    api: Api, world: World, quick: Site, feed: Feed, make_feed: Callable[[Site], Feed]
) -> None:
    sell(api, world, Visit(quick, "gclid=OURS"))
    other = world.site(f"{quick.name}-next", **NO_HOLD)
    sell(api, world, Visit(other, "gclid=THEIRS"))
    world.rows(OFFER)
    theirs = make_feed(other)
    assert [line.split(",")[0] for line in feed.lines()] == ["OURS"]
    assert [line.split(",")[0] for line in theirs.lines()] == ["THEIRS"]
    answer = api.client.get(
        "/rpc/conversions.csv",
        auth=(feed.user, feed.password),
        params={"site_id": other.id, "select": "*", "user": theirs.user},
    )
    assert "THEIRS" not in answer.text


@pytest.mark.parametrize("name", ['Sale, "big"', "Satış ; 'çok'", 'a"b', "tab-less, ok"])
def test_names_are_escaped(api: Api, world: World, quick: Site, feed: Feed, name: str) -> None:
    world.site(quick.name, conversion_name=name)
    sell(api, world, Visit(quick))
    world.rows(OFFER)
    answer = api.feed(feed.user, feed.password)
    rows = list(csv.reader(io.StringIO(answer.text)))
    assert len(rows) == 3
    assert (rows[2][3], len(rows[2])) == (name, 12)


@pytest.mark.parametrize("name", ["=1+1", "+x", "-x", "@x", "a\nb", "a\rb", ""])
def test_names_that_are_formulas_are_refused(world: World, site: Site, name: str) -> None:
    with pytest.raises(Exception, match="sites_conversion_name_check"):
        world.site(site.name, conversion_name=name)


def test_cancel_before_it_was_offered(api: Api, world: World, quick: Site, feed: Feed) -> None:
    desk = sell(api, world, Visit(quick))
    card = desk.done("cancel")
    assert (card["oci_status"], card["oci_reason"]) == ("suppressed", "cancelled")
    world.rows(OFFER)
    assert (feed.lines(), feed.lines("adjustments.csv")) == ([], [])


def test_cancel_after_it_was_offered(api: Api, world: World, quick: Site, feed: Feed) -> None:
    desk = sell(api, world, Visit(quick))
    world.rows(OFFER)
    order = next(csv.reader(feed.lines()))[7]
    desk.done("cancel")
    world.rows(OFFER)
    assert feed.lines() == []
    world.rows("update app.conversions set occurred_at = occurred_at - interval '5 seconds'")
    (row,) = csv.reader(feed.lines("adjustments.csv"))
    assert (row[:2], row[3:]) == ([order, "Sealed Lead"], ["RETRACT", "", ""])


def test_amend_after_it_was_offered(api: Api, world: World, quick: Site, feed: Feed) -> None:
    desk = sell(api, world, Visit(quick))
    world.rows(OFFER)
    order = next(csv.reader(feed.lines()))[7]
    desk.done("amend", amount=250)
    world.rows(OFFER)
    world.rows("update app.conversions set occurred_at = occurred_at - interval '5 seconds'")
    (row,) = csv.reader(feed.lines("adjustments.csv"))
    assert (row[:2], row[3:]) == ([order, "Sealed Lead"], ["RESTATE", "250.00", "TRY"])
    assert next(csv.reader(feed.lines()))[5] == "100.00"  # the conversion itself stays as told


def test_amend_before_it_was_offered(api: Api, world: World, quick: Site, feed: Feed) -> None:
    desk = sell(api, world, Visit(quick))
    desk.done("amend", amount=250)
    world.rows(OFFER)
    (row,) = csv.reader(feed.lines())
    assert (row[5], feed.lines("adjustments.csv")) == ("250.00", [])


def test_sealed_again_after_a_retraction(api: Api, world: World, quick: Site, feed: Feed) -> None:
    """A new order id and a later time: a retracted one can never be told again."""
    desk = sell(api, world, Visit(quick))
    world.rows(OFFER)
    first = next(csv.reader(feed.lines()))
    desk.done("cancel")
    world.rows(OFFER)
    desk.done("restore")
    desk.done("seal", amount=70)
    world.rows(OFFER)
    (second,) = csv.reader(feed.lines())
    assert second[7] != first[7]
    assert (second[4] > first[4], second[5]) == (True, "70.00")


def test_corrections_wait_a_day(api: Api, world: World, quick: Site, feed: Feed) -> None:
    world.site(quick.name, adjustment_hold="24 hours")
    desk = sell(api, world, Visit(quick))
    world.rows(OFFER)
    desk.done("cancel")
    world.rows(OFFER)
    assert feed.lines("adjustments.csv") == []
    assert feed.lines() == []  # and is not told in the meantime


def test_clicks_leave_the_window(api: Api, world: World, quick: Site, feed: Feed) -> None:
    sell(api, world, Visit(quick))
    world.rows(OFFER)
    age = (
        "update app.conversions set clicked_at = clicked_at - interval '85 days',"
        " occurred_at = occurred_at - interval '85 days' where site_id = %(s)s"
    )
    assert len(feed.lines()) == 1
    world.rows(age, s=quick.id)
    assert feed.lines() == []
