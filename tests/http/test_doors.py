"""The ways around the functions: none. Who may call which: tests/matrix."""

from __future__ import annotations

import pytest

from tests.harness.requests import REQUESTS
from tests.harness.rest import Api
from tests.harness.world import World

FUNCTIONS = (
    "select proname as name, provolatile <> 'v' as reads,"
    " has_function_privilege('anon', oid, 'execute') as anon,"
    " has_function_privilege('authenticated', oid, 'execute') as authenticated"
    " from pg_proc where pronamespace = 'api'::regnamespace"
)
HIDDEN = (
    "select n.nspname as schema, c.relname as name from pg_class as c"
    " join pg_namespace as n on n.oid = c.relnamespace"
    " where n.nspname in ('app', 'access', 'ops', 'partman', 'reporting')"
    " and c.relkind in ('r', 'p', 'v')"
)


@pytest.mark.parametrize("name", REQUESTS)
def test_get_reads_and_only_reads(api: Api, world: World, name: str) -> None:
    """GET on what writes is refused before it does anything."""
    (facts,) = (row for row in world.rows(FUNCTIONS) if row["name"] == name)
    token = None if facts["anon"] else world.person("stranger").token
    if name in ("sync", "call_event"):
        answer = api.client.get(f"/rpc/{name}")
    else:
        # A list is written otherwise in a query.
        said = {k: "{read}" if k == "scopes" else v for k, v in REQUESTS[name].items()}
        answer = api.call(name, said, token=token, method="GET")
    if facts["reads"]:
        assert answer.status_code in (200, 401, 403, 404, 500)
    else:
        assert answer.status_code in (403, 404, 405), answer.text


def test_tables_are_not_there(api: Api, world: World) -> None:
    tables = world.rows(HIDDEN)
    assert len(tables) > 30
    for token in (None, world.admin().token):
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        for table in tables:
            for path in (f"/{table['name']}", f"/{table['schema']}.{table['name']}"):
                answer = api.client.get(path, headers=headers)
                assert answer.status_code == 404, (path, answer.text)


@pytest.mark.parametrize("schema", ["app", "access", "ops", "partman", "reporting", "pg_catalog"])
def test_another_schema_cannot_be_asked_for(api: Api, world: World, schema: str) -> None:
    token = world.admin().token
    for header in ("Accept-Profile", "Content-Profile"):
        headers = {header: schema, "Authorization": f"Bearer {token}"}
        for path in ("/sites", "/rpc/run_job", "/rpc/site_ids"):
            assert api.client.get(path, headers=headers).status_code in (404, 406)
            assert api.client.post(path, headers=headers, json={}).status_code in (404, 406)


def test_inner_functions_are_not_there(api: Api, world: World) -> None:
    names = world.rows(
        "select distinct proname as name from pg_proc"
        " where pronamespace in ('app'::regnamespace, 'access'::regnamespace, 'ops'::regnamespace)"
    )
    admin = world.admin()
    for name in sorted({row["name"] for row in names} - set(REQUESTS)):
        assert api.call(name, token=admin.token).status_code == 404, name


def test_openapi_shows_only_what_one_may_call(api: Api, world: World) -> None:
    for token, role in ((None, "anon"), (world.person("stranger").token, "authenticated")):
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        paths = set(api.client.get("/", headers=headers).json()["paths"]) - {"/"}
        assert paths == {f"/rpc/{row['name']}" for row in world.rows(FUNCTIONS) if row[role]}


def test_plans_are_not_told(api: Api, world: World) -> None:
    token = world.owner("acme").token
    for kind in ("text", "json"):
        accept = {"Accept": f"application/vnd.pgrst.plan+{kind}; options=analyze|verbose"}
        answer = api.call("sites", token=token, headers=accept, method="GET")
        assert answer.status_code in (406, 415)
        assert "Scan" not in answer.text


def test_counts_and_filters_see_only_what_is_yours(api: Api, world: World) -> None:
    owner, neighbour = world.owner("acme"), world.neighbour_owner()
    exact = {"Prefer": "count=exact"}
    answer = api.call("sites", token=owner.token, headers=exact, method="GET")
    assert answer.headers["Content-Range"] == "0-0/1"
    ours = world.site("acme").id
    for filters in (
        {"id": f"eq.{ours}"},
        {"or": f"(id.eq.{ours},name.neq.x)"},
        {"domain": "like.*"},
        {"select": "id,name,public_key", "name": "eq.acme"},
    ):
        seen = api.call("sites", token=neighbour.token, method="GET", params=filters)
        assert "acme" not in seen.text
        assert ours not in seen.text
    joined = api.call("sites", token=owner.token, method="GET", params={"select": "*,calls(*)"})
    assert joined.status_code == 400


def test_writing_verbs_on_functions(api: Api, world: World) -> None:
    token = world.owner("acme").token
    for method in ("PUT", "PATCH", "DELETE"):
        answer = api.client.request(
            method, "/rpc/sites", headers={"Authorization": f"Bearer {token}"}, json={}
        )
        assert answer.status_code == 405
