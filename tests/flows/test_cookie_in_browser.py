"""The refresh cookie in a real browser: the page uses it and never sees it, no other site can."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser

from tests.harness import tls
from tests.harness.rest import Api
from tests.harness.world import World

PASSWORD = "correct horse battery"
NAME = "__Secure-opsmantik_refresh"
CALL = """async ([name, body]) => {
  const answer = await fetch("/rpc/" + name, {
    method: "POST", headers: {"Content-Type": "application/json"}, body: JSON.stringify(body),
  })
  return [answer.status, await answer.json()]
}"""
FORM = """<form method=post action="{url}/rpc/refresh_token"><button>win</button></form>"""
LOGIN_FORM = """<form method=post action="{url}/rpc/login"><input name=email value="{email}">
<input name=password value="{password}"><input name=use_cookie value={use_cookie}>
<button>win</button></form>"""


class Front(http.server.ThreadingHTTPServer):
    """A TLS proxy as it stands before PostgREST; ``seen`` are the cookies of each call."""

    daemon_threads = True

    def __init__(self, host: str, api: str, certificate: tuple[Path, Path]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.socket = tls.server_context(*certificate).wrap_socket(self.socket, server_side=True)
        self.url = f"https://{host}:{self.server_address[1]}"
        self.api, self.page = api, "<!doctype html><title>app</title>"
        self.seen: list[tuple[str, str]] = []
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}).start()

    def close(self) -> None:
        self.shutdown()
        self.server_close()


class _Handler(http.server.BaseHTTPRequestHandler):
    server: Front

    def log_message(self, *_: Any) -> None:
        pass

    def reply(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self.send_response(status)
        for name, value in [*headers, ("Content-Length", str(len(body)))]:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self) -> None:
        self.reply(200, [("Content-Type", "text/html")], self.server.page.encode())

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.seen.append((self.path, self.headers.get("Cookie", "")))
        passed = {k: v for k, v in self.headers.items() if k.lower() not in ("host", "connection")}
        answer = httpx.post(self.server.api + self.path, content=body, headers=passed, timeout=20)
        kept = ("content-type", "set-cookie")
        headers = [(k, v) for k, v in answer.headers.multi_items() if k in kept]
        self.reply(answer.status_code, headers, answer.content)


@pytest.fixture
def fronts(api: Api, tmp_path: Path) -> Iterator[tuple[Front, Front]]:
    """Ours, and another site's."""
    certificate = tls.make_certificate(tmp_path)
    ours = Front("localhost", api.url, certificate)
    other = Front("127.0.0.1", api.url, certificate)
    other.page = FORM.format(url=ours.url)
    yield ours, other
    ours.close()
    other.close()


def test_the_cookie_in_a_browser(
    world: World, browser: Browser, fronts: tuple[Front, Front]
) -> None:
    ours, other = fronts
    person = world.owner("acme")
    world.set_password(person, PASSWORD)
    context = browser.new_context(ignore_https_errors=True)
    page = context.new_page()
    page.goto(ours.url)
    said = {"email": person.email, "password": PASSWORD, "use_cookie": True}
    status, answer = page.evaluate(CALL, ["login", said])
    assert (status, answer["refresh_token"]) == (200, None)
    assert page.evaluate("document.cookie") == ""
    (cookie,) = [one for one in context.cookies() if one.get("name") == NAME]
    assert (cookie.get("httpOnly"), cookie.get("sameSite")) == (True, "Strict")

    page.reload()  # the access token is gone with the page
    status, answer = page.evaluate(CALL, ["refresh_token", {}])
    assert (status, answer["refresh_token"]) == (200, None)
    assert answer["access_token"]
    page.evaluate(CALL, ["contract_version", {}])
    assert [NAME in sent for _, sent in ours.seen] == [False, True, False]  # and goes nowhere else

    stranger = context.new_page()
    stranger.goto(other.url)
    with stranger.expect_navigation() as arrived:
        stranger.click("button")
    assert arrived.value.status in (401, 403)
    path, sent = ours.seen[-1]
    assert (path, NAME in sent) == ("/rpc/refresh_token", False)
    # nor does its form log the browser in as somebody of its own
    # nor takes the cookie by which its accounts know it
    said = {"url": ours.url, "email": person.email, "password": PASSWORD}
    before = context.cookies()
    assert len(before) == 2
    for use_cookie, status in (("true", 403), ("false", 200)):
        other.page = LOGIN_FORM.format(**said, use_cookie=use_cookie)
        stranger.goto(other.url)
        with stranger.expect_navigation() as arrived:
            stranger.click("button")
        assert (arrived.value.status, context.cookies()) == (status, before)
    status, answer = page.evaluate(CALL, ["refresh_token", {}])
    assert (status, bool(answer["access_token"])) == (200, True)  # and ours still stands
    context.close()
