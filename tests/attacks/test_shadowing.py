"""search_path, functions, operators, types, tables of the caller's own: none gets into our code."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from tests.attacks.doors import FILES, OPEN
from tests.attacks.test_equal_work import claims, literal
from tests.harness.requests import REQUESTS
from tests.harness.world import Site, World
from tests.http.visit import Visit, event, tap

SHADOW = (Path(__file__).parent / "sql/shadow.sql").read_text(encoding="utf-8")
PATH = "set local search_path = hostile, pg_catalog"
SPRUNG = "HOST1"
# Functions that may be called by somebody with a hostile search_path, beside those of the contract.
HELPERS = """
select pg_proc.oid::regprocedure::text as name, proname,
    array(select format('null::%s', t::regtype) from unnest(proargtypes) as t) as nulls
from pg_proc
where pronamespace in ('access'::regnamespace, 'app'::regnamespace, 'ops'::regnamespace)
    and prokind = 'f' and prorettype <> 'trigger'::regtype
    and has_function_privilege('authenticated', pg_proc.oid, 'execute')
"""


@pytest.fixture(scope="module", autouse=True)
def _hostile(world: World) -> None:
    world.rows(SHADOW)


def call(world: World, role: str, settings: dict[str, str], query: sql.Composed) -> str:
    """The SQLSTATE of a call whose caller has laid everything out; '' where it answers."""
    with world.conn.transaction(force_rollback=True):
        for setting, value in settings.items():
            world.rows("select set_config(%(s)s, %(v)s, true)", s=setting, v=value)
        world.rows(f"set local role {role}")
        world.rows(PATH)
        try:
            with world.conn.transaction():
                world.conn.execute(query)
        except psycopg.Error as error:
            return str(error.sqlstate)
    return ""


def batch(site: Site) -> dict[str, Any]:
    return Visit(site).batch(event(), tap())


def of(name: str, said: dict[str, Any]) -> sql.Composed:
    return sql.SQL("select api.{}({})").format(
        sql.Identifier(name),
        sql.SQL(", ").join(
            sql.SQL("{} => {}").format(sql.Identifier(key), literal(value))
            for key, value in said.items()
        ),
    )


def test_the_trap_springs(world: World) -> None:
    """A function that pins nothing runs what the caller has laid out."""
    world.rows(
        "create function public.unpinned() returns boolean language plpgsql security definer as"
        " $$ begin return 'a'::pg_catalog.text = 'b'::pg_catalog.text; end $$"
    )
    world.rows("grant usage on schema public to authenticated")
    try:
        query = sql.SQL("select public.unpinned()").format()
        assert call(world, "authenticated", {}, query) == SPRUNG
        query = sql.SQL("select pg_catalog.upper(lower('A'::pg_catalog.text))").format()
        assert call(world, "authenticated", {}, query) == SPRUNG
    finally:
        world.rows("drop function public.unpinned()")
        world.rows("revoke usage on schema public from authenticated")


@pytest.mark.parametrize("name", [name for name in REQUESTS if name != "health"])
def test_every_function_of_the_contract(world: World, site: Site, name: str) -> None:
    """As its owner, with ids that are there and after that with ids that are not."""
    owner = world.owner(site.name)
    world.rows("truncate ops.rate_buckets")
    arguments = REQUESTS[name]
    real = {"site_id": site.id, "visitor_id": "x", "user_id": owner.id}
    tries = [arguments, {**arguments, **{k: v for k, v in real.items() if k in arguments}}]
    role = "anon" if name in OPEN and name != "logout" else "authenticated"
    settings = claims(owner) if role == "authenticated" else {}
    settings["request.headers"] = json.dumps({"authorization": "Basic eDp5", "x-signature": "t=1"})
    for said in tries:
        if name == "sync":
            body = batch(site)
            query = sql.SQL("select api.sync({})").format(sql.Literal(json.dumps(body)))
        elif name == "call_event":
            query = sql.SQL("select api.call_event('{{}}')").format()
        else:
            query = of(name, said)
        state = call(world, role, settings, query)
        assert state == "" or state.startswith("PT"), (state, said)


def test_ingest_was_really_taken(world: World, site: Site) -> None:
    """An error inside sync becomes a bad row, not an SQLSTATE: there must be none."""
    body = batch(site)
    with world.conn.transaction(force_rollback=True):
        world.rows("set local role anon")
        world.rows(PATH)
        (row,) = world.rows("select * from api.sync(%(b)s)", b=json.dumps(body))
    assert (row["status"], row["accepted"]) == ("stored", 2)


def test_every_helper_that_may_be_called(world: World, site: Site) -> None:
    helpers = world.rows(HELPERS)
    assert len(helpers) > 20
    settings = claims(world.owner(site.name))
    for one in helpers:
        name = sql.SQL(one["name"].split("(")[0])
        query = sql.SQL("select {}({})").format(name, sql.SQL(", ".join(one["nulls"])))
        state = call(world, "authenticated", settings, query)
        assert state != SPRUNG, one["name"]


def test_every_view_of_analysts(world: World) -> None:
    views = world.rows(
        "select relname as name from pg_class"
        " where relnamespace = 'reporting'::regnamespace and relkind = 'v'"
    )
    assert len(views) > 5
    for one in views:
        query = sql.SQL("select * from reporting.{}").format(sql.Identifier(one["name"]))
        assert call(world, "analyst", {}, query) == "", one["name"]


HOSTILE_NAMES = [
    "x'; drop table app.sites; --",
    'x"; drop table app.sites; --',
    "$$; drop table app.sites; $$",
    "%s %I %1$s",
    "pg_catalog.pg_authid",
    "a\\'b",
    "null",
    "{x}",
    "\u2028'; select 1; --",
]


@pytest.mark.parametrize("hostile", HOSTILE_NAMES)
def test_definers_fed_hostile_names(world: World, site: Site, hostile: str) -> None:
    """In every text argument: what is put into SQL or into a format stays text."""
    owner = world.owner(site.name)
    before = world.value("select count(*) from pg_class where relnamespace = 'app'::regnamespace")
    texts = world.rows(
        "select proname as name, array_agg(argument.name) as names from pg_proc"
        " cross join unnest(proargnames, proargtypes::oid[]) as argument (name, type)"
        " where pronamespace = 'api'::regnamespace and argument.type = 'text'::regtype"
        " and argument.name <> '' group by proname order by proname"
    )
    assert len(texts) > 20
    tried = 0
    for one in texts:
        name = one["name"]
        if name in FILES:
            continue
        arguments = REQUESTS[name]
        real = {"site_id": site.id, "user_id": owner.id}
        said = {**arguments, **{k: v for k, v in real.items() if k in arguments}}
        for field in one["names"]:
            tried += 1
            state = call(world, "authenticated", claims(owner), of(name, {**said, field: hostile}))
            assert state == "" or state.startswith("PT"), (name, field, state)
    assert tried > 40
    assert before == world.value(
        "select count(*) from pg_class where relnamespace = 'app'::regnamespace"
    )
