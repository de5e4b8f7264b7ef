"""What the tracker tells beside the taps: the code in a message, and what a full queue dropped."""

from __future__ import annotations

from typing import Any

import pytest

from tests.harness.rest import Api
from tests.harness.world import Site, World
from tests.http.visit import CARDS, Visit, event

DROPPED = (
    "select coalesce(sum(count), 0)::integer as count from ops.refusals"
    " where site_id = %(site)s and reason = 'dropped_by_browser'"
)


@pytest.fixture
def visit(world: World) -> Visit:
    return Visit(world.site("acme"))


def whatsapp(age: int = 0, **meta: Any) -> dict[str, Any]:
    return event("conversion", "whatsapp", l="https://wa.me/905321112233", m=meta, g=age)


def reference(world: World, visit: Visit) -> Any:
    [card] = world.rows(CARDS, site=visit.site.id, id=visit.session)
    return card["reference"]


def send(api: Api, visit: Visit, *events: dict[str, Any], **fields: Any) -> None:
    headers = {"Origin": f"https://{visit.site.domain}"}
    assert api.sync(visit.batch(*events, **fields), headers).status_code == 200


def test_the_card_carries_its_code(api: Api, world: World, visit: Visit) -> None:
    send(api, visit, whatsapp(ref="1K7F3QA"))
    assert reference(world, visit) == "1K7F3QA"
    inbox = api.call("recent_intents", {"site_id": visit.site.id}, token=world.owner("acme").token)
    [card] = [one for one in inbox.json() if one["session_id"] == visit.session]
    assert card["reference"] == "1K7F3QA"


def test_a_later_tap_brings_it_and_none_takes_it(api: Api, world: World, visit: Visit) -> None:
    send(api, visit, event("conversion", "phone_call", l="tel:05321112233"))
    assert reference(world, visit) is None
    send(api, visit, whatsapp(9, ref="1K7F3QA"), whatsapp(5, ref="ZZZZZZZ"), whatsapp())
    assert reference(world, visit) == "1K7F3QA"
    send(api, visit, whatsapp(ref="ZZZZZZZ"))
    assert reference(world, visit) == "1K7F3QA"


@pytest.mark.parametrize(
    "bad", ["abc1234", "K7F", "K7F3Q2AK7F3Q2", "K7F 3Q2", "<b>1234", 1234567, None, {"a": 1}, []]
)
def test_a_code_that_is_none_costs_no_tap(
    api: Api, world: World, visit: Visit, bad: object
) -> None:
    send(api, visit, whatsapp(ref=bad))
    # a number is a code of digits
    assert reference(world, visit) == ("1234567" if bad == 1234567 else None)


@pytest.mark.parametrize(
    ("said", "counted"), [(7, 7), (0, 0), (-3, 0), (1.5, 0), ("7", 0), (10**9, 0), (None, 0)]
)
def test_what_a_queue_dropped_is_counted(
    api: Api, world: World, said: object, counted: int
) -> None:
    site: Site = world.site(f"drops{abs(hash(said))}")
    send(api, Visit(site), event(), d=said)
    assert world.value(DROPPED, site=site.id) == counted
