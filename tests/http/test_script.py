"""The tracker through PostgREST: the file, as a script tag needs it."""

from __future__ import annotations

import hashlib

from pyctl import config
from tests.harness.rest import Api

FILE = (config.REPO / "tracker" / "core.js").read_bytes()


def test_it_is_the_file_in_the_tree(api: Api) -> None:
    answer = api.client.get("/rpc/core.js", headers={"Origin": "https://site.example"})
    assert answer.status_code == 200
    assert answer.content == FILE
    assert answer.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "public, max-age=300"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert answer.headers["Access-Control-Allow-Origin"] in ("*", "https://site.example")
    assert answer.headers["ETag"] == f'"{hashlib.sha256(FILE).hexdigest()[:16]}"'


def test_who_has_it_is_told_so(api: Api) -> None:
    tag = api.client.get("/rpc/core.js").headers["ETag"]
    for known in (tag, f"W/{tag}"):
        answer = api.client.get("/rpc/core.js", headers={"If-None-Match": known})
        assert (answer.status_code, answer.content) == (304, b"")
        assert answer.headers["ETag"] == tag
    old = api.client.get("/rpc/core.js", headers={"If-None-Match": '"0123456789abcdef"'})
    assert old.content == FILE


def test_any_accept_gets_the_script(api: Api) -> None:
    for accept in ("*/*", "text/javascript", "application/json", "image/avif"):
        answer = api.client.get("/rpc/core.js", headers={"Accept": accept})
        assert answer.headers["Content-Type"].startswith("text/javascript")
