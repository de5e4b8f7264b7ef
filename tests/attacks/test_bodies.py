"""Bodies as no client writes them, to every function: refused clearly, never a 5xx.

Wrong values for each argument: tests/http/test_errors.py::test_odd_arguments.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from tests.attacks.doors import FILES, OPEN
from tests.harness.requests import REQUESTS
from tests.harness.rest import Api, Rest
from tests.harness.world import Site, World
from tests.http.test_errors import tells_nothing

pytestmark = pytest.mark.usefixtures("fresh_buckets")

FUNCTIONS = [name for name in REQUESTS if name not in FILES]
LEVELS = 100_000
MEGABYTES = "x" * (10 * 1024 * 1024)
DEEP = ["[" * LEVELS + "]" * LEVELS, '{"a":' * LEVELS + "1" + "}" * LEVELS]
WHOLE: dict[str, bytes] = {
    "a list": b'[{"site_id": null}]',
    "NaN": b'{"site_id": NaN}',
    "Infinity": b'{"amount": -Infinity}',
    "a number": b"1e999999",
    "a huge number": b'{"version": 1e131071}',
    "text with NUL": b'"\\u0000"',
    "a NUL byte": b'{"site_id": "\x00"}',
    "a lone surrogate as key": b'{"\\ud800": 1}',
    "bytes that are no text": b'{"site_id": "\xff\xfe"}',
    "a byte order mark": b"\xef\xbb\xbf{}",
    "a key twice": b'{"site_id": "x", "site_id": "y"}',
    "no end": b'{"site_id": "',
    "two": b"{}{}",
    "nothing": b"",
    "blanks": b" \t\n",
}


@pytest.fixture(scope="module")
def patient(world: World) -> Iterator[None]:
    """Time enough on a machine that has none: what is asked here is what becomes of it."""
    limits = {"anon": "3s", "authenticated": "10s"}
    for role in limits:
        world.rows(f"alter role {role} set statement_timeout = '100s'")
    yield
    for role, limit in limits.items():
        world.rows(f"alter role {role} set statement_timeout = '{limit}'")


@pytest.fixture(scope="module")
def api(patient: None, rest: Rest) -> Iterator[Api]:  # noqa: ARG001
    """PostgREST reads the limits of the roles when it starts."""
    client = Api(rest.url)
    client.client.timeout = httpx.Timeout(100)
    yield client
    client.close()


def post(api: Api, name: str, body: bytes, token: str | None) -> httpx.Response:
    kind = "text/plain" if name == "sync" else "application/json"
    headers = {"Content-Type": kind} | ({"Authorization": f"Bearer {token}"} if token else {})
    return api.client.post(f"/rpc/{name}", content=body, headers=headers)


def whole(name: str, answer: httpx.Response) -> None:
    """No 5xx (a health without a row is one of its own), and nothing of our insides."""
    if name == "health" and answer.status_code == 500 and "stale" in answer.text:
        return
    tells_nothing(answer)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_whole_bodies(api: Api, world: World, name: str) -> None:
    token = None if name in OPEN else world.owner("acme").token
    for body in WHOLE.values():
        whole(name, post(api, name, body, token))


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("sync", None),
        ("call_event", None),
        ("login", "email"),
        ("refresh_token", "refresh_token"),
        ("seal", "call_id"),
        ("seal", "amount"),
        ("bulk_action", "items"),
        ("update_site", "changes"),
        ("create_api_key", "scopes"),
    ],
)
def test_a_hundred_thousand_levels(api: Api, world: World, name: str, field: str | None) -> None:
    """Where a parser gives up it says so: 400 of PostgREST, 413 of PostgreSQL."""
    token = None if name in OPEN else world.owner("acme").token
    for deep in DEEP:
        answer = post(api, name, deep.encode(), token)
        assert answer.status_code in (400, 404, 413), answer.text
        whole(name, answer)
        if field:
            body = json.dumps({**REQUESTS[name], field: "RAW"}).replace('"RAW"', deep)
            answer = post(api, name, body.encode(), token)
            assert answer.status_code in (400, 413), answer.text
            whole(name, answer)


BIG: list[tuple[str, dict[str, Any], int]] = [
    ("login", {"email": MEGABYTES, "password": "x"}, 401),
    ("login", {"email": "a@b.example", "password": MEGABYTES}, 401),
    ("request_password_reset", {"email": MEGABYTES}, 200),
    ("reset_password", {"token": MEGABYTES, "password": "x"}, 404),
    ("accept_invite", {"token": MEGABYTES, "password": "x"}, 404),
    ("refresh_token", {"refresh_token": MEGABYTES}, 401),
    ("logout", {"refresh_token": MEGABYTES}, 204),
    ("key_login", {"api_key": MEGABYTES}, 401),
    ("call_event", {"k": MEGABYTES}, 413),
    ("change_password", {"old_password": MEGABYTES, "new_password": "x"}, 403),
    ("update_profile", {"display_name": MEGABYTES}, 400),
    ("recent_intents", {"site_id": "", "search": MEGABYTES}, 400),
    ("recent_intents", {"site_id": "", "cursor": MEGABYTES}, 400),
    ("create_call", {"site_id": "", "note": MEGABYTES}, 400),
    ("create_call", {"site_id": "", "caller_phone": "9" * 10**7}, 400),
    ("create_call", {"site_id": "", "idempotency_key": MEGABYTES}, 400),
    ("bulk_action", {"site_id": "", "action": "junk", "items": [MEGABYTES]}, 400),
    ("update_site", {"site_id": "", "version": 1, "changes": {"config": {"a": MEGABYTES}}}, 400),
    ("update_site", {"site_id": "", "version": 1, "changes": {"config": ["a"] * 10**6}}, 400),
    ("update_site", {"site_id": "", "version": 1, "changes": {MEGABYTES: 1}}, 400),
    ("invite_member", {"site_id": "", "email": f"a@{MEGABYTES}", "role": "viewer"}, 400),
    ("create_api_key", {"site_id": "", "name": "x", "scopes": ["read"] * 10**6}, 400),
    ("create_api_key", {"site_id": "", "name": MEGABYTES, "scopes": ["read"]}, 400),
    ("erase_person", {"site_id": "", "phone": "5" * 10**7}, 400),
    ("export_person", {"site_id": "", "visitor_id": MEGABYTES}, 400),
]  # fmt: skip


@pytest.mark.parametrize(("name", "said", "status"), BIG)
def test_ten_megabytes(
    api: Api, world: World, site: Site, name: str, said: dict[str, Any], status: int
) -> None:
    """Where a proxy lets them through: refused, and nothing of them is kept."""
    token = None if name in OPEN else world.owner(site.name).token
    said = {**said, **({"site_id": site.id} if "site_id" in said else {})}
    answer = post(api, name, json.dumps(said).encode(), token)
    assert answer.status_code == status, answer.text[:500]
    assert len(answer.content) < 2000
    whole(name, answer)
    kept = "select max(pg_column_size(t.*)) from {} as t"
    for table in ("app.sites", "app.calls", "access.api_keys", "app.audit_log", "ops.bad_rows"):
        assert (world.value(kept.format(table)) or 0) < 100_000, table


def test_ten_megabytes_to_sync(api: Api, world: World, site: Site) -> None:
    body = json.dumps({"k": site.key, "e": MEGABYTES}).encode()
    assert post(api, "sync", body, None).status_code == 413
    assert world.value("select count(*) from ops.bad_rows where site_id = %(s)s", s=site.id) == 0


def test_compressed_and_foreign_bodies(api: Api, world: World) -> None:
    """Only JSON is read, and nothing is unpacked."""
    token = world.owner("acme").token
    for kind in ("text/csv", "application/x-www-form-urlencoded", "application/octet-stream",
                 "multipart/form-data; boundary=x", "application/xml", "", "x"):  # fmt: skip
        headers = {"Authorization": f"Bearer {token}", "Content-Type": kind}
        answer = api.client.post("/rpc/sites", content=b"a,b\n1,2\n", headers=headers)
        tells_nothing(answer)
    headers = {"Authorization": f"Bearer {token}", "Content-Encoding": "gzip"}
    answer = api.client.post("/rpc/members", content=b"\x1f\x8b" + b"\x00" * 999, headers=headers)
    tells_nothing(answer)


def test_slow_bodies_hold_no_connection_of_the_database(api: Api, world: World) -> None:
    """More of them than there are connections: the others are served, nothing is begun for them."""
    url = urlsplit(api.url)
    head = (
        f"POST /rpc/{{}} HTTP/1.1\r\nHost: {url.netloc}\r\nContent-Type: {{}}\r\n"
        "Content-Length: 5000\r\n\r\n{{"
    )
    slow = []
    try:
        for number in range(60):
            one = socket.create_connection((url.hostname, url.port), timeout=20)
            slow.append(one)
            name, kind = (("sync", "text/plain"), ("login", "application/json"))[number % 2]
            one.sendall(head.format(name, kind).encode())
        for _ in range(3):
            for one in slow:
                one.sendall(b" ")
            assert api.call("contract_version").status_code == 200
            assert api.call("sites", token=world.owner("acme").token).status_code == 200
        busy = world.value(
            "select count(*) from pg_stat_activity where usename = 'authenticator'"
            " and datname = current_database() and state <> 'idle'"
        )
        assert busy == 0
    finally:
        for one in slow:
            one.close()
