"""The page is not ours: small, one global, never an error, whatever the page did to itself."""

from __future__ import annotations

import gzip
import urllib.request

import pytest

from tests.tracker.conftest import Visitor
from tests.tracker.receiver import CORE_JS, Receiver

LINK = (
    "<script>addEventListener('click', e => e.preventDefault())</script>"
    '<a id="tel" href="tel:1">Ara</a>'
)


def test_at_most_4_kb_as_served(web_url: str) -> None:
    request = urllib.request.Request(f"{web_url}/core.js", headers={"Accept-Encoding": "gzip"})
    with urllib.request.urlopen(request) as response:
        served = response.read()
    assert response.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(served) == CORE_JS.read_bytes()
    for level in (6, 9):
        assert len(gzip.compress(CORE_JS.read_bytes(), level)) <= 4090
    assert len(served) <= 4090


def test_one_global_and_nothing_of_the_page_replaced(visitor: Visitor, receiver: Receiver) -> None:
    visitor.carry(LINK)
    visitor.before(
        "window.before = Object.getOwnPropertyNames(window);"
        "window.natives = [fetch, history.pushState, XMLHttpRequest, JSON.parse, addEventListener,"
        " Storage.prototype.setItem, navigator.sendBeacon, setTimeout]"
    )
    page = visitor.open()
    visitor.until(page, lambda: receiver.hits)
    added = page.evaluate("Object.getOwnPropertyNames(window).filter(k => !before.includes(k))")
    assert set(added) - {"before", "natives", "0"} == {"opsmantik"}
    assert page.evaluate(
        "[fetch, history.pushState, XMLHttpRequest, JSON.parse, addEventListener,"
        " Storage.prototype.setItem, navigator.sendBeacon, setTimeout]"
        ".every((native, n) => native === natives[n])"
    )


@pytest.mark.parametrize(
    "damage",
    [
        "Object.freeze(Object.prototype); Object.freeze(Array.prototype)",
        "addEventListener('load', () => { window.fetch = () => { throw 1 }; JSON.stringify = 0;"
        " JSON.parse = null })",
        "window.opsmantik = {}",
        "Array.prototype.extra = Object.prototype.more = function () {}",
        "delete Navigator.prototype.sendBeacon; delete Navigator.prototype.userAgentData",
        "performance.now = () => NaN",
    ],
)
def test_pages_that_bend_their_own_world(visitor: Visitor, receiver: Receiver, damage: str) -> None:
    visitor.carry(LINK)
    visitor.before(damage)
    page = visitor.open()
    page.wait_for_timeout(100)
    page.click("#tel")
    visitor.until(page, lambda: receiver.named("phone_call"))


@pytest.mark.parametrize(
    "damage",
    [
        "window.fetch = undefined",
        "crypto.getRandomValues = null",
        "window.fetch = () => { throw 1 }",
    ],
)
def test_where_nothing_can_be_sent_nothing_breaks(
    visitor: Visitor, receiver: Receiver, damage: str
) -> None:
    visitor.carry(LINK)
    visitor.before(damage)
    page = visitor.open()
    page.click("#tel")
    page.evaluate("window.opsmantik && opsmantik.track('custom')")
    page.wait_for_timeout(300)
    assert receiver.sent("custom") == []


def test_under_a_strict_policy(visitor: Visitor, receiver: Receiver) -> None:
    visitor.carry(LINK.replace("<script>", '<script nonce="n">'))
    visitor.host.headers["Content-Security-Policy"] = (
        "default-src 'none'; img-src data:; script-src 'self' 'nonce-n';"
        f" connect-src {receiver.url}"
    )
    page = visitor.open()
    page.click("#tel")
    visitor.until(page, lambda: receiver.named("phone_call"))


def test_twice_on_a_page_counts_once(visitor: Visitor, receiver: Receiver) -> None:
    visitor.carry(LINK)
    head = visitor.host.html.split("<script defer")[1].split("</script>")[0]
    visitor.host.html += f"<script defer{head}</script>"
    page = visitor.open()
    page.click("#tel")
    visitor.until(page, lambda: receiver.named("phone_call"))
    page.wait_for_timeout(700)
    assert len(receiver.stored) == 2


def test_a_tag_without_its_attributes_is_quiet(visitor: Visitor, receiver: Receiver) -> None:
    visitor.host.html = '<!doctype html><script defer src="/core.js"></script><p>x'
    page = visitor.open()
    page.wait_for_timeout(300)
    assert receiver.hits == []
