"""Calls that a telephone provider reports: signed, counted once, matched to their visit."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from typing import Any

import httpx
import pytest

from tests.harness.rest import Api
from tests.harness.world import Person, Site, World
from tests.http.visit import Visit, event, tap

pytestmark = pytest.mark.usefixtures("fresh_buckets")

CARDS = "select * from app.calls where site_id = %(site)s order by created_at"


@pytest.fixture
def owner(world: World, site: Site) -> Person:
    return world.owner(site.name)


def rotate(api: Api, owner: Person, site: Site) -> dict[str, str]:
    answer = api.call("rotate_call_secret", {"site_id": site.id}, token=owner.token)
    assert answer.status_code == 200, answer.text
    made: dict[str, str] = answer.json()
    return made


@pytest.fixture
def secret(api: Api, owner: Person, site: Site) -> str:
    return rotate(api, owner, site)["secret"]


def signature(secret: str, body: bytes, at: float | None = None) -> str:
    said = str(int(at or time.time()))
    digest = hmac.digest(secret.encode(), f"{said}.".encode() + body, hashlib.sha256)
    return f"t={said},v1={digest.hex()}"


def post(api: Api, body: bytes, signed: str | None) -> httpx.Response:
    headers = {"Content-Type": "application/json"}
    if signed is not None:
        headers["X-Signature"] = signed
    return api.client.post("/rpc/call_event", content=body, headers=headers)


def report(api: Api, site: Site, secret: str, **said: Any) -> dict[str, Any]:
    body = json.dumps({"k": site.key, "id": "call-1", **said}).encode()
    answer = post(api, body, signature(secret, body))
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def refused(answer: httpx.Response, status: int, message: str) -> None:
    assert (answer.status_code, answer.json()["message"]) == (status, message), answer.text


def test_a_call_joins_the_card_of_its_visitor(
    api: Api, world: World, site: Site, secret: str, visit: Visit, lead: dict[str, Any]
) -> None:
    done = report(api, site, secret, visitor=visit.visitor, **{"from": "0533 222 33 44"})
    assert (done["status"], done["call_id"]) == ("joined", str(lead["id"]))
    (card,) = world.rows(CARDS, site=site.id)
    assert (card["caller_phone"], card["last_action"]) == ("+905332223344", "call")
    assert card["version"] == lead["version"]  # who looks at the card can still judge it
    assert (card["intent_action"], card["status"]) == ("phone", "intent")


def test_counted_once_however_often_it_is_sent(
    api: Api, world: World, site: Site, secret: str
) -> None:
    first = report(api, site, secret)
    assert first["status"] == "unmatched"
    again = report(api, site, secret, at=int(time.time()) - 60)
    assert (again["status"], again["call_id"]) == ("duplicate", first["call_id"])
    assert len(world.rows(CARDS, site=site.id)) == 1
    assert report(api, site, secret, id="call-2")["status"] == "unmatched"
    assert len(world.rows(CARDS, site=site.id)) == 2


def test_by_click_id_and_by_the_number_that_was_tapped(
    api: Api, world: World, site: Site, secret: str, visit: Visit, lead: dict[str, Any]
) -> None:
    click = world.value("select click_id from app.calls where id = %(id)s", id=lead["id"])
    assert report(api, site, secret, click_id=click)["call_id"] == str(lead["id"])
    number = lead["intent_target"].removeprefix("tel:")
    by_number = report(api, site, secret, id="call-2", to=number)
    assert (by_number["status"], by_number["call_id"]) == ("joined", str(lead["id"]))
    other = report(api, site, secret, id="call-3", to="+905550000000")
    assert (other["status"], other["suspicious"]) == ("unmatched", False)
    assert visit.site.id == site.id


def test_a_visit_without_a_card_gets_one(
    api: Api, world: World, site: Site, secret: str, visit: Visit
) -> None:
    visit.send(api, event(g=60000))
    done = report(api, site, secret, visitor=visit.visitor)
    assert done["status"] == "stored"
    (card,) = world.rows(CARDS, site=site.id)
    assert str(card["session_id"]) == visit.session
    assert (card["source"], card["intent_action"], card["is_ads"]) == ("api", "call", True)
    assert card["click_id"] is not None


def test_a_visit_that_began_after_the_call_is_not_its_cause(
    api: Api, world: World, site: Site, secret: str, visit: Visit
) -> None:
    visit.send(api, event(g=1000))
    early = report(api, site, secret, visitor=visit.visitor, at=int(time.time()) - 180)
    assert (early["status"], early["suspicious"]) == ("unmatched", True)
    (card,) = world.rows(CARDS, site=site.id)
    assert (card["session_id"], card["suspicious"]) == (None, True)
    # two minutes are within what clocks and tablets differ
    near = report(api, site, secret, id="call-2", visitor=visit.visitor, at=int(time.time()) - 100)
    assert (near["status"], near["suspicious"]) == ("stored", False)


def test_a_visit_that_was_asleep_for_half_an_hour(
    api: Api, world: World, site: Site, secret: str, visit: Visit
) -> None:
    visit.send(api, event(g=31 * 60 * 1000), tap(g=31 * 60 * 1000))
    assert report(api, site, secret, visitor=visit.visitor)["status"] == "unmatched"
    near = int(time.time()) - 5 * 60
    said = report(api, site, secret, id="call-2", visitor=visit.visitor, at=near)
    assert said["status"] == "joined"
    assert len(world.rows(CARDS, site=site.id)) == 2


def test_a_card_judged_just_before_is_the_same_person(
    api: Api, world: World, site: Site, secret: str, visit: Visit, lead: dict[str, Any]
) -> None:
    editor = world.editor(site.name)
    said = {"call_id": str(lead["id"]), "version": lead["version"]}
    assert api.call("junk", said, token=editor.token).status_code == 200
    done = report(api, site, secret, visitor=visit.visitor)
    assert (done["status"], done["call_id"]) == ("joined", str(lead["id"]))
    world.rows(
        "set session_replication_role = replica;"
        " update app.calls set judged_at = now() - interval '31 minutes';"
        " set session_replication_role = origin"
    )
    later = report(api, site, secret, id="call-2", visitor=visit.visitor)
    assert later["status"] == "stored"
    assert later["call_id"] != str(lead["id"])


def test_a_session_of_another_site_is_never_matched(
    api: Api, world: World, site: Site, secret: str
) -> None:
    other = Visit(world.site("neighbour"))
    assert other.send(api, event(g=1000), tap()).status_code == 200
    (theirs,) = other.cards(world)
    said = {"visitor": other.visitor, "click_id": theirs["click_id"]}
    number = theirs["intent_target"].removeprefix("tel:")
    done = report(api, site, secret, to=number, **said)
    assert (done["status"], done["suspicious"]) == ("unmatched", False)


def test_signatures_that_are_none(
    api: Api, world: World, site: Site, secret: str, owner: Person
) -> None:
    body = json.dumps({"k": site.key, "id": "x"}).encode()
    good = signature(secret, body)
    foreign_owner = world.neighbour_owner()
    foreign = rotate(api, foreign_owner, world.site("neighbour"))["secret"]
    tries = [
        (body, None),
        (body, ""),
        (body, good.upper()),
        (body, good[:-1]),
        (body, good + "," + good),
        (body, signature("none", body)),
        (body, signature("", body)),
        (body, signature(foreign, body)),
        (body, signature(secret, body, time.time() - 301)),
        (body, signature(secret, body, time.time() + 302)),
        (body + b" ", good),
        (body.replace(b'"x"', b'"y"'), good),
        (b"{}", signature(secret, b"{}")),
        (b"[]", signature(secret, b"[]")),
        (b'{"k":5}', signature(secret, b'{"k":5}')),
        (b'{"k":"' + b"0" * 32 + b'"}', signature("none", b'{"k":"' + b"0" * 32 + b'"}')),
    ]
    answers = [post(api, *one) for one in tries]
    for answer in answers:
        refused(answer, 401, "invalid_signature")
    assert len({answer.content for answer in answers}) == 1
    assert world.rows(CARDS, site=site.id) == []
    assert post(api, body, good).status_code == 200
    world.rows("update app.sites set deleted_at = now() where id = %(id)s", id=site.id)
    refused(post(api, body, good), 401, "invalid_signature")
    assert owner.id != foreign_owner.id


def test_the_very_bytes_are_signed(api: Api, site: Site, secret: str) -> None:
    body = f'{{ "id":"a","k" : "{site.key}",\n "id":"b", "x":"ş\\u015f" }} '.encode()
    answer = post(api, body, signature(secret, body))
    assert answer.status_code == 200, answer.text


def test_secrets_change_over(api: Api, site: Site, owner: Person) -> None:
    said = {"site_id": site.id}
    answer = api.call("promote_call_secret", said, token=owner.token)
    refused(answer, 409, "no_next_secret")
    first, second = (rotate(api, owner, site) for _ in range(2))
    assert (first["state"], second["state"]) == ("current", "next")
    for number, one in enumerate((first, second)):
        assert report(api, site, one["secret"], id=f"both-{number}")["status"] == "unmatched"
    assert api.call("promote_call_secret", said, token=owner.token).status_code == 204
    assert report(api, site, second["secret"], id="after")["status"] == "unmatched"
    body = json.dumps({"k": site.key, "id": "old"}).encode()
    refused(post(api, body, signature(first["secret"], body)), 401, "invalid_signature")


@pytest.mark.parametrize("call_id", [None, "", 5, "a b", "x" * 101, {"a": 1}])
def test_without_its_number_a_call_is_refused(
    api: Api, site: Site, secret: str, call_id: Any
) -> None:
    body = json.dumps({"k": site.key, "id": call_id}).encode()
    answer = post(api, body, signature(secret, body))
    if call_id == 5:
        assert answer.status_code in (200, 400)
    else:
        refused(answer, 400, "invalid_id")


@pytest.mark.parametrize(
    "odd",
    [
        {"from": "anonymous"},
        {"from": 5, "to": [], "visitor": {}, "click_id": None, "at": "yesterday"},
        {"at": 1e300},
        {"at": -1},
        {"from": "\u0000", "to": "\u202e"},
        {"to": "x" * 5000, "visitor": "y" * 5000},
    ],
)
def test_what_is_odd_costs_no_lead(
    api: Api, world: World, site: Site, secret: str, odd: dict[str, Any]
) -> None:
    assert report(api, site, secret, **odd)["status"] == "unmatched"
    (card,) = world.rows(CARDS, site=site.id)
    assert card["caller_phone"] is None
    assert abs(card["tapped_at"].timestamp() - time.time()) < 60


def test_too_large(api: Api, site: Site, secret: str) -> None:
    body = json.dumps({"k": site.key, "id": "x", "pad": "x" * 17000}).encode()
    refused(post(api, body, signature(secret, body)), 413, "too_large")
