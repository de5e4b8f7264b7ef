"""A forgotten password, a changed one, log-ins that are ended, the profile."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from tests.harness.rest import Api
from tests.harness.world import Person, World
from tests.http.conftest import PASSWORD as OLD

NEW = "the new password"
TOKENS = "select token from ops.mail_outbox where recipient = %(to)s order by created_at"


@pytest.fixture(autouse=True)
def _fresh(world: World) -> Iterator[None]:
    world.rows("truncate ops.rate_buckets; truncate ops.mail_outbox; delete from access.logins")
    world.rows("delete from access.password_resets")
    yield
    world.rows("truncate ops.rate_buckets")


def log_in(api: Api, person: Person, password: str = OLD) -> dict[str, Any]:
    answer = api.call("login", {"email": person.email, "password": password})
    return answer.json() if answer.status_code == 200 else {}


def ask(api: Api, email: str | None, headers: dict[str, str] | None = None) -> httpx.Response:
    return api.call("request_password_reset", {"email": email}, headers=headers or {})


def reset(api: Api, token: str | None, password: str | None = NEW) -> httpx.Response:
    return api.call("reset_password", {"token": token, "password": password})


def links(world: World, person: Person) -> list[str]:
    return [row["token"] for row in world.rows(TOKENS, to=person.email) if row["token"]]


def refused(answer: httpx.Response, status: int, message: str) -> None:
    assert (answer.status_code, answer.json()["message"]) == (status, message), answer.text


def test_a_forgotten_password(api: Api, world: World, member: Person) -> None:
    pair = log_in(api, member)
    assert ask(api, f" {member.email.upper()} ").status_code == 200
    (token,) = links(world, member)
    assert reset(api, token).status_code == 200
    assert api.call("sites", token=pair["access_token"]).status_code == 401
    assert api.call("refresh_token", {"refresh_token": pair["refresh_token"]}).status_code == 401
    assert log_in(api, member, OLD) == {}
    assert log_in(api, member, NEW) != {}
    kinds = world.rows("select kind from ops.mail_outbox where token is null")
    assert kinds == [{"kind": "password_changed"}]


def test_nobody_learns_who_has_an_account(api: Api, world: World, member: Person) -> None:
    """Equal answers for equal work: the same rows are written, some of them to nobody."""

    def work() -> list[int]:
        tables = ("ops.mail_outbox", "access.password_resets")
        return [world.value(f"select count(*) from {table}") for table in tables]

    answers = []
    for number, email in enumerate((member.email, "nobody@x.example", "", None, "x" * 5000), 1):
        answers.append(ask(api, email))
        assert work() == [number, number]
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    headers = [{k: v for k, v in a.headers.items() if k != "date"} for a in answers]
    assert all(said == headers[0] for said in headers)
    to = world.rows("select recipient from ops.mail_outbox where recipient is not null")
    assert to == [{"recipient": member.email}]


def test_links_that_ended(api: Api, world: World, member: Person) -> None:
    ask(api, member.email)
    ask(api, member.email)
    ask(api, "nobody@x.example")
    first, second = links(world, member)
    decoy = world.value("select token from ops.mail_outbox where recipient is null")
    assert reset(api, first).status_code == 200
    ask(api, member.email)
    *_, third = links(world, member)
    world.rows("update access.password_resets set expires_at = now() where used_at is null")
    answers = [reset(api, token) for token in (first, second, third, decoy, "x", "", None)]
    for answer in answers:
        refused(answer, 404, "reset_not_found")
    assert len({answer.content for answer in answers}) == 1
    assert log_in(api, member, NEW) != {}


@pytest.mark.parametrize("password", ["", "short", "x" * 73, None])
def test_a_bad_choice_costs_no_link(
    api: Api, world: World, member: Person, password: str | None
) -> None:
    ask(api, member.email)
    (token,) = links(world, member)
    refused(reset(api, token, password), 400, "invalid_password")
    assert log_in(api, member) != {}
    assert reset(api, token).status_code == 200


def test_asking_is_throttled_and_the_victim_is_not_kept_out(
    api: Api, world: World, proxy: Callable[..., dict[str, str]], member: Person
) -> None:
    attacker, victim = proxy("203.0.113.7"), proxy("198.51.100.7")
    found = [ask(api, member.email, attacker).status_code for _ in range(6)]
    assert found == [200] * 5 + [429]
    # no flood of mail either way: the links sent before stay good, and the answer is the same
    assert ask(api, member.email, victim).status_code == 200
    assert len(links(world, member)) == 5
    assert reset(api, links(world, member)[0]).status_code == 200


def test_guessing_links_is_throttled(api: Api, world: World, member: Person) -> None:
    ask(api, member.email)
    (token,) = links(world, member)
    assert {reset(api, f"guess {n}").status_code for n in range(125)} == {404, 429}
    assert reset(api, token).status_code == 200


def test_tokens_are_kept_as_digests(api: Api, world: World, member: Person) -> None:
    answer = ask(api, member.email)
    (token,) = links(world, member)
    assert token not in answer.text
    assert token not in str(world.rows("select * from access.password_resets"))
    assert re.fullmatch(r"[\w-]{43}", token)


def change(api: Api, token: str, old: str | None = OLD, new: str | None = NEW) -> httpx.Response:
    return api.call("change_password", {"old_password": old, "new_password": new}, token=token)


def test_changing_it_ends_the_other_log_ins(api: Api, world: World, member: Person) -> None:
    here, there = log_in(api, member), log_in(api, member)
    ask(api, member.email)
    (link,) = links(world, member)
    assert change(api, here["access_token"]).status_code == 200
    assert api.call("sites", token=here["access_token"]).status_code == 200
    assert api.call("sites", token=there["access_token"]).status_code == 401
    refused(reset(api, link, "yet another one"), 404, "reset_not_found")
    assert (log_in(api, member, OLD), log_in(api, member, NEW) != {}) == ({}, True)


def test_a_wrong_old_password(api: Api, world: World, member: Person) -> None:
    here, there = log_in(api, member), log_in(api, member)
    for old in ("wrong", "", None, OLD + "x" * 80):
        refused(change(api, here["access_token"], old), 403, "wrong_password")
    for new in ("short", None, "x" * 73):
        refused(change(api, here["access_token"], OLD, new), 400, "invalid_password")
    for _ in range(6):
        change(api, here["access_token"], "wrong")
    refused(change(api, here["access_token"]), 429, "too_many_attempts")
    assert api.call("sites", token=there["access_token"]).status_code == 200
    assert log_in(api, member) != {}
    nobody = world.person("without-password")
    refused(change(api, world.token(nobody.id)), 403, "wrong_password")


def test_log_ins_are_listed_and_ended(api: Api, world: World, member: Person) -> None:
    here, there = log_in(api, member), log_in(api, member)
    other = world.person("stranger")
    foreign = world.token(other.id)
    mine = api.call("logins", token=here["access_token"]).json()
    assert [row["is_current"] for row in mine].count(True) == 1
    assert len(mine) == 2
    (those,) = [row["id"] for row in mine if not row["is_current"]]
    said = {"login_id": those}
    refused(api.call("revoke_login", said, token=foreign), 404, "login_not_found")
    assert api.call("revoke_login", said, token=here["access_token"]).status_code == 204
    assert api.call("sites", token=there["access_token"]).status_code == 401
    refused(api.call("revoke_login", said, token=here["access_token"]), 404, "login_not_found")
    assert len(api.call("logins", token=here["access_token"]).json()) == 1


def test_the_profile(api: Api, member: Person) -> None:
    token = log_in(api, member)["access_token"]
    assert api.call("update_profile", {"display_name": " Ayşe "}, token=token).status_code == 204
    (mine,) = api.call("profile", token=token, method="GET").json()
    assert (mine["display_name"], mine["email"]) == ("Ayşe", member.email)
    for name in ("", None, "\x00", "a\tb", "\u200bx", "x" * 201):
        answer = api.call("update_profile", {"display_name": name}, token=token)
        assert answer.status_code == 400
    for more in ({"role": "admin"}, {"email": "x@y.example"}, {"id": member.id}):
        answer = api.call("update_profile", {"display_name": "x", **more}, token=token)
        assert answer.status_code == 404  # no such function
    assert api.call("profile", token=token).json()[0]["role"] == "user"
