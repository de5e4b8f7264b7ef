"""Tokens: only ours, only whole ones, only as long as they say, only while their log-in stands."""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import json
import time
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.harness.rest import Api
from tests.harness.stage import Stage
from tests.harness.world import World, sign

SECRET = "another secret, long enough to be taken"
ROLES = [
    "app_owner",
    "app_definer",
    "postgres",
    "authenticator",
    "service_role",
    "monitor",
    "analyst",
    "pg_read_all_data",
    "",
]


def test_a_token_is_good(api: Api, world: World) -> None:
    assert api.call("sites", token=world.owner("acme").token).status_code == 200


@pytest.mark.parametrize("role", [*ROLES, "authenticated", "anon"])
def test_role_signed_with_another_key(api: Api, world: World, role: str) -> None:
    token = world.token(world.owner("acme").id, role=role, secret=SECRET)
    assert api.call("sites", token=token).status_code == 401


@pytest.mark.parametrize("role", [*ROLES, "anon", 5, None, ["authenticated"]])
def test_role_that_no_issuer_may_name(api: Api, world: World, role: Any) -> None:
    """Signed with our own key, and still no way to another role."""
    token = world.token(world.owner("acme").id, role=role)
    for name in ("sites", "health"):
        answer = api.call(name, token=token)
        allowed = name == "health" and role in ("service_role", "monitor")
        assert answer.status_code in ((500,) if allowed else (400, 401, 403)), answer.text
        assert "acme" not in answer.text


@pytest.mark.parametrize("algorithm", ["none", "None", "HS512", "RS256", ""])
def test_other_algorithms(api: Api, world: World, algorithm: str) -> None:
    _, body, signature = world.owner("acme").token.split(".")
    said = json.dumps({"alg": algorithm, "typ": "JWT"}).encode()
    head = base64.urlsafe_b64encode(said).rstrip(b"=").decode()
    for token in (f"{head}.{body}.", f"{head}.{body}.{signature}"):
        assert api.call("sites", token=token).status_code == 401


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": None},
        {"iss": "somebody-else"},
        {"iss": "OpsMantik"},
        {"iss": 5},
        {"iss": ["opsmantik"]},
        {"sub": None},
        {"sub": ["x"]},
        {"aud": None},
        {"aud": "postgrest"},
        {"aud": ["a", "b"]},
        {"aud": {}},
        {"exp": None},
        {"exp": "9999999999"},
        {"iat": int(time.time()) + 3600},
    ],
)
def test_incomplete_or_foreign_claims(api: Api, world: World, claims: dict[str, Any]) -> None:
    token = world.token(**{"sub": world.owner("acme").id, **claims})
    answers = [api.call("sites", token=token), api.call("health", token=token)]
    answers.append(api.raw_sync("{}", {"Authorization": f"Bearer {token}"}))
    assert [answer.status_code for answer in answers] == [401] * 3


def test_audience_may_be_a_list(api: Api, world: World) -> None:
    token = world.token(world.owner("acme").id, aud=["other", "opsmantik"])
    assert api.call("sites", token=token).status_code == 200


@pytest.mark.parametrize("ago", [1, 5, 29, 3600])
def test_expired_also_within_postgrests_leeway(api: Api, world: World, ago: int) -> None:
    token = world.token(world.owner("acme").id, exp=int(time.time()) - ago)
    answer = api.call("sites", token=token)
    assert answer.status_code == 401
    if ago < 30:
        assert answer.json()["message"] == "token_expired"


@pytest.mark.parametrize("header", ["Bearer ", "Bearer", "bearer  ", "Bearer x", "Bearer a.b.c"])
def test_empty_or_broken_bearer_is_not_anon(api: Api, header: str) -> None:
    host = urlsplit(api.url).netloc
    connection = http.client.HTTPConnection(host, timeout=20)  # httpx refuses to send these
    connection.request("GET", "/rpc/health", headers={"Authorization": header})
    assert connection.getresponse().status == 401
    connection.close()


@pytest.mark.parametrize("body", ["", "{}", "[]", "5", '"x"', '{"role":"authenticated"}'])
def test_tokens_without_claims(api: Api, world: World, body: str) -> None:
    token = world.token("x").split(".")
    part = base64.urlsafe_b64encode(body.encode()).rstrip(b"=").decode()
    assert api.call("sites", token=f"{token[0]}.{part}.{token[2]}").status_code == 401


def test_a_token_for_anon_is_at_most_anon(api: Api, stage: Stage) -> None:
    token = sign({"role": "anon"}, stage.jwt_secret)
    assert api.call("sites", token=token).status_code == 401


def test_sub_of_nobody(api: Api, world: World) -> None:
    for sub in ("", "x", "00000000-0000-0000-0000-000000000000", "' or true --"):
        answer = api.call("sites", token=world.token(sub))
        assert (answer.status_code, answer.json()["message"]) == (401, "login_ended")


def test_a_removed_member_sees_nothing_at_once(api: Api, world: World) -> None:
    world.owner("acme")
    gone = world.member("acme", "editor", "gone")
    said = {"site_id": world.site("acme").id}
    assert api.call("recent_intents", said, token=gone.token).status_code == 200
    world.rows("delete from app.site_members where user_id = %(id)s", id=gone.id)
    assert api.call("sites", token=gone.token).json() == []
    assert api.call("recent_intents", said, token=gone.token).status_code == 404


def test_a_former_admin_is_none_at_once(api: Api, world: World) -> None:
    world.owner("acme")
    boss = world.person("boss", role="admin")
    said = {"site_id": world.site("acme").id, "reason": "asked by the owner"}
    assert api.call("open_support_access", said, token=boss.token).status_code == 200
    assert len(api.call("sites", token=boss.token).json()) >= 1
    world.rows("update app.profiles set role = 'user' where id = %(id)s", id=boss.id)
    assert api.call("sites", token=boss.token).json() == []


def test_an_erased_person_is_nobody(api: Api, world: World) -> None:
    ghost = world.member("acme", "viewer", "ghost")
    world.rows("delete from app.profiles where id = %(id)s", id=ghost.id)
    assert api.call("sites", token=ghost.token).json()["message"] == "login_ended"


def test_a_token_of_an_ended_log_in(api: Api, world: World) -> None:
    owner = world.owner("acme")
    login = "insert into access.logins (user_id) values (%(id)s) returning id::text"
    sid = world.value(login, id=owner.id)
    token = world.token(owner.id, sid=sid)
    assert api.call("sites", token=token).status_code == 200
    assert api.call("sites", token=world.token(world.viewer("acme").id, sid=sid)).status_code == 401
    end = "update access.logins set revoked_at = now(), revoke_reason = 'admin' where id = %(id)s"
    world.rows(end, id=sid)
    answer = api.call("sites", token=token)
    assert (answer.status_code, answer.json()["message"]) == (401, "login_ended")
    odds: tuple[Any, ...] = ("", "x", 5, None, {})
    for odd in odds:
        answer = api.call("sites", token=world.token(owner.id, sid=odd))
        assert (answer.status_code, answer.json()["message"]) == (401, "login_ended")


def test_a_machines_token_must_be_listed(api: Api, world: World) -> None:
    """Signed with our own key is not enough: one that leaked is revoked by its row."""
    good = world.token("prometheus", role="monitor")
    assert api.call("health", token=good).status_code == 500  # no health row: it was let in
    row = world.value("select id::text from access.machine_tokens where name = 'prometheus'")
    for said in (
        {"jti": None},
        {"jti": "x"},
        {"jti": "00000000-0000-0000-0000-000000000000"},
        {"jti": row, "role": "service_role"},
        {"jti": row, "sub": "somebody-else"},
        {"jti": row, "role": "authenticated"},
    ):
        token = world.token(**{"sub": "prometheus", "role": "monitor", **said})
        assert api.call("health", token=token).status_code == 401, said
    for end in ("expires_at = now()", "revoked_at = now(), expires_at = now() + interval '1 day'"):
        world.rows(f"update access.machine_tokens set {end} where id = %(id)s", id=row)
        answer = api.call("health", token=good)
        assert (answer.status_code, answer.json()["message"]) == (401, "token_revoked")


@pytest.mark.parametrize(
    "head",
    [
        '{"typ":"JWT","alg":"HS256"}',
        '{"alg":"RS256","alg":"HS256"}',
        '{"alg":"HS256","typ":"JWT","kid":"theirs"}',
    ],
)
def test_our_issuer_speaks_only_with_our_header(
    api: Api, world: World, stage: Stage, head: str
) -> None:
    """PostgREST would try any key of its set; the header tells that it was ours."""
    _, body, _ = world.owner("acme").token.split(".")
    said = base64.urlsafe_b64encode(head.encode()).rstrip(b"=").decode()
    signed = hmac.digest(stage.jwt_secret.encode(), f"{said}.{body}".encode(), hashlib.sha256)
    signature = base64.urlsafe_b64encode(signed).rstrip(b"=").decode()
    assert api.call("sites", token=f"{said}.{body}.{signature}").status_code == 401
