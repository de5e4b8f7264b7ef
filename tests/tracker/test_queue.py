"""The queue: each tap arrives once, or stays on the device until it does."""

from __future__ import annotations

import json
import threading

import pytest
from playwright.sync_api import Page

from tests.tracker.conftest import SITE, Visitor
from tests.tracker.receiver import HANG_UP, Answer, Receiver
from tests.tracker.test_visit import HIDDEN

STAY = "<script>addEventListener('click', e => e.preventDefault())</script>"
LINK = STAY + '<a id="tel" href="tel:1">Ara</a>'
BUSY = Answer(500, "oops")
OWN = '{"ok":false,"accepted":0}'
DAY = 86_400_000
NO_LOCKS = "Object.defineProperty(navigator, 'locks', {value: undefined})"


@pytest.fixture(autouse=True)
def link(visitor: Visitor) -> None:
    visitor.carry(LINK)


def refusing(answer: Answer, receiver: Receiver, word: str) -> None:
    """Refuses whatever batch carries ``word``."""
    receiver.rule = lambda hit: answer if word in hit.text else Answer()


def clocked(visitor: Visitor) -> Page:
    """A page whose clock can be put forward; until then it runs."""
    page = visitor.context.new_page()
    page.clock.install()
    return visitor.open("/", page)


def leave(visitor: Visitor, ages: dict[int, int]) -> None:
    """Envelopes of an earlier visit: taps by id, so many milliseconds old."""
    x = {"k": SITE, "s": "00000000-0000-4000-a000-000000000001", "v": "0.9", "c": {"a": 1, "m": 1}}
    for name, age in ages.items():
        e = {"i": name, "c": "conversion", "a": "phone_call", "l": f"tel:{name}"}
        left = json.dumps({"x": x, "e": e})[1:]
        visitor.before(
            f"localStorage.setItem('opsmantik_q{name}',"
            f" '{{\"t\":' + (Date.now() - {age}) + ',' + {json.dumps(left)})"
        )


def test_kept_while_the_server_is_down_and_delivered_once(
    visitor: Visitor, receiver: Receiver
) -> None:
    receiver.rule = lambda _: Answer(HANG_UP)
    page = visitor.open()
    page.click("#tel")
    visitor.until(page, lambda: receiver.sent("phone_call"))
    page.wait_for_timeout(300)
    assert len(visitor.queued(page)) == 2
    page.reload()
    assert len(visitor.queued(page)) >= 2
    receiver.rule = lambda _: Answer()
    visitor.until(page, lambda: receiver.named("phone_call") and not visitor.queued(page))
    assert len(receiver.named("phone_call")) == 1


def test_kept_over_a_closed_tab(visitor: Visitor, receiver: Receiver) -> None:
    receiver.rule = lambda _: Answer(HANG_UP)
    page = visitor.open()
    page.click("#tel")
    page.wait_for_timeout(200)
    page.close()
    receiver.rule = lambda _: Answer()
    page = visitor.open("/yarin")
    visitor.until(page, lambda: receiver.named("phone_call") and not visitor.queued(page))
    assert len(receiver.named("phone_call")) == 1


def test_stored_before_it_is_sent(visitor: Visitor, receiver: Receiver) -> None:
    visitor.before(
        """const real = window.fetch;
        window.fetch = (...args) => {
            window.seen = Object.keys(localStorage).filter(k => k.startsWith('opsmantik_q'));
            return real(...args);
        };"""
    )
    page = visitor.open()
    page.click("#tel")
    visitor.until(page, lambda: receiver.named("phone_call"))
    assert len(page.evaluate("window.seen")) >= 1


def test_a_tap_while_a_request_is_in_flight_is_not_erased(
    visitor: Visitor, receiver: Receiver
) -> None:
    """The predecessor saved a stale copy of its queue after the await."""
    go = threading.Event()
    receiver.rule = lambda _: Answer(after=go)
    page = visitor.open()
    visitor.until(page, lambda: len(receiver.hits) == 1)
    page.click("#tel")
    page.wait_for_timeout(200)
    assert len(visitor.queued(page)) == 2
    assert len(receiver.hits) == 1  # one request at a time
    go.set()
    visitor.until(page, lambda: receiver.named("phone_call") and not visitor.queued(page))
    assert set(receiver.deliveries.values()) == {1}


def test_backs_off_from_two_seconds_doubling(visitor: Visitor, receiver: Receiver) -> None:
    receiver.rule = lambda _: BUSY
    page = visitor.open()
    for _ in range(60):  # events in the meantime do not hasten it
        page.evaluate("opsmantik.track('flood')")
        page.wait_for_timeout(120)
    gaps = [b.at - a.at for a, b in zip(receiver.hits, receiver.hits[1:], strict=False)]
    assert 1.9 <= gaps[0] <= 3.5
    assert len(receiver.hits) <= 3
    assert all(later > 3.9 for later in gaps[1:])
    receiver.rule = lambda _: Answer()
    visitor.until(page, lambda: not visitor.queued(page), 16)
    assert len(receiver.named("flood")) == 60


def test_back_off_ends_at_ten_minutes(visitor: Visitor, receiver: Receiver) -> None:
    receiver.rule = lambda _: BUSY
    page = visitor.context.new_page()
    page.clock.install()
    visitor.open("/", page)
    page.clock.run_for(1000)
    for _ in range(12):
        page.clock.fast_forward(601_000)
        page.wait_for_timeout(60)
    before = len(receiver.hits)
    assert before >= 10
    page.clock.fast_forward(601_000)
    visitor.until(page, lambda: len(receiver.hits) == before + 1)


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_honoured_by_all_tabs(
    visitor: Visitor, receiver: Receiver, status: int
) -> None:
    receiver.rule = lambda _: Answer(status, "{}", {"Retry-After": "4"})
    page = visitor.open()
    visitor.until(page, lambda: receiver.hits)
    receiver.rule = lambda _: Answer()
    page.evaluate("opsmantik.track('one')")
    other = visitor.open("/iki")
    other.evaluate("opsmantik.track('two')")
    visitor.until(page, lambda: receiver.named("one") and receiver.named("two"))
    assert receiver.hits[1].at - receiver.hits[0].at >= 3.9


@pytest.mark.parametrize("status", [429, 503])
def test_a_tap_does_not_wait_for_what_others_were_told(
    visitor: Visitor, receiver: Receiver, status: int
) -> None:
    receiver.rule = lambda _: Answer(status, OWN, {"Retry-After": "60"})
    page = clocked(visitor)
    visitor.until(page, lambda: receiver.hits)
    receiver.rule = lambda _: Answer()
    page.evaluate("opsmantik.track('custom')")
    page.click("#tel")
    visitor.until(page, lambda: receiver.named("phone_call"))
    page.clock.fast_forward(50_000)
    page.wait_for_timeout(200)
    assert [e["a"] for e in receiver.hits[1].events] == ["phone_call"]
    assert len(receiver.hits) == 2
    page.clock.fast_forward(11_000)
    visitor.until(page, lambda: not visitor.queued(page))


def test_a_tap_that_was_told_to_wait_does(visitor: Visitor, receiver: Receiver) -> None:
    receiver.rule = lambda _: Answer(429, OWN, {"Retry-After": "60"})
    page = clocked(visitor)
    page.click("#tel")
    visitor.until(page, lambda: receiver.sent("phone_call"))
    page.wait_for_timeout(100)
    before = len(receiver.hits)
    for _ in range(5):
        page.clock.fast_forward(10_000)
        page.wait_for_timeout(60)
    assert len(receiver.hits) == before
    wait = page.evaluate("localStorage.opsmantik_wait")
    page.evaluate("opsmantik.track('phone_call', {label: 'tel:2'})")
    visitor.until(page, lambda: len(receiver.hits) == before + 1)
    assert {e["l"] for e in receiver.hits[-1].events} == {"tel:1", "tel:2"}
    # Told by the answer, which comes after the hit: it counts from then.
    visitor.until(page, lambda: page.evaluate("localStorage.opsmantik_wait") != wait)
    receiver.rule = lambda _: Answer()
    page.clock.fast_forward(61_000)
    visitor.until(page, lambda: not visitor.queued(page))


def test_a_tap_leads_past_older_ones_that_nobody_takes(
    visitor: Visitor, receiver: Receiver
) -> None:
    leave(visitor, {77: DAY})
    refusing(Answer(403, "<html>challenge</html>"), receiver, "tel:77")
    page = visitor.open()
    visitor.until(page, lambda: receiver.hits)
    page.click("#tel")
    visitor.until(page, lambda: receiver.named("phone_call"), 1.5)
    assert "opsmantik_q77" in visitor.queued(page)


@pytest.mark.parametrize(
    ("status", "old"), [(403, False), (404, False), (401, False), (429, True), (503, True)]
)
def test_what_others_refuse_ends_after_seven_days(
    visitor: Visitor, receiver: Receiver, status: int, old: bool
) -> None:
    leave(visitor, {66: 6 * DAY, 88: 8 * DAY})
    receiver.rule = lambda _: Answer(status, "<html>challenge</html>")
    page = visitor.open()
    visitor.until(page, lambda: receiver.hits)
    page.wait_for_timeout(200)
    kept = visitor.queued(page)
    assert "opsmantik_q66" in kept
    assert ("opsmantik_q88" in kept) is old


def test_a_site_that_is_gone_is_asked_slowly(visitor: Visitor, receiver: Receiver) -> None:
    receiver.rule = lambda _: Answer(404, OWN)
    page = visitor.open()
    page.evaluate("for (let n = 0; n < 99; n++) opsmantik.track('step')")
    visitor.until(page, lambda: len(receiver.hits) == 5)
    # on a slow machine the page view had left alone before
    assert [len(hit.events) for hit in receiver.hits][1:] == [1, 1, 1, 1]
    gaps = [b.at - a.at for a, b in zip(receiver.hits, receiver.hits[1:], strict=False)]
    assert min(gaps) > 0.45
    assert len(visitor.queued(page)) >= 94


@pytest.mark.parametrize(
    "answer", [Answer(403, OWN), Answer(404, OWN), Answer(413, OWN), Answer(413, "<html>")]
)
def test_a_permanent_refusal_drops_that_envelope_alone(
    visitor: Visitor, receiver: Receiver, answer: Answer
) -> None:
    refusing(answer, receiver, "poison")
    page = visitor.open()
    page.evaluate("['a', 'poison', 'b'].forEach(name => opsmantik.track(name))")
    page.click("#tel")
    visitor.until(page, lambda: not visitor.queued(page))
    assert {e["a"] for e in receiver.stored.values()} == {"page_view", "a", "b", "phone_call"}
    alone = [hit for hit in receiver.sent("poison") if len(hit.events) == 1]
    assert len(alone) == 1


@pytest.mark.parametrize(
    "answer",
    [
        Answer(200, "<html>Please log in</html>"),
        Answer(200, ""),
        Answer(200, "null"),
        Answer(200, '"accepted"'),
        Answer(204, ""),
        Answer(404, '{"code":"PGRST202","message":"no function"}'),
        Answer(401, '{"code":"42501","message":"permission denied"}'),
        Answer(400, '{"code":"22P02","message":"not its own words"}'),
        Answer(403, "<html>challenge</html>"),
        Answer(404, "<html>nginx</html>"),
        Answer(408, ""),
        Answer(429, OWN),
        Answer(502, "<html>"),
    ],
)
def test_what_is_not_our_answer_is_no_delivery(
    visitor: Visitor, receiver: Receiver, answer: Answer
) -> None:
    receiver.rule = lambda _: answer
    page = clocked(visitor)
    page.click("#tel")
    page.wait_for_timeout(900)
    assert len(visitor.queued(page)) == 2
    assert len(receiver.hits) <= 2
    before = len(receiver.hits)
    page.clock.fast_forward(7_000)
    visitor.until(page, lambda: len(receiver.hits) > before)
    page.wait_for_timeout(50)
    assert len(visitor.queued(page)) == 2
    receiver.rule = lambda _: Answer()
    page.clock.fast_forward(13_000)
    visitor.until(page, lambda: not visitor.queued(page))
    assert len(receiver.named("phone_call")) == 1


def test_conversions_go_first_in_batches_of_twenty(visitor: Visitor, receiver: Receiver) -> None:
    receiver.rule = lambda _: Answer(HANG_UP)
    page = visitor.open()
    visitor.until(page, lambda: receiver.hits)
    receiver.rule = lambda _: Answer()
    page.evaluate("for (let n = 0; n < 45; n++) opsmantik.track('step', {value: n})")
    page.click("#tel")
    visitor.until(page, lambda: not visitor.queued(page))
    batches = [[e["a"] for e in hit.events] for hit in receiver.hits[1:]]
    assert batches[0][0] == "phone_call"
    assert [len(batch) for batch in batches] == [20, 20, 7]
    assert sorted(e["v"] for e in receiver.named("step")) == list(range(45))


def test_bounded_and_taps_stay(visitor: Visitor, receiver: Receiver) -> None:
    receiver.rule = lambda _: Answer(HANG_UP)
    page = visitor.open()
    page.click("#tel")
    page.evaluate("for (let n = 0; n < 150; n++) opsmantik.track('step', {value: n})")
    assert len(visitor.queued(page)) == 100
    kept = page.evaluate(
        "Object.keys(localStorage).filter(k => /^opsmantik_q/.test(k))"
        ".map(k => JSON.parse(localStorage[k]).e).map(e => e.a === 'step' ? e.v : e.a)"
    )
    assert "phone_call" in kept
    steps = [v for v in kept if v != "phone_call"]
    assert len(steps) == 99
    assert min(steps) >= 45  # the oldest went; of one millisecond it may be any
    page.evaluate(
        "for (let n = 0; n < 90; n++) opsmantik.track('big', {meta: {text: 'x'.repeat(1900)}})"
    )
    size = page.evaluate(
        "Object.keys(localStorage).filter(k => /^opsmantik_q/.test(k))"
        ".reduce((sum, k) => sum + localStorage[k].length, 0)"
    )
    assert 150_000 < size <= 200_000
    receiver.rule = lambda _: Answer()
    page.reload()
    visitor.until(page, lambda: receiver.named("phone_call"), 12)
    assert all(len(hit.text.encode()) < 50_000 for hit in receiver.hits)


def test_beacon_on_leaving_loses_nothing_it_carries(visitor: Visitor, receiver: Receiver) -> None:
    receiver.rule = lambda _: Answer(429, "{}", {"Retry-After": "5"})
    page = visitor.open()
    visitor.until(page, lambda: receiver.hits)
    receiver.rule = lambda _: BUSY  # the beacon arrives, but nothing comes of it
    page.click("#tel")
    page.evaluate("opsmantik.track('custom')")
    visitor.until(page, lambda: receiver.sent("phone_call"))
    before = len(receiver.hits)
    assert before == 2
    page.evaluate(HIDDEN, True)
    visitor.until(page, lambda: len(receiver.hits) > before)
    # told to wait, only what must not be lost is sent
    assert [e["a"] for e in receiver.hits[2].events] == ["phone_call"]
    assert receiver.hits[2].headers["Content-Type"].startswith("text/plain")
    assert receiver.hits[2].method == "POST"
    assert len(visitor.queued(page)) == 4
    receiver.rule = lambda _: Answer()
    page.evaluate(HIDDEN, False)
    visitor.until(page, lambda: not visitor.queued(page))
    assert len(receiver.named("phone_call")) == 1


def test_leaving_right_after_the_tap(visitor: Visitor, receiver: Receiver) -> None:
    visitor.carry(
        '<a id="tel" href="https://wa.me/90" onclick="location.href=\'about:blank\';return false">'
        "Yaz</a>"
    )
    page = visitor.open()
    page.click("#tel")
    page.wait_for_url("about:blank")
    visitor.until(page, lambda: receiver.named("whatsapp"))
    assert receiver.named("page_view")


@pytest.mark.parametrize(
    "damage",
    [
        "Object.defineProperty(window, 'localStorage', {get() { throw new Error('no') }})",
        "delete Storage.prototype.setItem; Storage.prototype.setItem = () => { throw 1 }",
        "Object.defineProperty(window, 'localStorage', {value: null})",
        "localStorage.setItem('opsmantik_session', '{\"id\":'); "
        "localStorage.setItem('opsmantik_visitor', '[[['); "
        "localStorage.setItem('opsmantik_q1', 'garbage'); "
        "localStorage.setItem('opsmantik_q2', '7'); "
        'localStorage.setItem(\'opsmantik_q3\', \'{"e":{},"x":5,"t":"x"}\'); '
        "localStorage.setItem('opsmantik_wait', '\"never\"')",
        "localStorage.setItem('opsmantik_session', '5'); localStorage.setItem('opsmantik_wait', "
        "String(Date.now() + 1e12))",
    ],
)
def test_storage_forbidden_broken_or_corrupt(
    visitor: Visitor, receiver: Receiver, damage: str
) -> None:
    visitor.before(damage)
    page = visitor.open()
    page.click("#tel")
    visitor.until(page, lambda: receiver.named("phone_call") and receiver.named("page_view"))
    page.wait_for_timeout(300)
    assert len(receiver.hits) <= 4


def test_storage_full(visitor: Visitor, receiver: Receiver) -> None:
    visitor.before(
        "for (const s of ['x'.repeat(1e5), 'x']) "
        "try { for (let n = 0; ; n++) localStorage.setItem(n + 'p' + s.length, s) } catch (e) {}"
    )
    receiver.rule = lambda _: Answer(HANG_UP)
    page = visitor.open()
    page.click("#tel")
    visitor.until(page, lambda: receiver.sent("phone_call"))
    receiver.rule = lambda _: Answer()
    visitor.until(page, lambda: receiver.named("phone_call"))
    page.wait_for_timeout(300)
    assert len(receiver.named("phone_call")) == 1


def test_a_queue_left_by_an_older_page_is_sent(visitor: Visitor, receiver: Receiver) -> None:
    left = {
        "t": 1,
        "x": {
            "k": SITE,
            "s": "00000000-0000-4000-a000-000000000001",
            "v": "0.9",
            "c": {"a": 1, "m": 1},
        },
        "e": {"i": 77, "c": "conversion", "a": "phone_call", "l": "tel:9"},
    }
    script = f"localStorage.setItem('opsmantik_q77', {json.dumps(json.dumps(left))})"
    visitor.before(script + ";if (window.done) localStorage.clear()")
    page = visitor.open()
    visitor.until(page, lambda: receiver.named("phone_call"))
    assert receiver.stored[77]["g"] > 10**12  # the server clamps it


def test_a_clock_set_back_gives_no_negative_age(visitor: Visitor, receiver: Receiver) -> None:
    receiver.rule = lambda _: Answer(HANG_UP)
    page = visitor.open()
    page.click("#tel")
    visitor.until(page, lambda: receiver.sent("phone_call"))
    page.evaluate("const now = Date.now; Date.now = () => now() - 86400000 * 3")
    receiver.rule = lambda _: Answer()
    visitor.until(page, lambda: receiver.named("phone_call"))
    assert all(e["g"] >= 0 for e in receiver.stored.values())
    first, last = receiver.hits[0].body["s"], receiver.hits[-1].body["s"]
    assert first == last


@pytest.mark.parametrize("locks", ["", NO_LOCKS])
def test_five_tabs_lose_and_double_nothing(
    visitor: Visitor, receiver: Receiver, locks: str
) -> None:
    visitor.before(locks)
    pages = [visitor.open(f"/{n}") for n in range(5)]
    for round_ in range(4):
        receiver.rule = [lambda _: Answer(), lambda _: Answer(HANG_UP)][round_ % 2]
        for n, page in enumerate(pages):
            page.evaluate("label => opsmantik.track('phone_call', {label})", f"tel:{round_}{n}")
    receiver.rule = lambda _: Answer()
    visitor.until(pages[0], lambda: not visitor.queued(pages[0]), 15)
    taps = [e["l"] for e in receiver.named("phone_call")]
    assert sorted(taps) == sorted(f"tel:{r}{n}" for r in range(4) for n in range(5))
    assert len(receiver.named("page_view")) == 5


@pytest.mark.parametrize("locks", ["", NO_LOCKS])
def test_one_tab_sends_at_a_time(visitor: Visitor, receiver: Receiver, locks: str) -> None:
    visitor.before(locks)
    go = threading.Event()
    receiver.rule = lambda _: Answer(after=go)
    one = visitor.open("/1")
    visitor.until(one, lambda: len(receiver.hits) == 1)
    two = visitor.open("/2")
    two.click("#tel")
    two.wait_for_timeout(800)
    assert len(receiver.hits) == 1
    go.set()
    visitor.until(two, lambda: receiver.named("phone_call"))
    visitor.until(two, lambda: not visitor.queued(two))


def test_a_frozen_tab_on_the_lock_does_not_hold_up_a_tap(
    visitor: Visitor, receiver: Receiver
) -> None:
    frozen = visitor.open("/1")
    visitor.until(frozen, lambda: receiver.hits)
    frozen.evaluate("void navigator.locks.request('opsmantik', () => new Promise(() => {}))")
    page = visitor.open("/2")
    page.click("#tel")
    visitor.until(page, lambda: receiver.named("phone_call"), 14)


def test_an_answer_that_never_comes(visitor: Visitor, receiver: Receiver) -> None:
    go = threading.Event()

    receiver.rule = lambda hit: Answer(after=go) if hit is receiver.hits[0] else Answer()
    page = visitor.context.new_page()
    page.clock.install()
    visitor.open("/", page)
    page.clock.run_for(600)
    visitor.until(page, lambda: len(receiver.hits) == 1)
    page.click("#tel")
    page.clock.run_for(21_000)
    page.wait_for_timeout(200)
    page.clock.run_for(4_000)
    visitor.until(page, lambda: receiver.named("phone_call"))
    go.set()
