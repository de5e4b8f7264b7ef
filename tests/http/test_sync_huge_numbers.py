"""Numbers that are short to write and long to spell out: nobody pays for them but their sender."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.harness.rest import Api
from tests.harness.world import World
from tests.http.visit import Visit, bad_rows, event, post, said, tap

BOUND = 65536
HUGE = "1e131071"
HUGES = "[" + ",".join([HUGE] * 5000) + "]"
EVENTS = "select * from app.events where site_id = %(site)s order by id"


def written(batch: dict[str, Any], **values: str) -> str:
    """The batch as text, with ``"NAME"`` replaced by exactly what is given."""
    body = json.dumps(batch)
    for name, value in values.items():
        body = body.replace(f'"{name}"', value)
    assert len(body) <= BOUND
    return body


@pytest.mark.parametrize("number", [HUGE, "-1E+131071", "1e-131071", "1.5e0999", HUGES])
@pytest.mark.parametrize("field", ["m", "v", "g", "i", "extra"])
def test_in_an_event(api: Api, world: World, visit: Visit, field: str, number: str) -> None:
    value: Any = {"x": "RAW"} if field == "m" else "RAW"
    body = written(visit.batch(event(), {**event(), field: value}, tap()), RAW=number)
    assert said(post(api, visit.site, body)) == (200, "stored", 2, 0, 1)
    (row,) = bad_rows(world, visit.site)
    assert row["reason"] == "invalid_number"
    assert len(row["payload"]) <= BOUND
    assert len(row["payload"]) < 2 * len(body)
    assert number in row["payload"]
    assert len(visit.cards(world)) == 1


def test_in_fifty_events(api: Api, world: World, visit: Visit) -> None:
    """One row, and no longer than what came."""
    events = [{**event(), "m": {"x": "RAW"}} for _ in range(49)]
    body = written(visit.batch(*events, tap()), RAW="[" + ",".join([HUGE] * 100) + "]")
    assert said(post(api, visit.site, body)) == (200, "stored", 1, 0, 49)
    (row,) = bad_rows(world, visit.site)
    assert len(row["payload"]) <= BOUND
    assert len(visit.cards(world)) == 1


@pytest.mark.parametrize("field", ["p", "f", "v", "c", "x"])
@pytest.mark.parametrize("value", [HUGE, HUGES, f'{{"u":{HUGE}}}'])
def test_in_the_envelope_it_is_ignored(
    api: Api, world: World, visit: Visit, field: str, value: str
) -> None:
    body = written(visit.batch(event(), tap(), **{field: "RAW"}), RAW=value)
    assert said(post(api, visit.site, body)) == (200, "stored", 2, 0, 0)
    assert len(visit.cards(world)) == 1
    assert bad_rows(world, visit.site) == []
    assert len(str(visit.row(world))) < 5000


@pytest.mark.parametrize("field", ["s", "e"])
def test_in_place_of_what_is_needed(api: Api, world: World, visit: Visit, field: str) -> None:
    body = written(visit.batch(event(), **{field: "RAW"}), RAW=HUGES)
    answer = post(api, visit.site, body)
    assert said(answer)[0] in (200, 202), answer.text
    (row,) = bad_rows(world, visit.site)
    assert len(row["payload"]) <= BOUND
    assert visit.cards(world) == []


def test_one_step_short_of_huge(api: Api, world: World, visit: Visit) -> None:
    """1e99 is spelled out in a hundred digits: bounded, and bounded as a bad row too."""
    events = [{**event(), "m": {"x": "RAW"}} for _ in range(50)]
    body = written(visit.batch(*events), RAW="[" + ",".join(["1e99"] * 200) + "]")
    assert said(post(api, visit.site, body))[0] == 202
    (row,) = bad_rows(world, visit.site)
    assert len(row["payload"]) <= BOUND


def test_as_text_it_is_text(api: Api, world: World, visit: Visit) -> None:
    visit.query = "gclid=Cj5e123_9e999"
    sent = event("interaction", "note", l='1e999 "1e131071" \\', m={"x": "-1E+999"})
    assert said(visit.send(api, sent, tap())) == (200, "stored", 2, 0, 0)
    assert visit.row(world)["gclid"] == "Cj5e123_9e999"
    kept = [row for row in world.rows(EVENTS, site=visit.site.id) if row["action"] == "note"]
    assert [(row["label"], row["metadata"]) for row in kept] == [(sent["l"], sent["m"])]
    assert bad_rows(world, visit.site) == []


def test_beside_a_huge_number_text_is_text(api: Api, world: World, visit: Visit) -> None:
    """The other events of a batch that has one are read as they came."""
    visit.query = "gclid=Cj5e123"
    sent = event("interaction", "note", l="1e999")
    body = written(visit.batch(sent, {**event(), "v": "RAW"}), RAW=HUGE)
    assert said(post(api, visit.site, body)) == (200, "stored", 1, 0, 1)
    assert visit.row(world)["gclid"] == "Cj5e123"
    assert [row["label"] for row in world.rows(EVENTS, site=visit.site.id)] == ["1e999"]
