"""A page's refresh token: in a cookie that no script reads and no other site uses."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from tests.harness.rest import Api
from tests.harness.world import Person, World
from tests.http.conftest import PASSWORD

OWN = {"Sec-Fetch-Site": "same-origin", "Origin": "https://api.example"}
NAME = "__Secure-opsmantik_refresh"


@pytest.fixture(autouse=True)
def _fresh(world: World) -> Iterator[None]:
    world.rows("truncate ops.rate_buckets; update ops.settings set app_origins = '{}'")
    yield
    world.rows("truncate ops.rate_buckets; update ops.settings set app_origins = '{}'")


def log_in(api: Api, member: Person) -> httpx.Response:
    said = {"email": member.email, "password": PASSWORD, "use_cookie": True}
    answer = api.call("login", said, headers=OWN)
    api.client.cookies.clear()
    assert answer.status_code == 200
    return answer


def cookie_of(answer: httpx.Response) -> str:
    """The refresh cookie as it was set, attributes and all."""
    (found,) = [c for c in answer.headers.get_list("set-cookie") if c.startswith(NAME)]
    return found


def refresh(api: Api, cookie: str, headers: dict[str, str]) -> httpx.Response:
    sent = {"Cookie": cookie.split(";")[0], **headers}
    answer = api.call("refresh_token", {}, headers=sent)
    api.client.cookies.clear()
    return answer


def test_the_cookie_and_where_it_goes(api: Api, member: Person) -> None:
    answer = log_in(api, member)
    assert answer.json()["refresh_token"] is None
    value, *attributes = cookie_of(answer).split("; ")
    assert len(value) > 43
    assert attributes == [
        "Path=/rpc/refresh_token",
        "Max-Age=2592000",
        "HttpOnly",
        "Secure",
        "SameSite=Strict",
    ]
    assert value.split("=", 1)[1] not in answer.text


def test_without_being_asked_there_is_none(api: Api, member: Person) -> None:
    answer = api.call("login", {"email": member.email, "password": PASSWORD})
    api.client.cookies.clear()
    assert answer.json()["refresh_token"] is not None
    assert NAME not in str(answer.headers)


def test_it_is_exchanged_and_rotates(api: Api, world: World, member: Person) -> None:
    first = cookie_of(log_in(api, member))
    answer = refresh(api, first, OWN)
    assert answer.status_code == 200
    assert answer.json()["refresh_token"] is None
    assert api.call("sites", token=answer.json()["access_token"]).status_code == 200
    second = cookie_of(answer)
    assert second.split(";")[0] != first.split(";")[0]
    world.rows("update access.refresh_tokens set used_at = used_at - interval '11 seconds'")
    reused = refresh(api, first, OWN)
    assert reused.status_code == 401
    assert "Max-Age=0" in cookie_of(reused)
    assert refresh(api, second, OWN).status_code == 401  # the whole log-in ended


OTHERS: list[dict[str, str]] = [
    {},
    {"Origin": "https://evil.example"},
    {"Origin": "null", "Sec-Fetch-Site": "cross-site"},
    {"Origin": "https://shop.api.example", "Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "none"},
]


@pytest.mark.parametrize("headers", OTHERS)
def test_another_page_logs_nobody_in_or_out(
    api: Api, member: Person, headers: dict[str, str]
) -> None:
    """Else its form could make the browser somebody else's, and what is typed there too."""
    said = {"email": member.email, "password": PASSWORD, "use_cookie": "true"}
    for name, form in (("login", said), ("logout", {})):
        answer = api.client.post(f"/rpc/{name}", data=form, headers=headers)
        api.client.cookies.clear()
        assert "set-cookie" not in answer.headers
        if name == "login":
            assert (answer.status_code, answer.json()["message"]) == (403, "origin_not_allowed")
            assert answer.json()["access_token"] is None


@pytest.mark.parametrize("headers", OTHERS)
def test_another_page_takes_no_cookie_away(
    api: Api, member: Person, headers: dict[str, str]
) -> None:
    """Its form logs in as somebody of its own: the browser stays known to the accounts it knows."""
    form = {"email": member.email, "password": PASSWORD}
    answer = api.client.post("/rpc/login", data=form, headers=headers)
    api.client.cookies.clear()
    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers
    ours = api.client.post("/rpc/login", data=form, headers=OWN)
    api.client.cookies.clear()
    assert ours.headers["set-cookie"].startswith("__Secure-opsmantik_device=")


@pytest.mark.parametrize("headers", OTHERS)
def test_another_page_can_not_use_it(api: Api, member: Person, headers: dict[str, str]) -> None:
    cookie = cookie_of(log_in(api, member))
    answer = refresh(api, cookie, headers)
    assert (answer.status_code, answer.json()["message"]) == (403, "origin_not_allowed")
    assert answer.json()["access_token"] is None
    assert refresh(api, cookie, OWN).status_code == 200  # and it was not used up


def test_a_frontend_elsewhere_is_listed(api: Api, world: World, member: Person) -> None:
    cookie = cookie_of(log_in(api, member))
    app = {"Origin": "https://app.example", "Sec-Fetch-Site": "same-site"}
    assert refresh(api, cookie, app).status_code == 403
    world.rows("update ops.settings set app_origins = '{https://app.example}'")
    assert refresh(api, cookie, app).status_code == 200
    near = {"Origin": "https://app.example.evil.example"}
    assert refresh(api, cookie, near).status_code == 403


def test_the_path_is_the_one_that_browsers_see(api: Api, world: World, member: Person) -> None:
    world.rows("update ops.settings set rpc_path = '/api/rpc/'")
    try:
        assert "; Path=/api/rpc/refresh_token;" in cookie_of(log_in(api, member))
    finally:
        world.rows("update ops.settings set rpc_path = '/rpc/'")


def test_a_page_logs_out_by_its_access_token(api: Api, member: Person) -> None:
    answer = log_in(api, member)
    cookie, token = cookie_of(answer), answer.json()["access_token"]
    done = api.call("logout", {}, token=token, headers=OWN)
    assert done.status_code == 204
    assert "Max-Age=0" in cookie_of(done)
    assert api.call("sites", token=token).status_code == 401
    assert refresh(api, cookie, OWN).status_code == 401
    assert api.call("logout", {}).status_code == 204
