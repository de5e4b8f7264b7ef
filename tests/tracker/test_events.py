"""What the tracker reports, and what it must not."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser

from tests.tracker.conftest import SITE, Visitor
from tests.tracker.receiver import Host, Receiver

UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
STAY = "<script>addEventListener('click', e => e.preventDefault())</script>"


def test_page_view_and_tap_arrive(visitor: Visitor, receiver: Receiver) -> None:
    page = visitor.open(
        "/kapi?gclid=Cj0&utm_source=google&utm_medium=cpc&email=a@b.c&token=s3cret#x"
    )
    visitor.until(page, lambda: receiver.named("page_view"))
    page.click("#tel")
    visitor.until(page, lambda: receiver.named("phone_call"))

    for hit in receiver.hits:
        assert (hit.method, hit.path) == ("POST", "/rpc/sync")  # no OPTIONS: no preflight
        assert hit.headers["Content-Type"].startswith("text/plain")
        assert "Cookie" not in hit.headers
        assert "s3cret" not in hit.text
        assert "a@b.c" not in hit.text
    first, tap = receiver.hits[0].body, receiver.sent("phone_call")[0].body
    assert first["k"] == SITE
    assert first["c"] == {"a": 1, "m": 1}
    assert re.fullmatch(UUID, first["s"])
    assert re.fullmatch(UUID, first["f"])
    assert (tap["s"], tap["f"]) == (first["s"], first["f"])
    assert first["p"]["u"] == visitor.host.url + "/kapi?gclid=Cj0&utm_medium=cpc&utm_source=google"
    assert first["p"]["r"] == ""
    assert "Çilingir" not in hit.text  # not even the title
    assert first["p"]["sw"] > 0
    [event] = tap["e"]
    assert (event["c"], event["a"], event["l"]) == ("conversion", "phone_call", "tel:05321234567")
    assert 0 <= event["g"] < 5000
    assert event["u"].startswith(visitor.host.url + "/kapi")
    ids = list(receiver.stored)
    assert len(set(ids)) == len(ids) == 2
    assert all(0 < i < 2**53 for i in ids)
    visitor.until(page, lambda: not visitor.queued(page))


def test_a_nervous_tap_is_one(visitor: Visitor, receiver: Receiver) -> None:
    visitor.carry(STAY + '<a id="tel" href="tel:1">Ara</a> <a id="other" href="tel:2">Ara</a>')
    page = visitor.open()
    for link in ("#tel", "#tel", "#other", "#tel"):
        page.click(link)
    page.wait_for_timeout(2600)
    assert sorted(e["l"] for e in receiver.named("phone_call")) == ["tel:1", "tel:2"]
    page.click("#tel")
    visitor.until(page, lambda: len(receiver.named("phone_call")) == 3)


@pytest.mark.parametrize(
    ("href", "action"),
    [
        ("callto:+905321234567", "phone_call"),
        ("TEL:123", "phone_call"),
        ("https://wa.me/905321234567?text=Merhaba", "whatsapp"),
        ("https://api.whatsapp.com/send?phone=90532", "whatsapp"),
        ("whatsapp://send?phone=90532", "whatsapp"),
        ("https://wa.me.example.com/1", None),
        ("https://example.com/?u=https://wa.me/1", None),
        ("/telefon", None),
    ],
)
def test_links(visitor: Visitor, receiver: Receiver, href: str, action: str | None) -> None:
    visitor.carry(f'{STAY}<a id="a" href="{href}"><b><i>x</i></b></a>')
    page = visitor.open()
    page.click("#a i")
    page.wait_for_timeout(700)
    found = [e["a"] for e in receiver.stored.values() if e["c"] == "conversion"]
    assert found == ([action] if action else [])


def test_tap_on_a_page_that_stops_propagation(visitor: Visitor, receiver: Receiver) -> None:
    visitor.carry(
        '<a id="tel" href="tel:1">Ara</a><script>'
        "for (const type of ['pointerdown', 'pointerup', 'click']) document.addEventListener("
        "type, e => { e.stopImmediatePropagation(); e.preventDefault() }, true)</script>"
    )
    page = visitor.open()
    page.click("#tel")
    visitor.until(page, lambda: receiver.named("phone_call"))


def test_tap_by_keyboard_and_inside_a_shadow_tree(visitor: Visitor, receiver: Receiver) -> None:
    visitor.carry(
        '<div id="host"></div><script>document.getElementById("host").attachShadow('
        "{mode: 'open'}).innerHTML = '<a id=tel href=tel:7>Ara</a>'</script>"
    )
    page = visitor.open()
    page.focus("#tel")
    page.keyboard.press("Enter")
    visitor.until(page, lambda: receiver.named("phone_call"))


def test_right_click_is_no_tap(visitor: Visitor, receiver: Receiver) -> None:
    page = visitor.open()
    page.click("#tel", button="right")
    page.wait_for_timeout(700)
    assert not receiver.sent("phone_call")


def test_a_finger_that_scrolls_is_no_tap(browser: Browser, host: Host, receiver: Receiver) -> None:
    context = browser.new_context(has_touch=True, viewport={"width": 390, "height": 600})
    visitor = Visitor(context, host, receiver)
    visitor.carry(STAY + '<a id="tel" href="tel:1" style="display:block;height:3000px">Ara</a>')
    page = visitor.open()
    client = context.new_cdp_session(page)
    for y in range(400, 100, -20):
        kind = "touchStart" if y == 400 else "touchMove"
        client.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": 150, "y": y}]})
        page.wait_for_timeout(16)
    client.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    page.wait_for_timeout(700)
    assert page.evaluate("scrollY") > 0
    assert not receiver.sent("phone_call")
    page.touchscreen.tap(150, 300)
    visitor.until(page, lambda: receiver.named("phone_call"))
    context.close()
    assert not visitor.errors


def test_form_without_its_content(visitor: Visitor, receiver: Receiver) -> None:
    visitor.carry(
        '<form id="geri-ara" action="/tesekkurler"><input name="id" value="gizli1">'
        '<input name="phone"><textarea name="note"></textarea><button>Gönder</button></form>'
    )
    page = visitor.open()
    page.fill("[name=phone]", "05329998877")
    page.fill("[name=note]", "gizli2")
    page.click("button")
    page.wait_for_url("**/tesekkurler**")
    visitor.until(page, lambda: receiver.named("form_submit"))
    page.wait_for_timeout(700)
    assert [e["l"] for e in receiver.named("form_submit")] == ["geri-ara"]
    for hit in receiver.hits:
        assert not any(word in hit.text for word in ("05329998877", "gizli1", "gizli2"))


def test_scroll_marks_once_a_page(visitor: Visitor, receiver: Receiver) -> None:
    visitor.carry('<div style="height:5000px"></div>')
    page = visitor.open()
    for where in (0.3, 0.6, 0.1, 0.7, 1, 0, 1):
        page.evaluate(f"scrollTo(0, {where} * document.body.scrollHeight)")
        page.wait_for_timeout(350)
    visitor.until(page, lambda: len(receiver.named("scroll")) == 2)
    page.wait_for_timeout(700)
    assert sorted(e["v"] for e in receiver.named("scroll")) == [50, 90]


def test_custom_events_and_impossible_ones(visitor: Visitor, receiver: Receiver) -> None:
    page = visitor.open()
    page.evaluate(
        """() => {
            opsmantik.track('video', {label: 'tanıtım', value: 12.5, meta: {chapter: 2}});
            const loop = {}; loop.self = loop;
            opsmantik.track('loop', {meta: loop, value: NaN});
            opsmantik.track('long'.repeat(50), {
                label: 'x'.repeat(9000), meta: {a: 'y'.repeat(9000)}});
            opsmantik.track(); opsmantik.track(null, null); opsmantik.track({}, 5);
            opsmantik.consent(); opsmantik.consent(null);
            opsmantik.track('phone_call', {label: 'tel:9'});
        }"""
    )
    visitor.until(page, lambda: receiver.named("loop") and receiver.named("phone_call"))
    [video] = receiver.named("video")
    assert (video["c"], video["l"], video["v"]) == ("interaction", "tanıtım", 12.5)
    assert video["m"] == {"chapter": 2}
    assert receiver.named("loop")[0]["v"] is None
    [long] = [e for e in receiver.stored.values() if e["a"].startswith("long")]
    assert (len(long["a"]), len(long["l"]), long["m"]) == (64, 500, {})
    assert receiver.named("phone_call")[0]["c"] == "conversion"


@pytest.mark.parametrize("name", ["gclid", "wbraid", "gbraid", "msclkid", "fbclid", "ttclid"])
@pytest.mark.parametrize("sign", ["?", "#"])
def test_every_click_id_is_told(visitor: Visitor, receiver: Receiver, name: str, sign: str) -> None:
    page = visitor.open(f"/{sign}x=1&{name}=Click-7")
    visitor.until(page, lambda: receiver.named("page_view"))
    assert f"{name}=Click-7" in receiver.hits[0].body["p"]["u"]
    assert "x=1" not in receiver.hits[0].body["p"]["u"]
