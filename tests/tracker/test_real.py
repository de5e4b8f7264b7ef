"""The script against the real database: what the page did is what stands in it, once."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from playwright.sync_api import Browser, Page

from tests.harness.rest import Api, Rest
from tests.harness.world import Site, World
from tests.tracker.conftest import SITE, Visitor

CARDS = "select * from app.calls where site_id = %(site)s order by received_at"
EVENTS = "select action from app.events where site_id = %(site)s"


@pytest.fixture
def acme(world: World) -> Site:
    return world.site("acme", allowed_origins=["127.0.0.1"])


def demo(page: Page, web_url: str, rest: Rest, site: Site, query: str) -> None:
    asked = urlencode({"endpoint": rest.url, "site": site.key})
    page.goto(f"{web_url}/demo/?{query}&{asked}")


def until_there(
    page: Page, world: World, query: str, site: Site, count: int
) -> list[dict[str, Any]]:
    for _ in range(200):
        rows = world.rows(query, site=site.id)
        if len(rows) >= count:
            break
        page.wait_for_timeout(50)
    assert len(rows) == count
    return rows


def empty(page: Page) -> None:
    """Until every envelope was answered."""
    page.wait_for_function("!Object.keys(localStorage).some(k => k.startsWith('opsmantik_q'))")


def test_demo_page_tap_is_a_card_with_its_click(
    page: Page, web_url: str, rest: Rest, world: World
) -> None:
    site = world.site("demo-tap", allowed_origins=["127.0.0.1"])
    demo(page, web_url, rest, site, "gclid=Real-1&utm_term=kad%C4%B1k%C3%B6y+%C3%A7ilingir")
    page.click("#phone")
    until_there(page, world, CARDS, site, 1)
    empty(page)
    [card] = world.rows(CARDS, site=site.id)
    assert (card["intent_action"], card["intent_target"]) == ("phone", "tel:+905321112233")
    [session] = world.rows("select * from app.sessions where site_id = %(site)s", site=site.id)
    assert (session["gclid"], session["utm_term"]) == ("Real-1", "kadıköy çilingir")
    assert session["is_ads"]
    assert session["attribution"] == "First Click (Paid)"
    assert session["page_views"] == 1
    assert not world.rows("select * from ops.bad_rows")


def test_form_and_whatsapp_join_one_card(
    page: Page, web_url: str, rest: Rest, world: World
) -> None:
    site = world.site("demo-form", allowed_origins=["127.0.0.1"])
    demo(page, web_url, rest, site, "utm_source=google")
    page.context.route("https://wa.me/**", lambda route: route.abort())
    page.fill("[name=telefon]", "05329998877")
    page.click("form button")
    page.click("#whatsapp")
    until_there(page, world, EVENTS + " and category = 'conversion'", site, 2)
    [card] = until_there(page, world, CARDS, site, 1)
    assert (card["form_submits"], card["whatsapp_clicks"]) == (1, 1)
    assert "9998877" not in str(world.rows("select * from app.events"))


def test_answers_that_get_lost_double_nothing(
    visitor: Visitor, rest: Rest, world: World, acme: Site
) -> None:
    visitor.carry("")
    visitor.host.html = visitor.host.html.replace(SITE, acme.key)
    visitor.host.html = visitor.host.html.replace(visitor.receiver.url, rest.url)
    page = visitor.context.new_page()
    # the request reaches the database, its answer never reaches the page
    visitor.before(
        "let lost = 0; const real = window.fetch; window.fetch = (...a) => real(...a).then("
        "r => { if (lost++ < 2) throw new TypeError('cut'); return r })"
    )
    visitor.open("/?gclid=Real-2", page)
    page.evaluate("opsmantik.track('phone_call', {label: 'tel:05321112233'})")
    page.evaluate("opsmantik.track('custom', {label: 'ç', value: 1.5, meta: {a: 1}})")
    page.wait_for_timeout(300)
    empty(page)
    actions = sorted(row["action"] for row in world.rows(EVENTS, site=acme.id))
    assert actions == ["custom", "page_view", "phone_call"]
    assert len(world.rows(CARDS, site=acme.id)) == 1


def test_required_consent_all_the_way(visitor: Visitor, rest: Rest, world: World) -> None:
    site = world.site("asks", allowed_origins=["127.0.0.1"], consent_mode="required")
    visitor.carry("", 'data-automation="allow" data-consent="required"')
    visitor.host.html = visitor.host.html.replace(SITE, site.key)
    visitor.host.html = visitor.host.html.replace(visitor.receiver.url, rest.url)
    page = visitor.open("/?gclid=Real-3")
    page.evaluate("opsmantik.track('phone_call', {label: 'tel:05321112233'})")
    [card] = until_there(page, world, CARDS, site, 1)
    assert card["session_id"] is None
    assert world.rows("select * from app.sessions where site_id = %(site)s", site=site.id) == []
    page.evaluate("opsmantik.consent({analytics: true, marketing: true})")
    sessions = "select * from app.sessions where site_id = %(site)s"
    [session] = until_there(page, world, sessions, site, 1)
    assert (session["gclid"], session["marketing_consent"]) == ("Real-3", True)
    page.evaluate("opsmantik.consent({analytics: false, marketing: false})")
    until_there(page, world, sessions + " and marketing_withdrawn_at is not null", site, 1)


def test_a_pasted_message_finds_its_click(
    browser: Browser, visitor: Visitor, rest: Rest, api: Api, world: World
) -> None:
    site = world.site("pasted", allowed_origins=["127.0.0.1"])
    visitor.carry(
        "<script>addEventListener('click', e => e.preventDefault())</script>"
        '<a id="wa" href="https://wa.me/905321112233?text=Merhaba%2C%20kap%C4%B1da%20kald%C4%B1m.">'
        "Yaz</a>",
        'data-automation="allow" data-reference="Ref: "',
    )
    visitor.host.html = visitor.host.html.replace(SITE, site.key)
    visitor.host.html = visitor.host.html.replace(visitor.receiver.url, rest.url)
    page = visitor.open("/?gclid=Real-9")
    other = browser.new_context().new_page()
    other.goto(visitor.host.url + "/?gclid=Real-10")
    for one in (page, other):
        one.click("#wa")
    until_there(page, world, CARDS, site, 2)
    link = page.get_attribute("#wa", "href") or ""
    message = parse_qs(urlsplit(link).query)["text"][0]
    assert message.startswith("Merhaba, kapıda kaldım. Ref: ")
    other.context.close()

    token = world.owner("pasted").token
    said = {"site_id": site.id, "search": f"> {message}\n\nAdresim Moda"}
    for search in (said["search"], message, message.split()[-1], message.split()[-1].lower()):
        [card] = api.call("recent_intents", {**said, "search": search}, token=token).json()
        assert card["click_id"] == "Real-9"
        assert card["reference"] == message.split()[-1]


def test_versions_side_by_side_and_what_was_dropped(
    visitor: Visitor, rest: Rest, api: Api, world: World
) -> None:
    """site_install_status tells both."""
    site = world.site("versions", allowed_origins=["127.0.0.1"])
    visitor.carry("")
    visitor.host.html = visitor.host.html.replace(SITE, site.key)
    visitor.host.html = visitor.host.html.replace(visitor.receiver.url, rest.url)
    visitor.before(
        "if (!localStorage.seen) { localStorage.seen = 1; localStorage.opsmantik_lost = 7;"
        " localStorage.opsmantik_q77 = JSON.stringify({t: Date.now(),"
        f" x: {{k: '{site.key}', s: '00000000-0000-4000-a000-000000000001', v: '0.9',"
        " c: {a: 1, m: 1}, p: {u: location.href}},"
        " e: {i: 77, c: 'page', a: 'page_view', l: '', u: location.href}}) }"
    )
    page = visitor.open()
    sessions = "select * from app.sessions where site_id = %(site)s"
    until_there(page, world, sessions, site, 2)
    empty(page)
    world.rows("update app.sessions set is_bot = false where site_id = %(s)s", s=site.id)
    token = world.owner("versions").token
    [state] = api.call("site_install_status", {"site_id": site.id}, token=token).json()
    assert {one["version"] for one in state["script_versions"]} == {"0.9", "1.1.0"}
    assert [one["host"] for one in state["hosts"]] == ["127.0.0.1"]
    [dropped] = [one for one in state["refused"] if one["reason"] == "dropped_by_browser"]
    assert dropped["count"] == 7


def test_script_from_the_api_needs_no_endpoint(visitor: Visitor, rest: Rest, world: World) -> None:
    site = world.site("served", allowed_origins=["127.0.0.1"])
    visitor.host.html = (
        f'<!doctype html><script defer src="{rest.url}/rpc/core.js" data-site="{site.key}"'
        ' data-automation="allow"></script><a id="tel" href="tel:05321112233">Ara</a>'
    )
    page = visitor.open("/?gclid=Real-11")
    page.click("#tel")
    [card] = until_there(page, world, CARDS, site, 1)
    assert card["click_id"] == "Real-11"


def test_lists_that_an_old_library_writes_as_text(
    visitor: Visitor, rest: Rest, world: World
) -> None:
    """Prototype.js before 1.7 gives arrays a toJSON of their own."""
    site = world.site("prototype", allowed_origins=["127.0.0.1"])
    visitor.carry("")
    visitor.host.html = visitor.host.html.replace(SITE, site.key)
    visitor.host.html = visitor.host.html.replace(visitor.receiver.url, rest.url)
    visitor.before(
        "Array.prototype.toJSON = function () {"
        " return '[' + this.map(one => JSON.stringify(one)).join(', ') + ']' }"
    )
    page = visitor.open()
    page.evaluate("opsmantik.track('phone_call', {label: 'tel:05321112233'})")
    [card] = until_there(page, world, CARDS, site, 1)
    assert card["intent_target"] == "tel:+905321112233"
