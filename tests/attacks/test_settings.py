"""Settings are not asked who they are: forged by headers, by arguments, by an analyst's SQL."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg import sql
from psycopg.rows import dict_row

from tests.harness.rest import Api
from tests.harness.world import Person, World

NAMES = [
    "role",
    "X-Role",
    "X-Hasura-Role",
    "X-Postgrest-Role",
    "X-User-Id",
    "X-Forwarded-User",
    "Remote-User",
    "request.jwt.claims",
    "request.jwt.claim.role",
    "request.jwt.claim.sub",
    "search_path",
    "session_authorization",
    "response.status",
]
OURS = (
    "select pg_proc.oid::regproc::text as name, array(select format('null::%s', t::regtype)"
    " from unnest(proargtypes) as t) as nulls from pg_proc where pronamespace in"
    " ('api'::regnamespace, 'access'::regnamespace, 'app'::regnamespace, 'ops'::regnamespace)"
    " and prokind = 'f' and prorettype <> 'trigger'::regtype"
)


@pytest.mark.parametrize("header", NAMES)
def test_headers_named_like_settings(api: Api, world: World, header: str) -> None:
    owner, boss = world.owner("acme"), world.admin()
    claims = json.dumps({"iss": "opsmantik", "sub": boss.id, "role": "authenticated"})
    for value in ("service_role", "postgres", boss.id, claims):
        headers = {header: value}
        ours = api.call("sites", token=owner.token)
        theirs = api.call("sites", token=owner.token, headers=headers)
        assert (theirs.status_code, theirs.content) == (200, ours.content)
        assert api.call("sites", headers=headers).status_code == 401
        # nor does it lift what is shown of the health
        assert api.call("contract_version", headers=headers).status_code == 200


@pytest.mark.parametrize("name", [*NAMES, "request.headers", "statement_timeout"])
def test_arguments_named_like_settings(api: Api, world: World, name: str) -> None:
    """In a body they are arguments that no function has; in a query at most a filter."""
    owner, site = world.owner("acme"), world.site("acme")
    world.neighbour_owner()
    for value in ("service_role", world.admin().id, "0"):
        body = api.call("members", {"site_id": site.id, name: value}, token=owner.token)
        assert body.status_code == 404, body.text
        for said in (value, f"eq.{value}"):
            query = api.call("sites", {name: said}, token=owner.token, method="GET")
            assert query.status_code in (200, 400, 404), query.text
            assert "neighbour" not in query.text
        assert api.call("sites", {name: value}, method="GET").status_code in (401, 404)


def test_settings_of_one_request_are_gone_in_the_next(api: Api, world: World) -> None:
    """One connection serves many people: what one of them was is nobody after them."""
    owner, stranger = world.owner("acme"), world.person("stranger")
    for _ in range(40):
        assert api.call("sites", token=owner.token).json() != []
        assert api.call("sites", token=stranger.token).json() == []
        assert api.call("sites").status_code == 401


@pytest.fixture
def mallory(analyst: dict[str, Any]) -> Iterator[psycopg.Connection[dict[str, Any]]]:
    """A connection of a login of group analyst."""
    with psycopg.connect(**analyst, autocommit=True, row_factory=dict_row) as conn:
        conn.execute("set default_transaction_read_only = off")
        yield conn


def forged(boss: Person, role: str) -> dict[str, str]:
    """What PostgREST would have set for somebody else."""
    claims = {"iss": "opsmantik", "aud": "opsmantik", "sub": boss.id, "role": role}
    return {
        "request.jwt.claims": json.dumps(claims),
        "request.jwt.claim.sub": boss.id,
        "request.jwt.claim.role": role,
        "request.headers": json.dumps({"authorization": "Bearer x", "x-proxy-secret": "x"}),
        "request.method": "POST",
        "request.path": "/rpc/sites",
    }


@pytest.mark.parametrize("role", ["authenticated", "service_role", "analyst"])
def test_an_analyst_forges_every_setting_of_a_request(
    world: World, mallory: psycopg.Connection[dict[str, Any]], role: str
) -> None:
    for boss in (world.admin(), world.neighbour_owner(), world.owner("acme")):
        for name, value in forged(boss, role).items():
            mallory.execute("select set_config(%s, %s, false)", [name, value])
        views = mallory.execute(
            "select relname from pg_class where relnamespace = 'reporting'::regnamespace"
            " and relkind = 'v'"
        ).fetchall()
        assert len(views) > 5
        for view in views:
            rows = mallory.execute(
                sql.SQL("select distinct site_id from reporting.{}").format(
                    sql.Identifier(view["relname"])
                )
            ).fetchall()
            assert {str(row["site_id"]) for row in rows} <= {world.site("acme").id}


def test_an_analyst_reaches_no_function_of_ours(
    world: World, mallory: psycopg.Connection[dict[str, Any]]
) -> None:
    """Every one is tried, with everything forged that a request would set."""
    for name, value in forged(world.admin(), "authenticated").items():
        mallory.execute("select set_config(%s, %s, false)", [name, value])
    functions = world.rows(OURS)
    assert len(functions) > 200
    for one in functions:
        query = f"select {one['name']}({', '.join(one['nulls'])})"
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            mallory.execute(query.encode())


def test_an_analyst_takes_on_no_other_role(mallory: psycopg.Connection[dict[str, Any]]) -> None:
    roles = mallory.execute(
        "select rolname from pg_roles where rolname not in ('mallory', 'analyst')"
    ).fetchall()
    assert len(roles) > 10
    for row in roles:
        role = sql.Identifier(row["rolname"])
        for query in ("set role {}", "set session authorization {}", "grant {} to mallory"):
            with pytest.raises(psycopg.Error) as refused:
                mallory.execute(sql.SQL(query).format(role))
            assert refused.value.sqlstate == "42501", (query, row)
    mallory.execute("set role analyst")
