"""Who may knock where: one table of every function, and the ways around it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from tests.harness.rest import Api
from tests.harness.world import World

ID = "11111111-2222-4333-8444-555555555555"
JUDGE = {"call_id": ID, "version": 1}
RANGE = {"since": "2026-01-01T00:00:00Z", "until": "2026-02-01T00:00:00Z"}


@dataclass(frozen=True)
class Door:
    """How a function answers: anon, and somebody logged in who belongs nowhere."""

    anon: int
    stranger: int
    arguments: dict[str, Any]
    reads: bool = False


DOORS = {
    # open to everybody
    "sync": Door(404, 404, {}),
    "login": Door(401, 401, {"email": "a@b.example", "password": "x"}),
    "refresh_token": Door(401, 401, {"refresh_token": "x"}),
    "logout": Door(204, 204, {"refresh_token": "x"}),
    "health": Door(500, 500, {}, reads=True),
    "core.js": Door(200, 403, {}, reads=True),
    "contract_version": Door(200, 200, {}, reads=True),
    # behind Basic
    "conversions.csv": Door(401, 403, {}, reads=True),
    "adjustments.csv": Door(401, 403, {}, reads=True),
    # people without a token, or with one
    "accept_invite": Door(404, 404, {"token": "x", "password": "long enough for one"}),
    "request_password_reset": Door(200, 200, {"email": "a@b.example"}),
    "reset_password": Door(404, 404, {"token": "x", "password": "long enough for one"}),
    # servers
    "key_login": Door(401, 401, {"api_key": "x"}),
    "call_event": Door(401, 403, {}),
    # everybody who is logged in, about themself
    "profile": Door(401, 200, {}, reads=True),
    "sign_in": Door(401, 200, {}),
    "update_profile": Door(401, 204, {"display_name": "stranger"}),
    "change_password": Door(401, 403, {"old_password": "x", "new_password": "y"}),
    "logins": Door(401, 200, {}, reads=True),
    "revoke_login": Door(401, 404, {"login_id": ID}),
    # members only
    "sites": Door(401, 200, {}, reads=True),
    "recent_intents": Door(401, 404, {"site_id": ID}, reads=True),
    "pulse": Door(401, 404, {"site_id": ID}, reads=True),
    "intent_details": Door(401, 404, {"call_id": ID}, reads=True),
    "session_details": Door(401, 404, {"site_id": ID, "session_id": ID}, reads=True),
    "visitor_sessions": Door(401, 404, {"site_id": ID, "visitor_id": "x"}, reads=True),
    "members": Door(401, 404, {"site_id": ID}, reads=True),
    "activity": Door(401, 404, {"site_id": ID}, reads=True),
    "queue_stats": Door(401, 404, {"site_id": ID, **RANGE}, reads=True),
    "oci_status": Door(401, 404, {"site_id": ID, **RANGE}, reads=True),
    "site_install_status": Door(401, 404, {"site_id": ID}, reads=True),
    "export_stats": Door(401, 404, {"site_id": ID, **RANGE}, reads=True),
    "export_intents": Door(401, 404, {"site_id": ID, **RANGE}, reads=True),
    "create_call": Door(401, 404, {"site_id": ID}),
    "admin_sites_list": Door(401, 403, {}, reads=True),
    "session_timeline": Door(401, 404, {"site_id": ID, "session_id": ID}, reads=True),
    "dashboard_stats": Door(401, 404, {"site_id": ID, **RANGE}, reads=True),
    "dashboard_timeline": Door(401, 404, {"site_id": ID, **RANGE}, reads=True),
    "dashboard_breakdown": Door(
        401, 404, {"site_id": ID, "dimension": "city", **RANGE}, reads=True
    ),
    "seal": Door(401, 404, {**JUDGE, "amount": 1, "currency": "TRY"}),
    "amend": Door(401, 404, {**JUDGE, "amount": 1}),
    "junk": Door(401, 404, JUDGE),
    "restore": Door(401, 404, JUDGE),
    "cancel": Door(401, 404, JUDGE),
    "undo": Door(401, 404, JUDGE),
    "bulk_action": Door(401, 404, {"site_id": ID, "action": "junk", "items": [JUDGE]}),
    "delete_call": Door(401, 404, JUDGE),
    "undelete_call": Door(401, 404, JUDGE),
    "create_site": Door(401, 403, {"name": "x", "domain": "x.example"}),
    "update_site": Door(401, 404, {"site_id": ID, "version": 1, "changes": {}}),
    "archive_site": Door(401, 404, {"site_id": ID}),
    "restore_site": Door(401, 404, {"site_id": ID}),
    "auto_approve_stale_intents": Door(401, 404, {"site_id": ID}),
    "site_usage": Door(401, 404, {"site_id": ID}, reads=True),
    "erase_person": Door(401, 404, {"site_id": ID, "visitor_id": "x"}),
    "export_person": Door(401, 404, {"site_id": ID, "visitor_id": "x"}),
    "site_settings": Door(401, 404, {"site_id": ID}, reads=True),
    "archived_sites": Door(401, 200, {}, reads=True),
    "create_api_key": Door(401, 404, {"site_id": ID, "name": "x", "scopes": "{read}"}),
    "api_keys": Door(401, 404, {"site_id": ID}, reads=True),
    "revoke_api_key": Door(401, 404, {"site_id": ID, "key_id": ID}),
    "rotate_call_secret": Door(401, 404, {"site_id": ID}),
    "promote_call_secret": Door(401, 404, {"site_id": ID}),
    "invite_member": Door(401, 404, {"site_id": ID, "email": "a@b.example", "role": "viewer"}),
    "invitations": Door(401, 404, {"site_id": ID}, reads=True),
    "revoke_invitation": Door(401, 404, {"site_id": ID, "invitation_id": ID}),
    "set_member_role": Door(401, 404, {"site_id": ID, "user_id": ID, "role": "viewer"}),
    "remove_member": Door(401, 404, {"site_id": ID, "user_id": ID}),
    "transfer_ownership": Door(401, 404, {"site_id": ID, "user_id": ID}),
    "deleted_calls": Door(401, 404, {"site_id": ID}, reads=True),
}
FUNCTIONS = (
    "select proname as name, provolatile = 's' as reads from pg_proc"
    " where pronamespace = 'api'::regnamespace"
)
FILES = {"conversions.csv", "adjustments.csv", "core.js"}
OPEN = {
    "contract_version",
    "sync",
    "login",
    "refresh_token",
    "logout",
    "health",
    "accept_invite",
    "request_password_reset",
    "reset_password",
    "key_login",
    "call_event",
} | FILES
HIDDEN = (
    "select n.nspname as schema, c.relname as name from pg_class as c"
    " join pg_namespace as n on n.oid = c.relnamespace"
    " where n.nspname in ('app', 'access', 'ops', 'partman', 'reporting')"
    " and c.relkind in ('r', 'p', 'v')"
)


def knock(api: Api, name: str, token: str | None, method: str = "POST") -> httpx.Response:
    door = DOORS[name]
    if name == "sync":
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return api.raw_sync("{}", headers)
    return api.call(name, door.arguments, token=token, method=method)


def test_every_function_has_a_row_and_every_row_a_function(world: World) -> None:
    found = {row["name"]: row["reads"] for row in world.rows(FUNCTIONS)}
    assert found == {name: door.reads for name, door in DOORS.items()}


@pytest.mark.parametrize("name", DOORS)
def test_anon(api: Api, name: str) -> None:
    answer = knock(api, name, None)
    assert answer.status_code == DOORS[name].anon, answer.text
    if name not in OPEN:
        assert answer.json()["code"] == "42501"


@pytest.mark.parametrize("name", DOORS)
def test_a_stranger_who_is_logged_in(api: Api, world: World, name: str) -> None:
    answer = knock(api, name, world.person("stranger").token)
    assert answer.status_code == DOORS[name].stranger, answer.text
    if name in ("sites", "archived_sites"):
        assert answer.json() == []


@pytest.mark.parametrize("role", ["service_role", "monitor"])
@pytest.mark.parametrize("name", sorted(set(DOORS) - OPEN))
def test_roles_of_machines_are_no_members(api: Api, world: World, role: str, name: str) -> None:
    token = world.token("machine", role=role)
    assert knock(api, name, token).status_code == 403


@pytest.mark.parametrize("name", DOORS)
def test_get_reads_and_only_reads(api: Api, world: World, name: str) -> None:
    """GET on what writes is refused before it does anything."""
    token = None if name in OPEN else world.person("stranger").token
    answer = knock(api, name, token, "GET")
    if name == "sync":
        answer = api.client.get("/rpc/sync")
    if DOORS[name].reads:
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
    for name in sorted({row["name"] for row in names} - set(DOORS)):
        assert api.call(name, token=admin.token).status_code == 404, name


def test_child_partitions_are_closed(world: World) -> None:
    """By direct SQL too: neither role reads a child past the parent's policies."""
    children = world.rows(
        "select inhrelid::regclass::text as name from pg_inherits"
        " where inhparent in ('app.sessions'::regclass, 'app.events'::regclass)"
    )
    assert len(children) > 8
    for role in ("anon", "authenticated", "service_role", "monitor", "analyst", "app_definer"):
        for child in children:
            may = (
                "select has_table_privilege(%(role)s, %(child)s, 'select, insert, update, delete')"
            )
            assert world.value(may, role=role, child=child["name"]) is False, (role, child)


def test_openapi_shows_anon_only_what_anon_may_call(api: Api, world: World) -> None:
    for token, expected in ((None, OPEN), (world.person("stranger").token, set(DOORS))):
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        paths = set(api.client.get("/", headers=headers).json()["paths"]) - {"/"}
        shut = {f"/rpc/{name}" for name in FILES | {"call_event"}} if token else set()
        assert paths == {f"/rpc/{name}" for name in expected} - shut


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
