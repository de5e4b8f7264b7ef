"""The fixtures themselves: a real browser, the static server, PostgREST, people with tokens."""

from __future__ import annotations

from playwright.sync_api import Page

from tests.harness.rest import Api
from tests.harness.stage import Stage
from tests.harness.world import World


def test_each_module_has_a_database_of_its_own(stage: Stage, world: World) -> None:
    assert world.value("select count(*) from app.sites") == 0
    assert world.value("show fsync") == "on"
    assert str(stage.home).startswith("/var/tmp/")


def test_people_are_who_their_token_says(api: Api, world: World) -> None:
    owner, neighbour = world.owner("acme"), world.neighbour_owner()
    seen = api.call("sites", token=owner.token).json()
    assert [site["name"] for site in seen] == ["acme"]
    seen = api.call("sites", token=neighbour.token).json()
    assert [site["name"] for site in seen] == ["neighbour"]
    forged = world.token(owner.id, secret="x" * 40)
    assert api.call("sites", token=forged).status_code == 401


def test_real_log_in(api: Api, world: World) -> None:
    viewer = world.viewer("acme")
    world.set_password(viewer, "correct horse battery")
    said = {"email": viewer.email, "password": "correct horse battery"}
    answer = api.call("login", said)
    assert answer.status_code == 200, answer.text
    assert api.call("sites", token=answer.json()["access_token"]).status_code == 200


def test_browser_opens_a_page(page: Page, web_url: str) -> None:
    answer = page.goto(f"{web_url}/healthz")
    assert answer is not None
    assert answer.status == 200
    assert page.evaluate("1 + 1") == 2
