"""Authorization code with PKCE: from another issuer's log-in page to the lead inbox."""

from __future__ import annotations

import hashlib
import http.server
import json
import re
import secrets
import ssl
import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
from playwright.sync_api import Browser

from pyctl import config
from tests.harness.issuer import CLIENT, REDIRECT, Issuer, b64
from tests.harness.known_issuer import home, issuer, pyctl, rest
from tests.harness.rest import Api
from tests.harness.world import World

__all__ = ["home", "issuer", "pyctl", "rest"]

EMAIL = "zeynep@people.example"
PERSON = {"sub": "z-1", "email": EMAIL, "email_verified": True, "name": "Zeynep"}
PAGE = config.REPO / "docs" / "how-to" / "sign-in.md"


@pytest.fixture
def client(issuer: Issuer) -> Iterator[httpx.Client]:
    """A browser that trusts the issuer's certificate."""
    context = ssl.create_default_context(cafile=str(issuer.certificate))
    with httpx.Client(verify=context, timeout=20) as made:
        yield made


def invite(api: Api, world: World) -> str:
    """A link to acme for EMAIL; gives its token."""
    site, owner = world.site("acme"), world.owner("acme")
    said = {"site_id": site.id, "email": EMAIL, "role": "editor"}
    assert api.call("invite_member", said, token=owner.token).status_code == 200
    return world.link(EMAIL)


def code_for(client: httpx.Client, where: dict[str, Any], verifier: str, **changes: str) -> str:
    """Through the log-in page; the code it sends back with."""
    asked = {
        "response_type": "code",
        "client_id": CLIENT,
        "redirect_uri": REDIRECT,
        "state": "s-1",
        "code_challenge": b64(hashlib.sha256(verifier.encode()).digest()),
        "code_challenge_method": "S256",
    }
    answer = client.get(where["authorization_endpoint"], params={**asked, **changes})
    assert answer.status_code == 302, answer.text
    back = dict(parse_qsl(urlsplit(answer.headers["Location"]).query))
    assert back["state"] == "s-1"
    return back["code"]


def test_from_the_log_in_page_to_the_inbox(
    api: Api, world: World, issuer: Issuer, client: httpx.Client
) -> None:
    issuer.person = PERSON
    where = client.get(f"{issuer.url}/.well-known/openid-configuration").json()
    assert where["issuer"] == issuer.url
    verifier = secrets.token_urlsafe(48)

    def exchange(code: str, **changes: str) -> httpx.Response:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "client_id": CLIENT,
            "redirect_uri": REDIRECT,
            "code_verifier": verifier,
        }
        return client.post(where["token_endpoint"], data={**form, **changes})

    for wrong in (
        {"code_verifier": secrets.token_urlsafe(48)},
        {"code_verifier": ""},
        {"redirect_uri": "https://evil.example/"},
        {"client_id": "another-app"},
    ):
        assert exchange(code_for(client, where, verifier), **wrong).status_code == 400, wrong
    plain = {"code_challenge": verifier, "code_challenge_method": "plain"}
    assert client.get(where["authorization_endpoint"], params=plain).status_code == 400
    code = code_for(client, where, verifier)
    token = exchange(code).json()["access_token"]
    assert exchange(code).status_code == 400  # a code is good once

    assert api.call("profile", token=token).json() == []
    (me,) = api.call("sign_in", token=token).json()
    assert (me["email"], me["display_name"], me["role"]) == (EMAIL, "Zeynep", "user")
    site = {"site_id": world.site("acme").id}
    assert api.call("recent_intents", site, token=token).status_code == 404
    accepted = api.call("accept_invite", {"token": invite(api, world)}, token=token)
    assert (accepted.status_code, accepted.json()["role"]) == (200, "editor")
    assert api.call("recent_intents", site, token=token).json() == []
    members = api.call("members", site, token=world.owner("acme").token).json()
    assert (me["id"], EMAIL) in {(one["user_id"], one["email"]) for one in members}


def test_the_documented_sample_in_a_browser(
    api: Api, world: World, issuer: Issuer, browser: Browser
) -> None:
    """docs/how-to/sign-in.md, word for word, on a page of the frontend."""
    issuer.person = {**PERSON, "sub": "z-2", "name": "Deniz"}
    (script,) = re.findall(r"```js\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    settings = {"ISSUER": issuer.url, "CLIENT": CLIENT, "API": api.url}
    for name, value in settings.items():
        script, count = re.subn(
            rf"const {name} = .*", f"const {name} = {json.dumps(value)}", script
        )
        assert count == 1, name
    html = "<!doctype html><title>app</title><button>Sign in</button>"

    class Frontend(http.server.BaseHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            pass

        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(f"{html}<script type=module>{script}</script>".encode())

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Frontend)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}).start()
    frontend = f"http://localhost:{server.server_address[1]}"
    context = browser.new_context(ignore_https_errors=True)
    page = context.new_page()
    page.goto(f"{frontend}/")
    page.click("button")
    page.wait_for_selector("text=Deniz")
    assert page.url == f"{frontend}/signed-in"  # code and state are gone from the address
    kept = page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")
    context.close()
    server.shutdown()
    server.server_close()
    assert kept == "[{},{}]"  # no token, and no verifier any more
    made = "select count(*) from app.profiles where display_name = 'Deniz' and issuer = %(iss)s"
    assert world.value(made, iss=issuer.url) == 1
