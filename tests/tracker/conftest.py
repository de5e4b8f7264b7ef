"""A visitor's browser on a customer's page. No page may ever see an error."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.tracker.receiver import Host, Receiver

SITE = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    server = Receiver()
    yield server
    server.close()


@pytest.fixture
def host() -> Iterator[Host]:
    server = Host()
    yield server
    server.close()


class Visitor:
    """One browser profile; its tabs share storage."""

    def __init__(self, context: BrowserContext, host: Host, receiver: Receiver) -> None:
        self.context, self.host, self.receiver = context, host, receiver
        self.errors: list[str] = []
        context.on("weberror", lambda error: self.errors.append(str(error.error)))
        self.tag = 'data-automation="allow"'

    def carry(self, body: str, tag: str | None = None) -> None:
        """What the page holds besides the script tag."""
        attributes = self.tag if tag is None else tag
        self.host.html = (
            '<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,">'
            "<title>Çilingir</title>"
            f'<script defer src="/core.js" data-site="{SITE}"'
            f' data-endpoint="{self.receiver.url}/" {attributes}></script>{body}'
        )

    def open(self, path: str = "/", page: Page | None = None) -> Page:
        """Goes there, in a new tab unless one is given."""
        page = page or self.context.new_page()
        page.goto(self.host.url + path)
        return page

    def before(self, script: str) -> None:
        """Runs on every page before its own scripts."""
        self.context.add_init_script(f"if (location.host) {{ {script} }}")

    def until(self, page: Page, ready: Callable[[], Any], seconds: float = 8) -> None:
        """Waits, with the page running."""
        end = time.monotonic() + seconds
        while not ready():
            assert time.monotonic() < end, f"waited {seconds} s: {self.receiver.hits}"
            page.wait_for_timeout(30)

    def kept(self, page: Page) -> list[str]:
        """Names of what the tracker has on the device."""
        names: list[str] = page.evaluate("Object.keys(localStorage).sort()")
        return [name for name in names if name.startswith("opsmantik")]

    def queued(self, page: Page) -> list[str]:
        """Names of the envelopes on the device."""
        return [name for name in self.kept(page) if name.startswith("opsmantik_q")]


@pytest.fixture
def visitor(browser: Browser, host: Host, receiver: Receiver) -> Iterator[Visitor]:
    context = browser.new_context()
    visitor = Visitor(context, host, receiver)
    visitor.carry('<a id="tel" href="tel:05321234567">Ara</a>')
    yield visitor
    context.close()
    assert not visitor.errors
