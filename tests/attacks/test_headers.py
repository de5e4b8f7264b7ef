"""Headers: ten thousand of them, forged addresses and places, two of what there should be one."""

from __future__ import annotations

import contextlib
import http.client
import socket
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.harness.rest import Api
from tests.harness.world import World
from tests.http.test_errors import tells_nothing
from tests.http.visit import Visit, event, post, said, tap

Headers = Callable[..., dict[str, str]]


def raw(api: Api, head: str, body: str = "") -> tuple[int, str]:
    """Exactly these lines to PostgREST."""
    url = urlsplit(api.url)
    with socket.create_connection((url.hostname, url.port), timeout=60) as one:
        try:
            one.sendall(head.replace("\n", "\r\n").encode("latin-1") + b"\r\n" + body.encode())
            with contextlib.closing(http.client.HTTPResponse(one)) as answer:
                answer.begin()
                return answer.status, answer.read().decode()
        except (ConnectionResetError, BrokenPipeError):
            # It hangs up on what it will not read to the end.
            return 400, ""


def request(*lines: str, name: str = "sync") -> str:
    kind = "text/plain" if name == "sync" else "application/json"
    first = f"POST /rpc/{name} HTTP/1.1\nHost: x\nContent-Type: {kind}\nContent-Length: 2\n"
    return first + "".join(f"{line}\n" for line in lines)


@pytest.mark.parametrize("count", [100, 1000, 10_000])
def test_ten_thousand_headers(api: Api, count: int) -> None:
    status, text = raw(api, request(*(f"X-Header-{n}: v" for n in range(count))), "{}")
    assert status in (400, 404, 431), text
    assert api.call("contract_version").status_code == 200


def test_long_headers(api: Api, world: World) -> None:
    """A token of 100 kB among them."""
    assert raw(api, request("X-A: " + "a" * 100_000), "{}")[0] in (400, 404, 431)
    token = world.token(world.owner("acme").id, padding="x" * 75_000)
    assert len(token) > 100_000
    status, text = raw(api, request(f"Authorization: Bearer {token}", name="sites"), "{}")
    assert status in (400, 401, 431), text
    assert "acme" not in text
    assert api.call("contract_version").status_code == 200


def test_a_request_id_forges_no_line(api: Api, world: World, visit: Visit) -> None:
    """What is carried into logs and the audit is one short word."""
    owner = world.owner(visit.site.name)
    for value in (
        "a b",
        "x" * 65,
        "a\tb",
        "x%0ay",
        '{"a":1}',
        "\u202ex".encode().decode("latin-1"),
    ):
        head = {"X-Request-Id": value, "Authorization": f"Bearer {owner.token}"}
        api.client.post(
            "/rpc/create_call", json={"site_id": visit.site.id},
            headers=[(k.encode(), v.encode("latin-1")) for k, v in head.items()],
        )  # fmt: skip
    found = world.rows(
        "select distinct request_id from app.audit_log where site_id = %(s)s", s=visit.site.id
    )
    assert found == [{"request_id": None}]


FORGED = {
    "X-Forwarded-For": "203.0.113.9, 10.0.0.1",
    "Forwarded": "for=203.0.113.9",
    "X-Real-IP": "203.0.113.9",
    "True-Client-IP": "203.0.113.9",
    "CF-Connecting-IP": "203.0.113.9",
    "X-Geo-Country": "TR",
    "X-Geo-City": "Forged",
    "X-Geo-District": "Forged",
    "CF-IPCity": "Forged",
}


@pytest.mark.parametrize("secret", [None, "", "x", "p" * 39, "P" * 40])
def test_addresses_and_places_without_the_proxys_secret(
    api: Api, world: World, visit: Visit, proxy: Headers, secret: str | None
) -> None:
    """Not believed: no place is kept, and a thousand addresses are one."""
    proxy("198.51.100.1")
    headers = FORGED | ({} if secret is None else {"X-Proxy-Secret": secret})
    assert said(post(api, visit.site, visit.batch(event(), tap()), headers))[0] == 200
    row = visit.row(world)
    assert (row["city"], row["district"], row["ip_prefix"]) == (None, None, None)
    world.rows("truncate ops.rate_buckets")
    for number in range(3):
        one = headers | {"X-Real-IP": f"203.0.{number}.9", "X-Forwarded-For": f"203.0.{number}.9"}
        assert api.call("key_login", {"api_key": "x"}, headers=one).status_code == 401
    (bucket,) = world.rows("select key, tokens from ops.rate_buckets")
    assert "203.0." not in bucket["key"]
    assert bucket["tokens"] < 118


@pytest.mark.parametrize("ip", ["", "x", "999.1.1.1", "203.0.113.9, 10.0.0.1", "::ffff:1.2.3.4",
                                "1.2.3.4/0", "'; select 1; --", "0.0.0.0", "::"])  # noqa: S104 # fmt: skip
def test_odd_addresses_from_the_proxy(
    api: Api, world: World, visit: Visit, proxy: Headers, ip: str
) -> None:
    headers = {**proxy(ip), "X-Geo-City": "%ff%00%E2%80%AE'\"<x>" + "y" * 5000}
    answer = post(api, visit.site, visit.batch(event(), tap()), headers)
    assert said(answer)[:3] == (200, "stored", 2), answer.text
    row = visit.row(world)
    assert len(row["city"] or "") <= 200
    assert "/0" not in str(row["ip_prefix"]) or ip in ("", "x")


def test_two_authorizations(api: Api, world: World) -> None:
    """PostgREST verifies the first and shows us the last: they must be one."""
    owner, boss = world.owner("acme"), world.admin()
    ours, theirs = (f"Authorization: Bearer {person.token}" for person in (owner, boss))
    for lines in (
        (ours, theirs),
        (theirs, ours),
        (ours, "Authorization: Bearer x"),
        ("Authorization: Bearer x", ours),
        (ours, "Authorization: Bearer eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.e30.x"),
        (ours, "Authorization: Basic eDp5"),
        (ours, ours[:-1]),
    ):
        status, text = raw(api, request(*lines, name="sites"), "{}")
        assert status == 401, (lines, text)
        assert "acme" not in text


def test_two_of_other_headers(api: Api, visit: Visit, proxy: Headers, world: World) -> None:
    """The proxy overwrites what it says; two secrets, or a secret among others, are none."""
    good = proxy("198.51.100.1")["X-Proxy-Secret"]
    status, text = raw(
        api, request(f"X-Proxy-Secret: {good}", "X-Proxy-Secret: x", "X-Real-IP: 203.0.113.9"), "{}"
    )
    assert status == 404, text
    status, text = raw(
        api, request("Origin: https://a.example", f"Origin: {visit.site.domain}"), "{}"
    )
    assert status == 404, text
    assert world.rows("select from app.sessions where site_id = %(s)s", s=visit.site.id) == []


@pytest.mark.parametrize(
    "headers",
    [
        {"Range": "0-0"},
        {"Range-Unit": "items", "Range": "1-0"},
        {"Range": "99999999999999999999-"},
        {"If-None-Match": "*"},
        {"Content-Profile": "app"},
        {"Accept-Profile": "pg_catalog"},
        {"Accept": "x" * 2000},
        {"Accept": "*/*;q=0, application/json;q=0"},
        {"Content-Type": "application/json; charset=utf-7"},
        {"X-HTTP-Method-Override": "DELETE"},
        {"Prefer": "x" * 5000},
        {"Cookie": "=;;;=" + "a=b;" * 500},
        {"Origin": "null"},
        {"Origin": "https://acme.example.evil.example"},
        {"Authorization": "Digest x"},
        {"Authorization": "Negotiate x"},
        {"Authorization": "Basic x"},
    ],
)
def test_odd_headers(api: Api, world: World, headers: dict[str, str]) -> None:
    for name, arguments in (("sites", {}), ("login", {"email": "x", "password": "x"})):
        for token in (None, world.owner("acme").token):
            world.rows("truncate ops.rate_buckets")
            answer: Any = api.call(name, arguments, token=token, headers=headers)
            tells_nothing(answer)
    world.rows("truncate ops.rate_buckets")
