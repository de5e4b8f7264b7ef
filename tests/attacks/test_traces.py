"""Requests made to fail after they were answered: what they leave behind stays, or nothing is done.

PostgREST applies casts and filters of the address to the answer, in the same transaction.
"""

from __future__ import annotations

import httpx
import pytest

from tests.harness.rest import Api
from tests.harness.world import Person, World
from tests.http.conftest import PASSWORD

pytestmark = pytest.mark.usefixtures("fresh_buckets")

WRONG = "wrong horse battery"
ONE = {"Accept": "application/vnd.pgrst.object+json"}
TRICKS: dict[str, tuple[str, dict[str, str]]] = {
    "a cast of the answer": ("?select=message::integer", {}),
    "a cast beside columns": ("?select=access_token,x:message::uuid,hint", {}),
    "an expression that is none": ("?message=match.(", {}),
    "one of a filter": ("?or=(access_token.not.is.null,message.match.()", {}),
    "no row where one is asked for": ("?access_token=not.is.null", ONE),
    "none left of it": ("?offset=1", ONE),
    "a page behind the last": ("?offset=5", {"Prefer": "count=exact"}),
    "no change allowed": ("", {"Prefer": "handling=strict, max-affected=0"}),
    "no change allowed, gently": ("", {"Prefer": "max-affected=0"}),
    "to be rolled back": ("", {"Prefer": "tx=rollback"}),
    "a column only": ("?select=message", {}),
    "ordered": ("?order=message", {}),
}


def log_in(api: Api, member: Person, trick: str, password: str) -> httpx.Response:
    query, headers = TRICKS[trick]
    said = {"email": member.email, "password": password}
    answer = api.client.post(f"/rpc/login{query}", json=said, headers=headers)
    api.client.cookies.clear()
    return answer


@pytest.mark.parametrize("trick", TRICKS)
def test_an_attempt_is_counted_or_not_made(
    api: Api, world: World, member: Person, trick: str
) -> None:
    """Else passwords could be guessed without end."""
    count = "select count(*) from ops.rate_buckets"
    wrong = log_in(api, member, trick, WRONG)
    if world.value(count) == 0:
        right = log_in(api, member, trick, PASSWORD)
        assert wrong.status_code == 400
        assert (right.status_code, right.content) == (400, wrong.content)
        assert world.value(count) == 0
        return
    found = [log_in(api, member, trick, WRONG).status_code for _ in range(10)]
    assert found[-1] in (416, 429)
    assert api.call("login", {"email": member.email, "password": WRONG}).status_code == 429


@pytest.mark.parametrize("query", ["?select=message::integer", "?access_token=not.is.null"])
def test_what_ends_a_log_in_stays(api: Api, world: World, member: Person, query: str) -> None:
    """A stolen token can not be tried in secret: shown in time or late, nothing is told."""
    first = api.call("login", {"email": member.email, "password": PASSWORD}).json()
    api.client.cookies.clear()
    body = {"refresh_token": first["refresh_token"]}
    fresh = api.client.post(f"/rpc/refresh_token{query}", json=body)
    assert api.call("refresh_token", body).status_code == 200
    world.rows("update access.refresh_tokens set used_at = used_at - interval '1 minute'")
    used = api.client.post(f"/rpc/refresh_token{query}", json=body)
    none = api.client.post(f"/rpc/refresh_token{query}", json={"refresh_token": "x"})
    assert fresh.status_code == 400
    assert fresh.json()["message"] == "filter_not_allowed"
    assert fresh.content == used.content == none.content
    assert api.call("refresh_token", body).json()["message"] == "invalid_refresh_token"
    assert api.call("sites", token=first["access_token"]).status_code == 401


GUESSES = {
    "accept_invite": {"token": "x", "password": PASSWORD},
    "call_event": {"k": "x"},
    "key_login": {"api_key": "x"},
    "request_password_reset": {"email": "nobody@people.example"},
    "reset_password": {"token": "x", "password": PASSWORD},
}


@pytest.mark.parametrize("name", [*GUESSES, "change_password"])
def test_other_guesses(api: Api, member: Person, name: str) -> None:
    said = GUESSES.get(name, {"old_password": WRONG, "new_password": PASSWORD})
    headers = {} if name in GUESSES else {"Authorization": f"Bearer {member.token}"}
    address = f"/rpc/{name}?select=message::integer"
    answer = api.client.post(address, json=said, headers=headers)
    assert (answer.status_code, answer.json()["message"]) == (400, "filter_not_allowed")
