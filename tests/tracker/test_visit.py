"""The visit: its id, its landing, its end."""

from __future__ import annotations

from playwright.sync_api import Page

from tests.tracker.conftest import Visitor
from tests.tracker.receiver import Receiver

HIDDEN = """state => {
    Object.defineProperty(document, 'hidden', {value: state, configurable: true});
    document.dispatchEvent(new Event('visibilitychange', {bubbles: true}));
}"""


def views(receiver: Receiver) -> list[str]:
    return [hit.body["s"] for hit in receiver.sent("page_view")]


def slow_down(page: Page) -> None:
    page.clock.install()


def test_tabs_and_reloads_share_one_visit(visitor: Visitor, receiver: Receiver) -> None:
    page = visitor.open("/?gclid=first")
    visitor.until(page, lambda: len(views(receiver)) == 1)
    other = visitor.open("/hakkinda")
    visitor.until(other, lambda: len(views(receiver)) == 2)
    page.reload()
    visitor.until(page, lambda: len(views(receiver)) == 3)
    assert len(set(views(receiver))) == 1
    assert len({hit.body["f"] for hit in receiver.hits}) == 1
    # the click id of the landing goes with each event of the visit
    assert all("gclid=first" in hit.body["p"]["u"] for hit in receiver.sent("page_view"))


def test_a_later_click_id_reaches_the_server(visitor: Visitor, receiver: Receiver) -> None:
    page = visitor.open("/")
    visitor.until(page, lambda: len(views(receiver)) == 1)
    visitor.open("/fiyat#/?wbraid=later", page)
    visitor.until(page, lambda: len(views(receiver)) == 2)
    page.click("#tel")
    visitor.until(page, lambda: receiver.named("phone_call"))
    tap = receiver.sent("phone_call")[0].body
    assert tap["p"]["u"].endswith("/fiyat?wbraid=later")
    assert tap["s"] == views(receiver)[0]


def test_thirty_idle_minutes_end_it(visitor: Visitor, receiver: Receiver) -> None:
    page = visitor.context.new_page()
    slow_down(page)
    visitor.open("/?gclid=g", page)
    visitor.until(page, lambda: views(receiver))
    page.clock.fast_forward("29:00")
    page.click("#tel")
    visitor.until(page, lambda: len(receiver.named("phone_call")) == 1)
    page.clock.fast_forward("31:00")
    page.click("#tel")
    visitor.until(page, lambda: len(receiver.named("phone_call")) == 2)
    first, second = (hit.body["s"] for hit in receiver.sent("phone_call"))
    assert first == views(receiver)[0] != second


def test_a_day_ends_it_however_busy(visitor: Visitor, receiver: Receiver) -> None:
    page = visitor.context.new_page()
    slow_down(page)
    visitor.open("/", page)
    visitor.until(page, lambda: views(receiver))
    for quarter in range(97):
        page.clock.fast_forward("15:00")
        page.evaluate("n => opsmantik.track('busy', {value: n})", quarter)
    page.clock.run_for(600)
    visitor.until(page, lambda: any(e["v"] == 96 for e in receiver.named("busy")))
    at = {e["v"]: hit.body["s"] for hit in receiver.hits for e in hit.events if e["a"] == "busy"}
    assert at[0] == at[90] == views(receiver)[0] != at[96]


def test_heartbeat_only_while_visible_and_only_in_a_visit(
    visitor: Visitor, receiver: Receiver
) -> None:
    page = visitor.context.new_page()
    slow_down(page)
    visitor.open("/", page)
    page.clock.run_for(600)
    visitor.until(page, lambda: views(receiver))
    page.clock.run_for(125_000)
    visitor.until(page, lambda: len(receiver.named("heartbeat")) == 2)
    page.evaluate(HIDDEN, True)
    page.clock.run_for(180_000)
    page.wait_for_timeout(200)
    assert len(receiver.named("heartbeat")) == 2
    page.evaluate(HIDDEN, False)
    page.clock.run_for(3_600_000)
    page.wait_for_timeout(200)
    for _ in range(30):  # an hour in an instant is a timeout to each request: let it back off
        page.clock.fast_forward(601_000)
        page.wait_for_timeout(100)
    assert not visitor.queued(page)
    # thirty minutes after the only activity it fell silent, and began no visit of its own
    assert 20 <= len(receiver.named("heartbeat")) <= 30
    assert {hit.body["s"] for hit in receiver.hits} == {views(receiver)[0]}


def test_the_end_says_how_long_it_was_looked_at(visitor: Visitor, receiver: Receiver) -> None:
    page = visitor.open()
    visitor.until(page, lambda: views(receiver))
    page.wait_for_timeout(800)
    page.evaluate(HIDDEN, True)
    visitor.until(page, lambda: receiver.named("session_end"))
    page.wait_for_timeout(800)
    page.evaluate(HIDDEN, False)
    page.wait_for_timeout(300)
    page.evaluate(HIDDEN, True)
    visitor.until(page, lambda: len(receiver.named("session_end")) == 2)
    first, second = sorted(e["v"] for e in receiver.named("session_end"))
    assert 800 <= first < second
    assert second - first < 800  # what was spent elsewhere does not count


def test_of_the_referrer_only_its_origin(visitor: Visitor, receiver: Receiver) -> None:
    page = visitor.context.new_page()
    page.goto(visitor.host.url + "/a", referer="https://search.example/s?q=gizli+kelime")
    visitor.until(page, lambda: views(receiver))
    assert receiver.hits[0].body["p"]["r"] == "https://search.example"
    assert "gizli" not in receiver.hits[0].text


def test_a_url_without_end_is_bounded(visitor: Visitor, receiver: Receiver) -> None:
    page = visitor.open("/" + "a" * 3000 + "?utm_term=" + "b" * 3000 + "&gclid=" + "c" * 100)
    visitor.until(page, lambda: views(receiver))
    landing = receiver.hits[0].body["p"]["u"]
    assert len(landing) <= 2048
    assert landing.endswith("gclid=" + "c" * 100)
