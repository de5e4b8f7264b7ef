"""Equal answers take equal work: what is scanned is counted, time is not looked at."""

from __future__ import annotations

import base64
import json
import uuid
from typing import Any

import psycopg
import pytest
from psycopg import sql

from tests.attacks.doors import OF_CARDS, OF_SITES
from tests.harness.requests import REQUESTS
from tests.harness.world import Person, Site, World

# Scans, not rows: whether the one row is there is what the scan has to find out.
SCANS = """
select relation.oid::regclass::text as name, pg_stat_get_xact_numscans(relation.oid) as n
from pg_class as relation
where relation.relnamespace in ('app'::regnamespace, 'access'::regnamespace, 'ops'::regnamespace)
    and relation.relkind in ('r', 'i')
"""
ARCHIVED = (
    "insert into app.sites (name, domain, deleted_at) values ('old', 'old.example', now())"
    " returning id::text"
)
CARD = (
    "insert into app.calls (site_id, intent_action, intent_stamp, tapped_at, last_tap_at,"
    " last_action, currency) select id, 'phone', gen_random_uuid(), now(), now(), 'phone', 'TRY'"
    " from app.sites where id = %(site)s returning id::text"
)


def literal(value: Any) -> sql.Literal:
    """As PostgREST hands it over: of unknown type, cast by the function."""
    if isinstance(value, dict) or (isinstance(value, list) and not isinstance(value[0], str)):
        return sql.Literal(json.dumps(value))
    return sql.Literal(f"{{{','.join(value)}}}" if isinstance(value, list) else value)


def work(
    world: World, role: str, settings: dict[str, str], name: str, said: dict[str, Any]
) -> tuple[dict[str, int], str]:
    """What one call scanned, relation by relation, and how it answered."""
    call = sql.SQL("select * from api.{}({})").format(
        sql.Identifier(name),
        sql.SQL(", ").join(
            sql.SQL("{} => {}").format(sql.Identifier(key), literal(value))
            for key, value in said.items()
        ),
    )
    with world.conn.transaction(force_rollback=True):
        for setting, value in {**settings, "plan_cache_mode": "force_generic_plan"}.items():
            world.rows("select set_config(%(s)s, %(v)s, true)", s=setting, v=value)
        world.rows(f"set local role {role}")
        before = {row["name"]: row["n"] for row in world.rows(SCANS)}
        try:
            with world.conn.transaction():
                answer = str(world.conn.execute(call).fetchall())
        except psycopg.Error as error:
            answer = f"{error.sqlstate} {error.diag.message_primary}"
        after = {row["name"]: row["n"] for row in world.rows(SCANS)}
    return {name: n - before[name] for name, n in after.items() if n != before[name]}, answer


def claims(person: Person) -> dict[str, str]:
    said = {"iss": "opsmantik", "sub": person.id, "role": "authenticated"}
    return {"request.jwt.claims": json.dumps(said)}


def headers(**said: str) -> dict[str, str]:
    return {"request.headers": json.dumps(said)}


@pytest.fixture
def stranger(world: World) -> Person:
    return world.neighbour_owner()


@pytest.mark.parametrize("name", OF_SITES)
def test_ids_of_sites(world: World, stranger: Person, site: Site, name: str) -> None:
    """A neighbour's, one that is archived, one that never was."""
    found = [
        work(world, "authenticated", claims(stranger), name, {**REQUESTS[name], "site_id": one})
        for one in (site.id, world.value(ARCHIVED), str(uuid.uuid4()))
    ]
    assert found[0][1] in ("PT404 site_not_found", "PT403 admin_required")
    assert found[0] == found[1] == found[2]
    assert found[0][0]


@pytest.mark.parametrize("name", OF_CARDS)
def test_ids_of_cards(world: World, stranger: Person, site: Site, name: str) -> None:
    deleted = world.value(CARD, site=site.id)
    world.rows("update app.calls set deleted_at = now() where id = %(id)s", id=deleted)
    found = [
        work(world, "authenticated", claims(stranger), name, {**REQUESTS[name], "call_id": one})
        for one in (world.value(CARD, site=site.id), deleted, str(uuid.uuid4()))
    ]
    assert found[0][1] == "PT404 call_not_found"
    assert found[0] == found[1] == found[2]
    assert found[0][0]


def test_ids_of_cards_in_a_list(world: World, stranger: Person, site: Site) -> None:
    said = {"site_id": world.site("neighbour").id, "action": "junk"}
    found = [
        work(
            world, "authenticated", claims(stranger), "bulk_action",
            said | {"items": [{"call_id": one, "version": 1}]},
        )[0]
        for one in (world.value(CARD, site=site.id), str(uuid.uuid4()))
    ]  # fmt: skip
    assert found[0] == found[1]
    assert found[0]


def test_names_and_secrets_of_feeds(world: World, site: Site) -> None:
    world.rows("select access.create_feed_credential(%(s)s, 'a-feed')", s=site.id)
    found = []
    for name in ("a-feed", "no-feed"):
        said = base64.b64encode(f"{name}:wrong".encode()).decode()
        one = headers(authorization=f"Basic {said}")
        found.append(work(world, "anon", one, "conversions.csv", {}))
    assert found[0] == found[1]
    assert found[0][0]


def test_api_keys(world: World, site: Site) -> None:
    """Unknown, revoked, over."""
    owner = world.owner(site.name)
    keys = ["opsm_" + "x" * 43]
    make = "select * from api.create_api_key(%(s)s, 'k', '{read}')"
    for end in ("revoked_at = now()", "expires_at = now(), created_at = now() - interval '1 day'"):
        with world.conn.transaction():
            world.rows("select set_config(%(k)s, %(v)s, true)", k="request.jwt.claims",
                       v=claims(owner)["request.jwt.claims"])  # fmt: skip
            made = world.rows(make, s=site.id)[0]
        world.rows(f"update access.api_keys set {end} where id = %(id)s", id=made["id"])
        keys.append(made["api_key"])
    found = [work(world, "anon", {}, "key_login", {"api_key": key}) for key in keys]
    assert "invalid_api_key" in found[0][1]
    assert found[0] == found[1] == found[2]
    assert found[0][0]


def test_keys_of_sites_at_call_event(world: World, site: Site) -> None:
    """With a secret, without one, unknown: nobody learns from outside who takes reports."""
    world.rows(
        "insert into access.call_secrets (site_id, current_secret) values (%(s)s, %(x)s)",
        s=site.id, x="s" * 43,
    )  # fmt: skip
    found = []
    for key in (site.key, world.site("neighbour").key, "0" * 32):
        one = headers(**{"x-signature": f"t=1,v1={'0' * 64}"})
        found.append(work_of_body(world, one, {"k": key, "id": "x"}))
    assert "invalid_signature" in found[0][1]
    assert found[0] == found[1] == found[2]
    assert found[0][0]


def work_of_body(
    world: World, settings: dict[str, str], body: dict[str, Any]
) -> tuple[dict[str, int], str]:
    with world.conn.transaction(force_rollback=True):
        for setting, value in settings.items():
            world.rows("select set_config(%(s)s, %(v)s, true)", s=setting, v=value)
        before = {row["name"]: row["n"] for row in world.rows(SCANS)}
        answer = str(world.rows("select * from api.call_event(%(b)s)", b=json.dumps(body)))
        after = {row["name"]: row["n"] for row in world.rows(SCANS)}
    return {name: n - before[name] for name, n in after.items() if n != before[name]}, answer
