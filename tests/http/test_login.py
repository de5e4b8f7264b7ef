"""Log-in, rotation, reuse, the end of a log-in."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.harness.rest import Api
from tests.harness.world import Person, World
from tests.http.conftest import PASSWORD

pytestmark = pytest.mark.usefixtures("fresh_buckets")

WRONG = "wrong horse battery"
ANSWER = {
    "access_token",
    "refresh_token",
    "token_type",
    "expires_in",
    "message",
    "hint",
}
Headers = Callable[..., dict[str, str]]
BACKDATE = "update access.refresh_tokens set used_at = used_at - interval '11 seconds'"
REVOKED = "select revoke_reason from access.logins where user_id = %(id)s order by created_at"
DUMMY = (
    "select (regexp_match(prosrc, '\\$2a\\$[^'']+'))[1] from pg_proc"
    " where oid = 'api.login'::regproc"
)


def log_in(
    api: Api, email: str, password: str = PASSWORD, headers: dict[str, str] | None = None
) -> httpx.Response:
    return api.call("login", {"email": email, "password": password}, headers=headers or {})


def refresh(api: Api, token: str | None) -> httpx.Response:
    return api.call("refresh_token", {"refresh_token": token})


def may(api: Api, answer: dict[str, Any]) -> int:
    """Status of a read with the pair's access token."""
    return api.call("sites", token=answer["access_token"]).status_code


def refused(answer: httpx.Response, status: int, message: str) -> None:
    body = answer.json()
    assert (answer.status_code, body["message"]) == (status, message)
    assert (body["access_token"], body["refresh_token"]) == (None, None)


def test_log_in(api: Api, member: Person) -> None:
    answer = log_in(api, member.email)
    assert answer.status_code == 200
    body = answer.json()
    assert set(body) == ANSWER
    assert (body["token_type"], body["expires_in"], body["message"]) == ("bearer", 600, None)
    assert may(api, body) == 200
    part = body["access_token"].split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    assert set(claims) == {"iss", "aud", "role", "sub", "sid", "iat", "exp"}
    assert (claims["sub"], claims["role"]) == (member.id, "authenticated")
    assert claims["exp"] - claims["iat"] == 600


def test_the_address_is_trimmed_and_in_any_case(api: Api, member: Person) -> None:
    assert log_in(api, f"  {member.email.upper()} ").status_code == 200


def test_unknown_user_and_wrong_password_answer_alike(
    api: Api, world: World, member: Person
) -> None:
    without = world.person("without-password")
    answers = [
        log_in(api, email, WRONG) for email in (member.email, "nobody@x.example", without.email)
    ]
    for answer in answers:
        refused(answer, 401, "invalid_credentials")
    assert len({answer.content for answer in answers}) == 1
    headers = [{k: v for k, v in a.headers.items() if k != "date"} for a in answers]
    assert headers[0] == headers[1] == headers[2]


def test_an_unknown_user_costs_as_much_work(world: World) -> None:
    """The hash compared with for nobody is a real one, of the cost that passwords are set with."""
    dummy = world.value(DUMMY)
    world.rows("select access.set_password(%(id)s, %(p)s)", id=world.person("new").id, p=PASSWORD)
    stored = world.value(
        "select bcrypt from access.passwords where user_id = %(id)s", id=world.person("new").id
    )
    assert dummy[:7] == stored[:7] == "$2a$11$"
    hashed = world.value("select extensions.crypt('x', %(dummy)s)", dummy=dummy)
    assert (len(hashed), hashed[:29]) == (60, dummy[:29])
    assert hashed != dummy


def test_a_flood_from_one_prefix_leaves_room_for_the_others(
    api: Api, world: World, proxy: Headers, member: Person
) -> None:
    """Log-ins of one prefix wait for each other; those who wait must not take all the places."""
    flood, home = proxy("203.0.113.8"), proxy("198.51.100.8")
    assert log_in(api, "nobody@x.example", WRONG, flood).status_code == 401
    with ThreadPoolExecutor(20) as pool:
        with world.conn.transaction():
            world.rows("select from ops.rate_buckets for update")  # one of them is slow
            attempts = [
                pool.submit(log_in, api, "nobody@x.example", WRONG, flood) for _ in range(20)
            ]
            while sum(attempt.done() for attempt in attempts) < 12:
                time.sleep(0.01)
            victim = log_in(api, member.email, PASSWORD, home)
        found = {attempt.result().status_code for attempt in attempts}
    assert victim.status_code == 200
    assert found == {401, 429}


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("", ""),
        (None, None),
        ("x", "y" * 100),
        ("' or true --", "' or true --"),
        ("x@x.example\u202e", "\U0001f600" * 18),
        ("a" * 5000, "b" * 5000),
    ],
)
def test_odd_input_is_a_wrong_one(api: Api, email: str, password: str) -> None:
    refused(log_in(api, email, password), 401, "invalid_credentials")


def test_past_72_bytes_nothing_is_ignored(api: Api, world: World, member: Person) -> None:
    """bcrypt sees 72 bytes: a longer password with the right beginning must not do."""
    world.set_password(member, "x" * 72)
    assert log_in(api, member.email, "x" * 72).status_code == 200
    assert log_in(api, member.email, "x" * 73).status_code == 401


def test_guessing_is_throttled_and_the_victim_is_not_locked_out(
    api: Api, proxy: Headers, member: Person
) -> None:
    guesser, victim = proxy("203.0.113.5"), proxy("198.51.100.5")
    answers = [log_in(api, member.email, WRONG, guesser) for _ in range(11)]
    assert [answer.status_code for answer in answers] == [401] * 10 + [429]
    refused(answers[-1], 429, "too_many_attempts")
    assert int(answers[-1].headers["Retry-After"]) > 0
    assert log_in(api, member.email, PASSWORD, guesser).status_code == 429
    assert log_in(api, member.email, PASSWORD, victim).status_code == 200
    assert log_in(api, member.email, PASSWORD, victim).status_code == 200


def test_unknown_addresses_are_throttled_alike(api: Api, proxy: Headers) -> None:
    guesser = proxy("203.0.113.6")
    answers = [log_in(api, "nobody@x.example", WRONG, guesser) for _ in range(11)]
    assert [answer.status_code for answer in answers] == [401] * 10 + [429]


def test_success_clears_the_count(api: Api, proxy: Headers, member: Person) -> None:
    home = proxy("198.51.100.6")
    for _ in range(3):
        for _ in range(5):
            assert log_in(api, member.email, WRONG, home).status_code == 401
        assert log_in(api, member.email, PASSWORD, home).status_code == 200


def test_rotation(api: Api, member: Person) -> None:
    first = log_in(api, member.email).json()
    second = refresh(api, first["refresh_token"])
    assert second.status_code == 200
    assert set(second.json()) == ANSWER
    assert second.json()["refresh_token"] != first["refresh_token"]
    third = refresh(api, second.json()["refresh_token"]).json()
    assert may(api, third) == may(api, second.json()) == may(api, first) == 200


def test_two_tabs_within_the_grace(api: Api, world: World, member: Person) -> None:
    first = log_in(api, member.email).json()
    tabs = [refresh(api, first["refresh_token"]) for _ in range(2)]
    assert [tab.status_code for tab in tabs] == [200, 200]
    assert [refresh(api, tab.json()["refresh_token"]).status_code for tab in tabs] == [200, 200]
    assert world.rows(REVOKED, id=member.id)[-1] == {"revoke_reason": None}


def test_reuse_revokes_the_family_and_that_survives_the_refusal(
    api: Api, world: World, member: Person
) -> None:
    bystander = log_in(api, member.email).json()
    first = log_in(api, member.email).json()
    second = refresh(api, first["refresh_token"]).json()
    world.rows(BACKDATE)
    refused(refresh(api, first["refresh_token"]), 401, "invalid_refresh_token")
    assert world.rows(REVOKED, id=member.id)[-1] == {"revoke_reason": "reuse"}
    refused(refresh(api, second["refresh_token"]), 401, "invalid_refresh_token")
    assert may(api, first) == may(api, second) == 401
    assert (may(api, bystander), refresh(api, bystander["refresh_token"]).status_code) == (200, 200)


def test_refusals_of_refresh_are_alike(api: Api, world: World, member: Person) -> None:
    gone = log_in(api, member.email).json()["refresh_token"]
    old = log_in(api, member.email).json()["refresh_token"]
    world.rows(
        "update access.refresh_tokens set expires_at = now()"
        " where token_sha256 = sha256(convert_to(%(old)s, 'UTF8'))",
        old=old,
    )
    api.call("logout", {"refresh_token": gone})
    answers = [refresh(api, token) for token in (gone, old, "unknown", "", None, "x" * 5000)]
    for answer in answers:
        refused(answer, 401, "invalid_refresh_token")
    assert len({answer.content for answer in answers}) == 1


def test_logout_ends_the_access_token_too(api: Api, member: Person) -> None:
    pair, other = log_in(api, member.email).json(), log_in(api, member.email).json()
    assert api.call("logout", {"refresh_token": pair["refresh_token"]}).status_code == 204
    assert may(api, pair) == 401
    refused(refresh(api, pair["refresh_token"]), 401, "invalid_refresh_token")
    assert may(api, other) == 200
    for token in (pair["refresh_token"], "unknown", None):
        assert api.call("logout", {"refresh_token": token}).status_code == 204


def test_tokens_at_rest_are_digests(api: Api, world: World, member: Person) -> None:
    pair = log_in(api, member.email).json()
    for table in ("access.refresh_tokens", "access.logins", "ops.rate_buckets"):
        text = str(world.rows(f"select * from {table}"))
        assert pair["refresh_token"] not in text
        assert pair["access_token"] not in text
        assert member.email not in text


def test_the_prefix_of_a_log_in_is_kept_truncated(
    api: Api, world: World, proxy: Headers, member: Person
) -> None:
    log_in(api, member.email, PASSWORD, proxy("2001:db8:7:8::9"))
    found = world.rows(
        "select ip_prefix::text as p from access.logins order by created_at desc limit 1"
    )
    assert found == [{"p": "2001:db8:7::/48"}]


def device_of(answer: httpx.Response) -> dict[str, str]:
    """The device cookie, as the browser sends it back."""
    (cookie,) = answer.headers.get_list("set-cookie")
    assert "; Path=/rpc/login;" in cookie
    assert cookie.endswith("HttpOnly; Secure; SameSite=Strict")
    return {"Cookie": cookie.split(";")[0]}


def test_without_a_proxy_a_browser_that_was_in_before_is_not_locked_out(
    api: Api, world: World, member: Person
) -> None:
    """Nothing tells us apart there; the guesser's failures are not those of a known browser."""
    known = device_of(log_in(api, member.email, headers={"Sec-Fetch-Site": "same-origin"}))
    colleague = world.member("acme", "viewer", "colleague")
    found = [log_in(api, member.email, WRONG).status_code for _ in range(11)]
    assert found == [401] * 10 + [429]
    assert log_in(api, member.email, PASSWORD).status_code == 429
    assert log_in(api, member.email, PASSWORD, known).status_code == 200
    # and its own failures are counted, also when it is the guesser
    found = [log_in(api, member.email, WRONG, known).status_code for _ in range(11)]
    assert found == [401] * 10 + [429]
    # for another account it is a stranger
    world.set_password(colleague, PASSWORD)
    for _ in range(10):
        log_in(api, colleague.email, WRONG)
    assert log_in(api, colleague.email, PASSWORD, known).status_code == 429


@pytest.mark.parametrize("forged", ["", "x", "0" * 32 + "." + "0" * 64, "0" * 32 + "."])
def test_a_forged_device_is_none(api: Api, member: Person, forged: str) -> None:
    cookie = {"Cookie": f"__Secure-opsmantik_device={forged}"}
    found = [log_in(api, member.email, WRONG, cookie).status_code for _ in range(11)]
    assert found == [401] * 10 + [429]
    assert log_in(api, member.email, WRONG).status_code == 429


def test_guessing_refresh_tokens_is_throttled_and_nobody_elses(api: Api, member: Person) -> None:
    good = log_in(api, member.email).json()["refresh_token"]
    found = {refresh(api, f"guess {n}").status_code for n in range(125)}
    assert found == {401, 429}
    answer = refresh(api, "another guess")
    refused(answer, 429, "too_many_attempts")
    assert int(answer.headers["Retry-After"]) > 0
    assert refresh(api, good).status_code == 200


def test_a_loop_of_exchanges_is_throttled(api: Api, world: World, member: Person) -> None:
    token = log_in(api, member.email).json()["refresh_token"]
    world.rows("update ops.rate_buckets set tokens = 0")
    token = refresh(api, token).json()["refresh_token"]
    world.rows("update ops.rate_buckets set tokens = 0 where key like 'refresh:%%'")
    refused(refresh(api, token), 429, "too_many_attempts")
    world.rows("truncate ops.rate_buckets")
    assert refresh(api, token).status_code == 200  # refused, not used up
