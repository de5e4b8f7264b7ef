"""Random walks: ``python -m tests.soak.walk API KEY SEED COUNT SECONDS`` says what visitors did.

A walk is one browser profile with up to three tabs on a customer's page, and a door between it and
PostgREST that fails in every way it can. Prints a line of JSON for each walk: what was done.
"""

from __future__ import annotations

import http.client
import json
import random
import shutil
import sys
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.harness.plugin import CHROMIUM_FLAGS
from tests.tracker.receiver import Host, Server

MODES = {
    "pass": 8,
    "cut before": 2,  # nothing arrives
    "cut after": 3,  # it arrives, its answer does not
    "500": 1,
    "404 of a proxy": 1,
    "403 of a firewall": 1,
    "429": 1,
    "a portal": 1,
    "slow": 1,
}
ANSWERS: dict[str, tuple[int, str, dict[str, str]]] = {
    "500": (500, "oops", {}),
    "404 of a proxy": (404, "<html>nginx</html>", {}),
    "403 of a firewall": (403, "<html>challenge</html>", {}),
    "429": (429, "{}", {"Retry-After": "1"}),
    "a portal": (200, "<html>Please log in</html>", {}),
}
HIDE = """state => {
    Object.defineProperty(document, 'hidden', {value: state, configurable: true});
    document.dispatchEvent(new Event('visibilitychange', {bubbles: true}));
}"""
QUEUED = "Object.keys(localStorage).filter(k => k.startsWith('opsmantik_q')).length"


class Door(Server):
    """Stands before PostgREST; ``mode`` says how it fails."""

    def __init__(self, api: str) -> None:
        door = self
        self.mode: Callable[[], str] = lambda: "pass"
        target = urlsplit(api).netloc

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                mode = door.mode()
                if mode == "slow":
                    time.sleep(0.3)
                if mode in ("pass", "slow", "cut after"):
                    link = http.client.HTTPConnection(target, timeout=30)
                    kept = ("Content-Type", "Origin", "User-Agent")
                    headers = {name: self.headers[name] for name in kept if self.headers[name]}
                    link.request("POST", self.path, body, headers)
                    answer = link.getresponse()
                    status, text = answer.status, answer.read().decode()
                    said = {"Retry-After": answer.headers["Retry-After"] or ""}
                    link.close()
                elif mode in ANSWERS:
                    status, text, said = ANSWERS[mode]
                if mode in ("cut before", "cut after"):
                    self.close_connection = True
                    return
                try:
                    self.send_response(status)
                    self.send_header("Access-Control-Allow-Origin", "*")
                    self.send_header("Access-Control-Expose-Headers", "Retry-After")
                    self.send_header("Content-Length", str(len(text.encode())))
                    for name, value in said.items():
                        if value:
                            self.send_header(name, value)
                    self.end_headers()
                    self.wfile.write(text.encode())
                except OSError:
                    pass  # the page has gone

            def log_message(self, *args: object) -> None:
                pass

        super().__init__(Handler)


class Walk:
    """One visitor."""

    def __init__(self, context: BrowserContext, host: Host, door: Door, name: int) -> None:
        self.context, self.host, self.door = context, host, door
        self.chance = random.Random(name)  # noqa: S311 (the walk must be repeatable)
        self.serial = name * 1000 + 10_000_000_000
        self.taps: list[str] = []
        self.steps: list[str] = []
        self.errors: list[str] = []
        self.log: list[str] = []
        context.on("weberror", lambda error: self.errors.append(str(error.error)))
        self.pages: list[Page] = []
        self.mode = "pass"
        self.door.mode = lambda: self.mode

    def label(self) -> str:
        self.serial += 1
        return f"tel:{self.serial}"

    def page(self) -> Page:
        if not self.pages:
            self.visit()
        return self.chance.choice(self.pages)

    def visit(self) -> None:
        if len(self.pages) < 3:
            self.pages.append(self.context.new_page())
            self.pages[-1].goto(f"{self.host.url}/{self.serial}?gclid=walk")

    def tap(self) -> None:
        page, label = self.page(), self.label()
        page.evaluate("href => { document.getElementById('tel').href = href }", label)
        page.click("#tel")
        self.taps.append(label)

    def report(self) -> None:
        page, label = self.page(), self.label()
        page.evaluate("label => opsmantik.track('phone_call', {label})", label)
        self.taps.append(label)

    def leave_by_tap(self) -> None:
        """The tap's own handler goes away at once."""
        page, label = self.page(), self.label()
        page.evaluate(
            "([label, to]) => { opsmantik.track('phone_call', {label}); location.href = to }",
            [label, f"{self.host.url}/next{self.serial}"],
        )
        self.taps.append(label)
        page.wait_for_url(f"**/next{self.serial}")

    def step(self) -> None:
        page, label = self.page(), self.label()
        page.evaluate("label => opsmantik.track('step', {label})", label)
        self.steps.append(label)

    def move(self) -> None:
        self.page().evaluate("to => history.pushState(0, '', to)", f"/p{self.chance.random()}")

    def reload(self) -> None:
        self.page().reload()

    def close(self) -> None:
        page = self.page()
        self.pages.remove(page)
        page.close(run_before_unload=False)

    def hide(self) -> None:
        page = self.page()
        page.evaluate(HIDE, True)
        page.evaluate(HIDE, False)

    def shift_clock(self) -> None:
        hours = self.chance.choice([-48, -1, 1, 24])
        self.page().evaluate(
            "ms => { const real = Date.now; Date.now = () => real() + ms }", hours * 3_600_000
        )

    def offline(self) -> None:
        self.context.set_offline(True)

    def online(self) -> None:
        self.context.set_offline(False)

    def weather(self) -> None:
        self.mode = self.chance.choices(list(MODES), list(MODES.values()))[0]

    def wait(self) -> None:
        self.page().wait_for_timeout(self.chance.choice([20, 100, 600]))

    def run(self) -> dict[str, Any]:
        likely = {
            self.tap: 4,
            self.report: 2,
            self.leave_by_tap: 2,
            self.step: 3,
            self.weather: 5,
            self.wait: 2,
            self.move: 1,
            self.visit: 2,
            self.reload: 1,
            self.close: 1,
            self.hide: 1,
            self.shift_clock: 1,
            self.offline: 1,
            self.online: 2,
        }
        self.visit()
        is_online = True
        for action in self.chance.choices(
            list(likely), list(likely.values()), k=self.chance.randint(5, 14)
        ):
            if not is_online and action in (self.visit, self.reload, self.leave_by_tap):
                self.online()  # the page itself comes over the network too
                is_online = True
            if not is_online and not self.pages:
                continue
            is_online = {self.offline: False, self.online: True}.get(action, is_online)
            self.log.append(f"{action.__name__} ({self.mode})")
            action()
        self.mode = "pass"
        self.online()
        for page in self.pages:
            page.close()
        last = self.context.new_page()
        end = time.monotonic() + 60
        last.goto(f"{self.host.url}/last")
        while last.evaluate(QUEUED):
            if time.monotonic() > end:
                self.errors.append(f"{last.evaluate(QUEUED)} never left")
                break
            last.wait_for_timeout(40)
        return {"taps": self.taps, "steps": self.steps, "errors": self.errors, "log": self.log}


def main(api: str, key: str, seed: int, count: int, seconds: int) -> None:
    """Walks ``count`` times, beginning none after ``seconds``."""
    end = time.monotonic() + seconds
    host, door = Host(), Door(api)
    host.html = (
        '<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,">'
        f'<script src="/core.js" data-site="{key}" data-endpoint="{door.url}"'
        ' data-automation="allow"></script><a id="tel" href="tel:1">Ara</a>'
        "<script>addEventListener('click', e => e.preventDefault())</script>"
    )
    program = shutil.which("chromium") or "/usr/bin/chromium"
    with sync_playwright() as playwright:
        browser: Browser = playwright.chromium.launch(executable_path=program, args=CHROMIUM_FLAGS)
        for number in range(count):
            if time.monotonic() > end:
                break
            context = browser.new_context()
            walk = Walk(context, host, door, seed + number)
            try:
                said = walk.run()
            except Exception as error:
                raise RuntimeError(f"walk {seed + number}: {walk.log}") from error
            sys.stdout.write(json.dumps({"walk": seed + number, **said}) + "\n")
            sys.stdout.flush()
            context.close()
        browser.close()
    host.close()
    door.close()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], *map(int, sys.argv[3:]))
