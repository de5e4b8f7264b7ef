"""A site's servers: a key is a member, seen, limited, and ended at once."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.harness.rest import Api
from tests.harness.world import Person, Site, World

pytestmark = pytest.mark.usefixtures("fresh_buckets")


@pytest.fixture
def owner(world: World, site: Site) -> Person:
    return world.owner(site.name)


def make(api: Api, owner: Person, site: Site, scopes: list[str], **more: Any) -> dict[str, Any]:
    said = {"site_id": site.id, "name": "Muhasebe", "scopes": scopes, **more}
    answer = api.call("create_api_key", said, token=owner.token)
    assert answer.status_code == 200, answer.text
    made: dict[str, Any] = answer.json()
    return made


def exchange(api: Api, key: str | None) -> httpx.Response:
    return api.call("key_login", {"api_key": key})


def token_of(api: Api, made: dict[str, Any]) -> str:
    return str(exchange(api, made["api_key"]).json()["access_token"])


def refused(answer: httpx.Response, status: int, message: str) -> None:
    assert (answer.status_code, answer.json()["message"]) == (status, message), answer.text


def test_a_key_reads_its_site_and_no_other(
    api: Api, world: World, site: Site, owner: Person, lead: dict[str, Any]
) -> None:
    world.neighbour_owner()
    made = make(api, owner, site, ["read"])
    body = exchange(api, made["api_key"]).json()
    assert (body["site_id"], body["expires_in"]) == (site.id, 600)
    token = body["access_token"]
    assert [row["id"] for row in api.call("sites", token=token).json()] == [site.id]
    (card,) = api.call("recent_intents", {"site_id": site.id}, token=token).json()
    assert card["id"] == str(lead["id"])
    said = {"call_id": card["id"], "version": card["version"]}
    refused(api.call("junk", said, token=token), 403, "editor_required")
    other = {"site_id": world.site("neighbour").id}
    refused(api.call("recent_intents", other, token=token), 404, "site_not_found")


def test_a_key_that_writes_is_an_editor_and_stands_in_the_audit(
    api: Api, world: World, site: Site, owner: Person, lead: dict[str, Any]
) -> None:
    made = make(api, owner, site, ["read", "write"])
    token = token_of(api, made)
    said = {"call_id": str(lead["id"]), "version": lead["version"]}
    assert api.call("junk", said, token=token).json()["status"] == "junk"
    (key,) = api.call("api_keys", {"site_id": site.id}, token=owner.token).json()
    last = world.rows("select actor from app.audit_log where action = 'junk'")
    assert last[-1] == {"actor": f"user:{key['user_id']}"}
    # never what an owner may, and not about people
    for name, more in (
        ("invite_member", {"email": "x@y.example", "role": "viewer"}),
        ("create_api_key", {"name": "x", "scopes": ["read"]}),
        ("api_keys", {}),
    ):
        answer = api.call(name, {"site_id": site.id, **more}, token=token)
        refused(answer, 403, "owner_required")


# All of a key that is kept, but for when it was last used.
OF_A_KEY = """
select to_jsonb(p) as profile, to_jsonb(k) - 'last_used_at' as key,
    (select jsonb_agg(to_jsonb(m)) from app.site_members as m where m.user_id = p.id) as member,
    (select jsonb_agg(to_jsonb(l) - 'last_used_at') from access.logins as l where l.user_id = p.id)
        as logins,
    (select jsonb_agg(to_jsonb(w) - 'updated_at') from access.passwords as w where w.user_id = p.id)
        as passwords
from app.profiles as p join access.api_keys as k on k.user_id = p.id where k.id = %(id)s
"""
LOGIN = "select login_id::text from access.api_keys where id = %(id)s"


@pytest.mark.parametrize("scopes", [["read"], ["read", "write"]])
def test_a_key_changes_nothing_of_itself(
    api: Api, world: World, site: Site, owner: Person, scopes: list[str]
) -> None:
    """What it is called, where it is logged in and for how long, its owners decide."""
    made = make(api, owner, site, scopes)
    token, (before,) = token_of(api, made), world.rows(OF_A_KEY, id=made["id"])
    invitation = {"site_id": site.id, "email": f"new@{site.domain}", "role": "owner"}
    assert api.call("invite_member", invitation, token=owner.token).status_code == 200
    member = {"site_id": site.id, "user_id": before["profile"]["id"]}
    world.rows("update ops.settings set who_creates_sites = 'anyone'")
    for name, said, code in (
        ("update_profile", {"display_name": "Sahibi"}, "person_required"),
        ("logout", {}, "person_required"),
        ("revoke_login", {"login_id": world.value(LOGIN, id=made["id"])}, "person_required"),
        ("change_password", {"old_password": "", "new_password": "new pass"}, "person_required"),
        ("create_site", {"name": "its own", "domain": "own.example"}, "person_required"),
        ("accept_invite", {"token": world.link(invitation["email"])}, "person_required"),
        ("remove_member", member, "member_is_api_key"),
        ("set_member_role", {**member, "role": "owner"}, "owner_required"),
        ("transfer_ownership", member, "owner_required"),
    ):
        answer = api.call(name, said, token=token)
        assert code in answer.text, (name, answer.text)
        assert world.rows(OF_A_KEY, id=made["id"]) == [before], name
    world.rows("update ops.settings set who_creates_sites = 'admin'")
    (me,) = api.call("sign_in", token=token).json()
    assert (me["id"], me["display_name"]) == (member["user_id"], "Muhasebe")
    assert api.call("recent_intents", {"site_id": site.id}, token=token).status_code == 200


def test_a_key_cannot_become_an_owner(api: Api, world: World, site: Site, owner: Person) -> None:
    make(api, owner, site, ["read"])
    (key,) = api.call("api_keys", {"site_id": site.id}, token=owner.token).json()
    said = {"site_id": site.id, "user_id": key["user_id"]}
    for name, more in (
        ("set_member_role", {"role": "owner"}),
        ("transfer_ownership", {}),
        ("remove_member", {}),
    ):
        answer = api.call(name, {**said, **more}, token=owner.token)
        refused(answer, 409, "member_is_api_key")
    members = api.call("members", {"site_id": site.id}, token=owner.token).json()
    assert {(row["name"], row["role"]) for row in members} >= {("Muhasebe", "viewer")}
    assert world.value("select count(*) from app.profiles where issuer = 'api_key'") >= 1


def test_a_revoked_key_is_out_at_once(api: Api, world: World, site: Site, owner: Person) -> None:
    made = make(api, owner, site, ["read"])
    token = token_of(api, made)
    said = {"site_id": site.id, "key_id": made["id"]}
    assert api.call("revoke_api_key", said, token=owner.token).status_code == 204
    assert api.call("sites", token=token).status_code == 401
    refused(exchange(api, made["api_key"]), 401, "invalid_api_key")
    refused(api.call("revoke_api_key", said, token=owner.token), 404, "key_not_found")
    (key,) = api.call("api_keys", {"site_id": site.id}, token=owner.token).json()
    assert key["state"] == "revoked"
    left = "select count(*) from app.site_members where user_id = %(id)s"
    assert world.value(left, id=key["user_id"]) == 0


def test_keys_that_are_none(api: Api, world: World, site: Site, owner: Person) -> None:
    over = make(api, owner, site, ["read"], expires_at="2099-01-01T00:00:00Z")
    world.rows("update access.api_keys set expires_at = now() where id = %(id)s", id=over["id"])
    gone = make(api, owner, site, ["read"])
    world.rows("update app.sites set deleted_at = now() where id = %(id)s", id=site.id)
    keys = (over["api_key"], gone["api_key"], "", None, "opsm_x", "x" * 5000)
    answers = [exchange(api, key) for key in keys]
    for answer in answers:
        refused(answer, 401, "invalid_api_key")
    assert len({answer.content for answer in answers}) == 1


@pytest.mark.parametrize("scopes", [[], None, ["admin"], ["read", "owner"], [None]])
def test_scopes_that_are_none(api: Api, site: Site, owner: Person, scopes: Any) -> None:
    said = {"site_id": site.id, "name": "x", "scopes": scopes}
    refused(api.call("create_api_key", said, token=owner.token), 400, "invalid_scopes")


def test_what_is_kept_of_a_key(api: Api, world: World, site: Site, owner: Person) -> None:
    made = make(api, owner, site, ["read"])
    shown = api.call("api_keys", {"site_id": site.id}, token=owner.token)
    assert made["api_key"] not in shown.text
    assert shown.json()[0]["last_used_at"] is None
    token_of(api, made)
    (key,) = api.call("api_keys", {"site_id": site.id}, token=owner.token).json()
    assert key["last_used_at"] is not None
    for table in ("access.api_keys", "app.audit_log", "app.profiles"):
        assert made["api_key"] not in str(world.rows(f"select * from {table}"))


def test_guessing_keys_is_throttled(api: Api, site: Site, owner: Person) -> None:
    made = make(api, owner, site, ["read"])
    assert {exchange(api, f"opsm_{n}").status_code for n in range(125)} == {401, 429}
    assert exchange(api, made["api_key"]).status_code == 200


def test_a_key_outlives_the_cleaning_of_idle_log_ins(
    api: Api, world: World, site: Site, owner: Person
) -> None:
    made = make(api, owner, site, ["read"])
    world.rows("update access.logins set last_used_at = now() - interval '40 days'")
    world.rows("select ops.clean_up()")
    assert api.call("sites", token=token_of(api, made)).status_code == 200
