"""The official Python client calls each function of the contract, as a working day would."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from postgrest import SyncPostgrestClient

from tests.contract import marked
from tests.harness.rest import Api, Rest
from tests.harness.world import Person, World

FUNCTIONS = (
    "select proname as name, provolatile <> 'v' as reads from pg_proc"
    " where pronamespace = 'api'::regnamespace"
)
# Fetched by a URL, or sent raw by the tracker or a telephone provider: no client calls them.
BY_URL = {"conversions.csv", "adjustments.csv", "core.js", "sync", "call_event"}
PASSWORD = "a long enough password"
# How a call is made: (who, function, arguments)
Call = Callable[..., Any]


@pytest.fixture
def clients(rest: Rest) -> Iterator[Callable[[str | None], SyncPostgrestClient]]:
    """A client with somebody's token."""
    made: dict[str | None, SyncPostgrestClient] = {}

    def client(token: str | None) -> SyncPostgrestClient:
        if token not in made:
            headers = {"Authorization": f"Bearer {token}"} if token else {}
            made[token] = SyncPostgrestClient(rest.url, schema="api", headers=headers)
        return made[token]

    yield client
    for one in made.values():
        one.session.close()


def test_each_read_and_write_once(
    api: Api, world: World, clients: Callable[[str | None], SyncPostgrestClient]
) -> None:
    site = marked.fill(api, world, "acme", "1234567", "1250.00")
    world.rows(marked.HEALTHY)
    world.rows("truncate ops.rate_buckets")
    reads = {row["name"]: row["reads"] for row in world.rows(FUNCTIONS)}
    called: set[str] = set()

    def call(who: Person | str | None, name: str, /, **arguments: Any) -> Any:
        """The client raises on anything but a success; what reads is also read by GET."""
        called.add(name)
        client = clients(who.token if isinstance(who, Person) else who)
        if reads[name]:
            client.rpc(
                name, {k: v for k, v in arguments.items() if v is not None}, get=True
            ).execute()
        return client.rpc(name, arguments).execute().data

    owner, editor, viewer = (site.people[role] for role in ("owner", "editor", "viewer"))
    admin = world.admin()
    at = {"site_id": site.site}
    now = datetime.now(UTC)
    span = {"since": (now - timedelta(days=30)).isoformat(), "until": now.isoformat()}

    # anybody
    assert call(None, "health")["status"] in ("ok", "warning", "failing")
    assert call(None, "contract_version")

    # people
    zeynep = world.member("acme", "viewer", "zeynep")
    world.set_password(zeynep, PASSWORD)
    pair = call(None, "login", email=zeynep.email, password=PASSWORD)
    pair = call(None, "refresh_token", refresh_token=pair["refresh_token"])
    at_home = pair["access_token"]
    assert call(at_home, "profile")[0]["email"] == zeynep.email
    assert call(at_home, "sign_in") == call(at_home, "profile")
    call(at_home, "update_profile", display_name="Ayşe")
    (other,) = (one for one in call(owner, "logins") if one["is_current"])
    assert other["id"]
    changed = call(at_home, "change_password", old_password=PASSWORD, new_password=f"{PASSWORD} 2")
    assert changed is not None
    second = call(None, "login", email=zeynep.email, password=f"{PASSWORD} 2")
    here = call(second["access_token"], "logins")
    call(at_home, "revoke_login", login_id=next(o["id"] for o in here if o["is_current"]))
    third = call(None, "login", email=zeynep.email, password=f"{PASSWORD} 2")
    call(None, "logout", refresh_token=third["refresh_token"])
    call(None, "request_password_reset", email=zeynep.email)
    token = world.link(zeynep.email)
    call(None, "reset_password", token=token, password=PASSWORD)

    # sites and members
    new = call(admin, "create_site", name="new", domain="new.example")
    call(admin, "update_site", site_id=new["id"], version=new["version"], changes={"name": "newer"})
    assert "newer" in str(call(admin, "site_settings", site_id=new["id"]))
    call(admin, "archive_site", site_id=new["id"])
    assert call(admin, "archived_sites")
    call(admin, "restore_site", site_id=new["id"])
    assert call(admin, "admin_sites_list")
    opened = call(admin, "open_support_access", site_id=site.site, reason="asked by the owner")
    assert call(owner, "support_accesses", **at)[0]["id"] == opened["id"]
    call(owner, "close_support_access", **at, access_id=opened["id"])
    assert [one["id"] for one in call(owner, "sites")] == [site.site]
    for name in (
        "site_usage",
        "site_install_status",
        "members",
        "invitations",
        "activity",
        "pulse",
    ):
        assert call(owner, name, **at) is not None
    call(owner, "invite_member", **at, email="fatma@people.example", role="editor")
    token = world.link("fatma@people.example")
    call(None, "accept_invite", token=token, password=PASSWORD, display_name="Fatma")
    fatma = next(m for m in call(owner, "members", **at) if m["email"] == "fatma@people.example")
    call(owner, "set_member_role", **at, user_id=fatma["user_id"], role="viewer")
    call(owner, "remove_member", **at, user_id=fatma["user_id"])
    pending = next(one for one in call(owner, "invitations", **at) if one["state"] == "open")
    call(owner, "revoke_invitation", **at, invitation_id=pending["id"])

    # numbers
    assert call(viewer, "dashboard_stats", **at, **span)[0]["intents"] == 5
    assert call(viewer, "dashboard_timeline", **at, **span)
    assert call(viewer, "dashboard_breakdown", **at, **span, dimension="keyword")
    assert call(viewer, "queue_stats", **at, **span)
    assert call(viewer, "oci_status", **at, **span) is not None
    assert call(editor, "export_intents", **at, **span)
    assert call(editor, "export_stats", **at, **span)

    # machines
    key = call(owner, "create_api_key", **at, name="shop", scopes=["read"])
    assert call(None, "key_login", api_key=key["api_key"])["site_id"] == site.site
    assert [one["id"] for one in call(owner, "api_keys", **at)] == [key["id"]]
    call(owner, "revoke_api_key", **at, key_id=key["id"])
    call(owner, "rotate_call_secret", **at)
    assert call(owner, "rotate_call_secret", **at)["state"] == "next"
    call(owner, "promote_call_secret", **at)

    # cards
    inbox = call(viewer, "recent_intents", **at)
    assert len(inbox) == 5
    card = next(one for one in inbox if one["status"] == "intent")
    assert call(viewer, "intent_details", call_id=card["id"])[0]["card"]["id"] == card["id"]
    visit = {**at, "session_id": card["session_id"]}
    assert call(viewer, "session_details", **visit)
    assert call(viewer, "session_timeline", **visit)
    assert call(viewer, "visitor_sessions", **at, visitor_id=site.visitor)

    def step(name: str, **more: Any) -> None:
        nonlocal card
        who = owner if "delete" in name else editor
        card = call(who, name, call_id=card["id"], version=card["version"], **more)

    step("seal", amount=100, currency="TRY")
    step("amend", amount=120)
    step("cancel")
    step("restore")
    step("junk")
    world.rows("update app.sites set undo_window = '10 minutes' where id = %(id)s", id=site.site)
    step("restore")
    step("undo")
    step("restore")
    (done,) = call(
        editor, "bulk_action", **at, action="seal",
        items=[{"call_id": card["id"], "version": card["version"], "amount": 5, "currency": "TRY"}],
    )  # fmt: skip
    assert done["ok"]
    card = done["card"]
    step("delete_call")
    assert card["id"] in [one["id"] for one in call(owner, "deleted_calls", **at)]
    step("undelete_call")
    assert call(editor, "create_call", **at, caller_phone="+905321112299")["source"] == "manual"
    world.rows("update app.sites set auto_approve = true where id = %(id)s", id=site.site)
    call(owner, "auto_approve_stale_intents", **at)
    assert site.visitor in str(call(owner, "export_person", **at, visitor_id=site.visitor))
    assert call(owner, "erase_person", **at, visitor_id=site.visitor)["sessions"] == 3
    call(owner, "transfer_ownership", **at, user_id=editor.id)

    assert set(reads) - called == BY_URL
