"""Consent, opt-out, automation: what must not be kept and must not be sent."""

from __future__ import annotations

from tests.tracker.conftest import Visitor
from tests.tracker.receiver import HANG_UP, Answer, Receiver

ASKS = 'data-automation="allow" data-consent="required"'
LINK = (
    "<script>addEventListener('click', e => e.preventDefault())</script>"
    '<a id="tel" href="tel:1">Ara</a>'
)
YES = "opsmantik.consent({analytics: true, marketing: false})"
NO = "opsmantik.consent({analytics: false, marketing: false})"


def test_before_consent_only_a_bare_tap(visitor: Visitor, receiver: Receiver) -> None:
    visitor.carry(LINK + '<div style="height:4000px"></div>', ASKS)
    page = visitor.open("/?gclid=secret&utm_term=kilit")
    page.click("#tel")
    page.evaluate("opsmantik.track('custom')")
    page.evaluate("scrollTo(0, 4000)")
    visitor.until(page, lambda: receiver.named("phone_call"))
    page.wait_for_timeout(1000)
    [hit] = receiver.hits
    assert [e["a"] for e in hit.events] == ["phone_call"]
    assert hit.body["c"] == {"a": 0, "m": 0}
    assert "f" not in hit.body
    assert "p" not in hit.body
    assert "secret" not in hit.text
    assert "kilit" not in hit.text
    assert (
        page.evaluate("localStorage.length + sessionStorage.length + document.cookie.length") == 0
    )


def test_before_consent_an_undelivered_tap_waits_in_memory(
    visitor: Visitor, receiver: Receiver
) -> None:
    receiver.rule = lambda _: Answer(HANG_UP)
    visitor.carry(LINK, ASKS)
    page = visitor.open()
    page.click("#tel")
    visitor.until(page, lambda: receiver.sent("phone_call"))
    page.wait_for_timeout(200)
    assert page.evaluate("localStorage.length") == 0
    receiver.rule = lambda _: Answer()
    visitor.until(page, lambda: receiver.named("phone_call"))


def test_a_later_yes_counts_from_then_on(visitor: Visitor, receiver: Receiver) -> None:
    visitor.carry(LINK, ASKS)
    page = visitor.open("/?gclid=g1")
    page.click("#tel")
    visitor.until(page, lambda: receiver.named("phone_call"))
    page.evaluate(YES)
    visitor.until(page, lambda: receiver.named("page_view"))
    view = receiver.sent("page_view")[0].body
    assert view["c"] == {"a": 1, "m": 0}
    assert "gclid=g1" in view["p"]["u"]
    assert view["s"] != receiver.sent("phone_call")[0].body["s"]
    # the choice is remembered: the next page asks nobody
    visitor.open("/iki", page)
    visitor.until(page, lambda: len(receiver.named("page_view")) == 2)
    assert receiver.sent("page_view")[1].body["s"] == view["s"]


def test_withdrawal_is_told_and_clears_the_device(visitor: Visitor, receiver: Receiver) -> None:
    visitor.carry(LINK, ASKS)
    page = visitor.open()
    page.evaluate(YES)
    visitor.until(page, lambda: receiver.named("page_view"))
    other = visitor.open()
    visitor.until(other, lambda: len(receiver.named("page_view")) == 2)
    page.evaluate(NO)
    visitor.until(page, lambda: receiver.named("consent"))
    told = receiver.sent("consent")[0].body
    assert told["c"] == {"a": 0, "m": 0}
    assert told["s"] == receiver.sent("page_view")[0].body["s"]
    assert visitor.kept(page) == []
    # the other tab heard it, too
    before = len(receiver.hits)
    other.evaluate("opsmantik.track('custom')")
    other.wait_for_timeout(800)
    assert len(receiver.hits) == before
    page.reload()
    page.wait_for_timeout(800)
    assert len(receiver.hits) == before
    assert visitor.kept(page) == []


def test_withdrawal_on_a_page_long_open_is_told(visitor: Visitor, receiver: Receiver) -> None:
    """The visit is over, but its marketing consent is not."""
    page = visitor.context.new_page()
    page.clock.install()
    visitor.open("/", page)
    visitor.until(page, lambda: receiver.named("page_view"))
    page.clock.fast_forward("31:00")
    page.evaluate(NO)
    visitor.until(page, lambda: receiver.named("consent"))
    told = receiver.sent("consent")[0].body
    assert told["c"] == {"a": 0, "m": 0}
    assert told["s"] == receiver.sent("page_view")[0].body["s"]


def test_withdrawal_loses_no_waiting_tap(visitor: Visitor, receiver: Receiver) -> None:
    visitor.carry(LINK, ASKS)
    page = visitor.open()
    page.evaluate(YES)
    visitor.until(page, lambda: receiver.named("page_view"))
    visitor.context.set_offline(True)
    page.click("#tel")
    page.wait_for_timeout(300)
    page.evaluate(NO)
    assert visitor.kept(page) == []
    visitor.context.set_offline(False)
    visitor.until(page, lambda: receiver.named("phone_call"))


def test_refusal_where_nobody_had_to_ask_is_remembered(
    visitor: Visitor, receiver: Receiver
) -> None:
    page = visitor.open()
    visitor.until(page, lambda: receiver.named("page_view"))
    page.evaluate(NO)
    visitor.until(page, lambda: receiver.named("consent"))
    assert visitor.kept(page) == ["opsmantik_consent"]
    page.reload()
    page.wait_for_timeout(800)
    assert len(receiver.named("page_view")) == 1


def test_the_same_answer_again_is_no_news(visitor: Visitor, receiver: Receiver) -> None:
    page = visitor.open()
    page.evaluate("opsmantik.consent({analytics: true, marketing: true})")
    page.wait_for_timeout(800)
    assert [e["a"] for e in receiver.stored.values()] == ["page_view"]


def test_opt_out_is_silence(visitor: Visitor, receiver: Receiver) -> None:
    visitor.carry(LINK)
    visitor.before("localStorage.setItem('opsmantik_ignore', 'yes')")
    page = visitor.open()
    page.click("#tel")
    page.evaluate("opsmantik.track('custom')")
    page.wait_for_timeout(800)
    page.reload()
    page.wait_for_timeout(500)
    assert receiver.hits == []
    assert visitor.kept(page) == ["opsmantik_ignore"]


def test_automation_is_silence_unless_the_page_allows_it(
    visitor: Visitor, receiver: Receiver
) -> None:
    visitor.carry(LINK, "")
    page = visitor.open()
    assert page.evaluate("navigator.webdriver")
    page.click("#tel")
    page.wait_for_timeout(800)
    assert receiver.hits == []
    assert visitor.kept(page) == []
