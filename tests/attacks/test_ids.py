"""Ids that are not one's own: guessed, mixed, moved. Archived and deleted: tests/matrix."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest

from tests.harness.rest import Api
from tests.harness.world import Site, World
from tests.http.visit import Visit, tap

# What stands in answers and arguments and is called an id.
IDS = """
select format('%s(%s)', pg_proc.proname, part.name) as name, part.type::regtype::text as type
from pg_proc
cross join unnest(
    proargnames, coalesce(proallargtypes, proargtypes::oid[])
) as part (name, type)
where pronamespace = 'api'::regnamespace and part.name ~ '(^|_)id$'
union
select format('%s.%s', typname, attname), atttypid::regtype::text
from pg_proc
join pg_type on pg_type.oid = prorettype
join pg_attribute on attrelid = typrelid and attnum > 0
where pronamespace = 'api'::regnamespace and attname ~ '(^|_)id$'
"""
KEYS = """
select conrelid::regclass::text as name, pg_get_expr(adbin, adrelid) as value
from pg_constraint
join pg_attribute on attrelid = conrelid and attname = 'id' and attnum = any (conkey)
left join pg_attrdef on adrelid = attrelid and adnum = attnum
where contype = 'p' and connamespace in ('app'::regnamespace, 'access'::regnamespace)
    and atttypid = 'uuid'::regtype and conparentid = 0
"""


@pytest.mark.parametrize("all_or_nothing", [False, True])
@pytest.mark.parametrize("action", ["seal", "junk", "restore", "cancel"])
def test_foreign_ids_in_a_list(
    api: Api, world: World, site: Site, lead: dict[str, Any], action: str, all_or_nothing: bool
) -> None:
    """Theirs among ours: ours are judged, or none is, and theirs are as they were."""
    there = Visit(world.site("neighbour"))
    assert there.send(api, tap()).status_code == 200
    (theirs,) = there.cards(world)
    sale = {"amount": 5, "currency": "TRY"} if action == "seal" else {}
    items = [
        {"call_id": str(one), "version": 1, **sale}
        for one in (theirs["id"], lead["id"], uuid.uuid4(), site.id, there.session)
    ]
    said = {"site_id": site.id, "action": action, "items": items, "all_or_nothing": all_or_nothing}
    answer = api.call("bulk_action", said, token=world.editor(site.name).token)
    assert answer.status_code == (409 if all_or_nothing else 200)
    codes = [row["code"] for row in answer.json()]
    assert codes[0] == codes[2] == codes[3] == codes[4] == "call_not_found"
    assert [row["card"] for row in answer.json() if row["code"] == "call_not_found"] == [None] * 4
    assert there.cards(world) == [theirs]
    # under the neighbour's site id it is no better
    said["site_id"] = there.site.id
    answer = api.call("bulk_action", said, token=world.editor(site.name).token)
    assert answer.status_code == 404
    assert there.cards(world) == [theirs]


MOVES: list[dict[str, Any]] = [
    {"id": "ceaad939-d565-4741-84c9-0a8997d59fa8"},
    {"site_id": "ceaad939-d565-4741-84c9-0a8997d59fa8"},
    {"public_key": "0" * 32},
    {"version": 99},
    {"deleted_at": None},
    {"created_at": "2020-01-01"},
    {"updated_at": "2020-01-01"},
    {"owner": "x"},
    {"user_id": "ceaad939-d565-4741-84c9-0a8997d59fa8"},
    {"members": []},
    {"role": "owner"},
    {"monthly_event_quota": 10**12},
    {"events_per_minute": 10**6},
    {"name": "fine", "id": "ceaad939-d565-4741-84c9-0a8997d59fa8"},
    {"": 1},
    {"Name": "x"},
    {"name; drop table app.sites": "x"},
]


@pytest.mark.parametrize("changes", MOVES, ids=json.dumps)
def test_horizontal_moves_through_update_site(
    api: Api, world: World, site: Site, changes: dict[str, Any]
) -> None:
    """A change names settings; nothing in it says which site, whose, or what it may cost."""
    rows = "select to_jsonb(t) as t from app.sites as t order by id"
    neighbour = world.site("neighbour")
    changes = {k: neighbour.id if k in ("id", "site_id") else v for k, v in changes.items()}
    owner = world.owner(site.name)
    before = world.rows(rows)
    said = {"site_id": site.id, "version": 1, "changes": changes}
    answer = api.call("update_site", said, token=owner.token)
    assert (answer.status_code, answer.json()["message"]) in (
        (400, "unknown_setting"),
        (403, "admin_required"),
    )
    assert world.rows(rows) == before


def test_ids_can_not_be_counted_up(world: World) -> None:
    """What the contract calls an id is random, and no sequence of the house is shown."""
    ids = world.rows(IDS)
    assert len(ids) > 20
    odd = {
        row["name"]: row["type"]
        for row in ids
        # An event keeps the random number that its browser gave it.
        if row["type"] != "uuid" and row["name"] != "timeline_event.id"
    }
    assert set(odd.values()) <= {"text"}, odd
    keys = world.rows(KEYS)
    assert len(keys) > 5
    assert {row["value"] for row in keys} <= {"gen_random_uuid()", None}, keys


def test_guessing_near_an_id(api: Api, world: World, lead: dict[str, Any]) -> None:
    stranger = world.neighbour_owner()
    number = uuid.UUID(str(lead["id"])).int
    for near in (number + 1, number - 1, number ^ 1, number ^ (1 << 127)):
        said = {"call_id": str(uuid.UUID(int=near))}
        assert api.call("intent_details", said, token=stranger.token).status_code == 404
    for written in ("{%s}", "%s ", "urn:uuid:%s"):
        said = {"call_id": written % lead["id"]}
        assert api.call("intent_details", said, token=stranger.token).status_code in (400, 404)
    said = {"call_id": str(lead["id"]).upper().replace("-", "")}
    assert api.call("intent_details", said, token=stranger.token).status_code == 404
