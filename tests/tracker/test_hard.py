"""Bad networks, killed browsers, moved clocks, pages that fight: the tap arrives all the same."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.harness.plugin import CHROMIUM_FLAGS
from tests.harness.stage import free_port
from tests.tracker.conftest import SITE, Visitor
from tests.tracker.receiver import HANG_UP, Answer, Host, Receiver
from tests.tracker.test_queue import BUSY, LINK, OWN, clocked, leave, refusing
from tests.tracker.test_visit import HIDDEN

DAY = 86_400_000


@pytest.fixture(autouse=True)
def link(visitor: Visitor) -> None:
    visitor.carry(LINK)


def numbers(receiver: Receiver) -> list[str]:
    return sorted(e["l"] for e in receiver.named("phone_call"))


def later(page: Page, ready: Callable[[], bool]) -> None:
    """Puts the clock forward, by less than a request may take, until it is so."""
    for _ in range(60):
        page.clock.fast_forward(12_000)
        page.wait_for_timeout(150)
        if ready():
            return
    raise AssertionError("not within twelve minutes")


def test_offline_then_taps_then_online(visitor: Visitor, receiver: Receiver) -> None:
    page = visitor.open()
    visitor.until(page, lambda: receiver.named("page_view") and not visitor.queued(page))
    visitor.context.set_offline(True)
    for n in range(3):
        page.evaluate("label => opsmantik.track('phone_call', {label})", f"tel:{n}")
    page.wait_for_timeout(300)
    assert len(visitor.queued(page)) == 3
    visitor.context.set_offline(False)  # the browser says so, nobody waits for a timer
    visitor.until(page, lambda: not visitor.queued(page), 2)
    assert numbers(receiver) == ["tel:0", "tel:1", "tel:2"]
    assert set(receiver.deliveries.values()) == {1}


def test_a_browser_that_is_killed(
    browser: Browser, host: Host, receiver: Receiver, tmp_path: Path
) -> None:
    """SIGKILL after the tap, before anything was sent: the next start delivers it."""
    host.html = (
        f'<script src="/core.js" data-site="{SITE}" data-endpoint="{receiver.url}"'
        f' data-automation="allow"></script>{LINK}'
    )
    program = shutil.which("chromium") or "/usr/bin/chromium"
    receiver.rule = lambda _: Answer(HANG_UP)
    port = free_port()
    flags = [*CHROMIUM_FLAGS, "--headless=new", f"--remote-debugging-port={port}"]
    killed = subprocess.Popen(
        [program, *flags, f"--user-data-dir={tmp_path}", host.url],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        end = time.monotonic() + 30
        while True:
            try:
                victim = browser.browser_type.connect_over_cdp(f"http://127.0.0.1:{port}")
                break
            except Exception:
                assert time.monotonic() < end
                time.sleep(0.1)
        page = victim.contexts[0].pages[0]
        page.wait_for_function("window.opsmantik")
        page.click("#tel")
        # What the browser itself needs to bring storage to the disk. A younger tap is in its
        # hands, and was sent at once.
        page.wait_for_timeout(6500)
        assert receiver.sent("phone_call")
        os.killpg(killed.pid, signal.SIGKILL)
        killed.wait()
        assert not receiver.named("phone_call")
        receiver.rule = lambda _: Answer()
        context = browser.browser_type.launch_persistent_context(
            str(tmp_path), executable_path=program, args=CHROMIUM_FLAGS
        )
        page = context.new_page()
        page.goto(host.url)
        page.wait_for_function(
            "!Object.keys(localStorage).some(k => k.startsWith('opsmantik_q'))", timeout=15000
        )
        context.close()
    finally:
        if killed.poll() is None:
            os.killpg(killed.pid, signal.SIGKILL)
            killed.wait()
    assert numbers(receiver) == ["tel:1"]


@pytest.mark.parametrize("hours", [-72, -1, -0.25, 1, 72])
def test_a_clock_that_is_moved(visitor: Visitor, receiver: Receiver, hours: float) -> None:
    receiver.rule = lambda _: Answer(429, OWN, {"Retry-After": "2"})
    page = visitor.open()
    page.click("#tel")
    visitor.until(page, lambda: receiver.sent("phone_call"))
    page.evaluate(
        "ms => { const real = Date.now; Date.now = () => real() + ms }", hours * 3_600_000
    )
    receiver.rule = lambda _: Answer()
    page.evaluate("opsmantik.track('phone_call', {label: 'tel:2'})")
    visitor.until(page, lambda: len(receiver.named("phone_call")) == 2)
    visitor.until(page, lambda: not visitor.queued(page))
    page.reload()
    visitor.until(page, lambda: len(receiver.named("page_view")) == 2)
    assert numbers(receiver) == ["tel:1", "tel:2"]
    assert all(e["g"] >= 0 for e in receiver.stored.values())


def test_a_day_left_open(visitor: Visitor, receiver: Receiver) -> None:
    """Heartbeats end with the visit, nothing piles up, a tap next morning is a new visit."""
    page = clocked(visitor)
    visitor.until(page, lambda: receiver.named("page_view"))
    for _ in range(96):
        page.clock.run_for(900_000)
    for _ in range(3):  # a day in an instant is a timeout to each request: let it back off
        page.clock.fast_forward(601_000)
        page.wait_for_timeout(100)
    before = receiver.hits[0].body["s"]
    assert {hit.body["s"] for hit in receiver.hits} == {before}
    assert len(receiver.named("heartbeat")) <= 30
    assert len(visitor.queued(page)) <= 30
    page.click("#tel")
    visitor.until(page, lambda: receiver.named("phone_call"))
    assert receiver.sent("phone_call")[-1].body["s"] != before
    page.clock.fast_forward(601_000)
    visitor.until(page, lambda: not visitor.queued(page))
    assert numbers(receiver) == ["tel:1"]


def test_what_a_full_queue_dropped_is_told(visitor: Visitor, receiver: Receiver) -> None:
    receiver.rule = lambda _: Answer(HANG_UP)
    page = visitor.open()
    page.click("#tel")
    page.evaluate("for (let n = 0; n < 150; n++) opsmantik.track('step')")
    assert len(visitor.queued(page)) == 100
    dropped = 2 + 150 - 100
    page.evaluate(HIDDEN, True)  # one more, the end of the visit; a beacon tells nothing
    page.evaluate(HIDDEN, False)
    page.wait_for_timeout(200)
    receiver.rule = lambda _: Answer()
    visitor.until(page, lambda: not visitor.queued(page), 15)
    told = [hit.body["d"] for hit in receiver.hits if hit.body.get("d")]
    assert told[-1] == dropped + 1
    page.evaluate("opsmantik.track('after')")
    visitor.until(page, lambda: receiver.named("after"))
    assert not receiver.sent("after")[0].body.get("d")
    assert len(receiver.named("phone_call")) == 1


def test_one_that_a_firewall_hates_holds_up_nobody(visitor: Visitor, receiver: Receiver) -> None:
    """Not sync's own no: kept for a week, but behind the others."""
    refusing(Answer(403, "<html>challenge</html>"), receiver, "hated")
    page = clocked(visitor)
    page.evaluate("['hated', 'b', 'c'].forEach(name => opsmantik.track(name))")
    later(page, lambda: len(visitor.queued(page)) == 1)
    assert {e["a"] for e in receiver.stored.values()} >= {"page_view", "b", "c"}


def test_a_blocked_tap_does_not_hold_up_others(visitor: Visitor, receiver: Receiver) -> None:
    leave(visitor, {77: DAY, 78: DAY // 2})
    refusing(Answer(403, "<html>challenge</html>"), receiver, "tel:77")
    page = clocked(visitor)
    later(page, lambda: numbers(receiver) == ["tel:78"])
    page.wait_for_timeout(200)
    assert visitor.queued(page) == ["opsmantik_q77"]


@pytest.mark.parametrize(
    "damage",
    [
        "for (const type of ['click', 'pointerdown', 'submit', 'scroll'])"
        " addEventListener(type, () => { throw new Error('theirs') }, true)",
        "const real = window.fetch; window.fetch = function (...a) {"
        " return real.apply(this, a).then(r => r.clone()) }",
        "JSON.stringify = () => '{}'; JSON.parse = () => ({})",
        "Storage.prototype.setItem = function () {}",
        "history.pushState = history.replaceState = () => { throw 1 }",
        "Promise.prototype.finally = null; String.prototype.includes = null",
    ],
)
def test_pages_that_fight(visitor: Visitor, receiver: Receiver, damage: str) -> None:
    """Changed after the script was read, as plugins do."""
    visitor.carry(LINK)
    visitor.before(f"addEventListener('DOMContentLoaded', () => {{ {damage} }})")
    page = visitor.open()
    page.click("#tel")
    visitor.until(page, lambda: receiver.named("phone_call"))
    page.wait_for_timeout(300)
    assert numbers(receiver) == ["tel:1"]
    visitor.errors[:] = [error for error in visitor.errors if "theirs" not in error]


def test_thousands_of_links(visitor: Visitor, receiver: Receiver) -> None:
    visitor.carry(
        LINK + "<script>for (let n = 0; n < 5000; n++) document.write("
        '`<p><a id="l${n}" href="tel:9${n}">x</a>`)</script>'
    )
    page = visitor.open()
    page.click("#l4321")
    visitor.until(page, lambda: receiver.named("phone_call"))
    assert numbers(receiver) == ["tel:94321"]


def worst_task(visitor: Visitor, receiver: Receiver) -> float:
    """A visit with a full queue, four times slowed: the longest task, in ms of its thread."""
    receiver.rule = lambda _: BUSY
    page = visitor.open()
    page.evaluate("for (let n = 0; n < 120; n++) opsmantik.track('step', {label: 'x'.repeat(99)})")
    assert len(visitor.queued(page)) == 100
    client = visitor.context.new_cdp_session(page)
    client.send("Emulation.setCPUThrottlingRate", {"rate": 4})
    browser = visitor.context.browser
    assert browser is not None
    browser.start_tracing(page=page, categories=["devtools.timeline"])
    page.reload()
    page.click("#tel")
    page.evaluate("scrollTo(0, 9000)")
    receiver.hits.clear()
    receiver.rule = lambda _: Answer()
    visitor.until(page, lambda: receiver.named("phone_call"), 30)
    visitor.until(page, lambda: not visitor.queued(page), 60)
    page.goto("about:blank")
    found = json.loads(browser.stop_tracing())["traceEvents"]
    page.close()
    ours = [
        event
        for event in found
        if event["name"] in ("EvaluateScript", "FunctionCall", "RunMicrotasks")
        and "core.js" in event.get("args", {}).get("data", {}).get("url", "core.js")
    ]
    assert {event["name"] for event in ours} >= {"EvaluateScript", "FunctionCall"}
    return max(float(event["tdur"]) for event in ours if "tdur" in event) / 1000


def test_no_long_task_on_a_slow_phone(visitor: Visitor, receiver: Receiver) -> None:
    """What is long by its own work is long at every visit; what the machine adds is not."""
    visitor.carry(LINK + "<div style='height: 9000px'></div>")
    seen: list[float] = []
    while len(seen) < 5 and min(seen, default=50) >= 50:
        seen.append(worst_task(visitor, receiver))
    assert min(seen) < 50


def test_an_older_version_is_read_and_keeps_its_name(visitor: Visitor, receiver: Receiver) -> None:
    leave(visitor, {55: 1000})
    page = visitor.open()
    visitor.until(page, lambda: receiver.named("phone_call"))
    visitor.until(page, lambda: receiver.named("page_view"))
    versions = {hit.body["v"] for hit in receiver.hits}
    assert "0.9" in versions
    [mine] = versions - {"0.9"}
    assert re.fullmatch(r"\d+\.\d+\.\d+", mine)
    assert json.loads(receiver.sent("phone_call")[0].text)["s"].startswith("00000000")
