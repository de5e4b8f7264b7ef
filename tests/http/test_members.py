"""From an invitation to a seat, to another role, to the door."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.harness.rest import Api
from tests.harness.world import Person, Site, World

PASSWORD = "a password of ten bytes"
NEW = "New.Comer@people.example"
ROLE = "select role from app.site_members where site_id = %(site)s and user_id = %(id)s"


@pytest.fixture(autouse=True)
def _fresh(world: World) -> Iterator[None]:
    world.rows("truncate ops.rate_buckets; truncate ops.mail_outbox")
    yield
    world.rows("delete from app.profiles where email = lower(%(new)s)", new=NEW)


@pytest.fixture
def owner(world: World, site: Site) -> Person:
    return world.owner(site.name)


def invite(
    api: Api, owner: Person, site: Site, email: str = NEW, role: str = "editor"
) -> httpx.Response:
    said = {"site_id": site.id, "email": email, "role": role}
    return api.call("invite_member", said, token=owner.token)


def mailed(world: World, email: str = NEW) -> str:
    return world.link(email.lower())


def accept(api: Api, token: str, by: Person | None = None, **said: Any) -> httpx.Response:
    return api.call("accept_invite", {"token": token, **said}, token=by.token if by else None)


def role_of(world: World, site: Site, person_id: str) -> list[str]:
    return [row["role"] for row in world.rows(ROLE, site=site.id, id=person_id)]


def refused(answer: httpx.Response, status: int, message: str) -> None:
    assert (answer.status_code, answer.json()["message"]) == (status, message), answer.text


def test_a_newcomer_from_mail_to_inbox(api: Api, world: World, site: Site, owner: Person) -> None:
    answer = invite(api, owner, site)
    assert answer.status_code == 200
    assert set(answer.json()) == {"id", "expires_at"}
    token = mailed(world)
    assert token not in answer.text
    done = accept(api, token, password=PASSWORD, display_name=" New Comer ").json()
    assert (done["site_id"], done["role"]) == (site.id, "editor")
    pair = api.call("login", {"email": NEW, "password": PASSWORD}).json()
    (mine,) = api.call("sites", token=pair["access_token"]).json()
    assert (mine["id"], mine["role"]) == (site.id, "editor")
    (profile,) = api.call("profile", token=pair["access_token"]).json()
    assert (profile["email"], profile["display_name"]) == (NEW.lower(), "New Comer")
    assert profile["role"] == "user"
    query = "select action from app.audit_log where site_id = %(s)s order by seq"
    actions = world.rows(query, s=site.id)
    assert [row["action"] for row in actions][-3:] == ["invite", "insert", "accept_invite"]
    text = str(world.rows("select * from app.audit_log where site_id = %(s)s", s=site.id))
    assert "people.example" not in text


def test_no_answer_and_no_table_that_is_read_holds_the_token(
    api: Api, world: World, site: Site, owner: Person
) -> None:
    invite(api, owner, site)
    token = mailed(world)
    shown = api.call("invitations", {"site_id": site.id}, token=owner.token)
    assert [row["state"] for row in shown.json()] == ["open"]
    assert token not in shown.text
    for table in ("app.invitations", "app.audit_log", "ops.rate_buckets"):
        assert token not in str(world.rows(f"select * from {table}"))


def test_only_owners_invite_and_manage(api: Api, world: World, site: Site, owner: Person) -> None:
    target = world.member(site.name, "viewer", f"target-of-{site.name}")
    calls: list[tuple[str, dict[str, Any]]] = [
        ("invite_member", {"email": "x@y.example", "role": "owner"}),
        ("invitations", {}),
        ("revoke_invitation", {"invitation_id": target.id}),
        ("set_member_role", {"user_id": target.id, "role": "owner"}),
        ("remove_member", {"user_id": target.id}),
        ("remove_member", {"user_id": owner.id}),
        ("transfer_ownership", {"user_id": target.id}),
    ]
    for person in (world.editor(site.name), world.viewer(site.name)):
        for name, said in calls:
            answer = api.call(name, {"site_id": site.id, **said}, token=person.token)
            refused(answer, 403, "owner_required")
        said = {"site_id": site.id, "user_id": person.id, "role": "owner"}
        refused(api.call("set_member_role", said, token=person.token), 403, "owner_required")
    assert role_of(world, site, target.id) == ["viewer"]
    assert world.rows("select from ops.mail_outbox") == []


@pytest.mark.parametrize("role", ["admin", "", None, "OWNER", "authenticated"])
def test_roles_that_are_none(api: Api, world: World, site: Site, owner: Person, role: Any) -> None:
    refused(invite(api, owner, site, role=role), 400, "invalid_role")
    said = {"site_id": site.id, "user_id": world.viewer(site.name).id, "role": role}
    refused(api.call("set_member_role", said, token=owner.token), 400, "invalid_role")


@pytest.mark.parametrize(
    "email",
    [
        "",
        "x",
        "@",
        "a@",
        "a b@c.example",
        "a@b.example\r\nBcc: c@d",
        None,
        "a" * 300 + "@b",
    ],
)
def test_addresses_that_are_none(api: Api, site: Site, owner: Person, email: Any) -> None:
    refused(invite(api, owner, site, email=email), 400, "invalid_email")


def test_accepted_once_and_by_one(api: Api, world: World, site: Site, owner: Person) -> None:
    invite(api, owner, site)
    token = mailed(world)
    assert accept(api, token, password=PASSWORD).status_code == 200
    for by in (None, owner, world.person("stranger")):
        refused(accept(api, token, by, password=PASSWORD), 404, "invitation_not_found")


def test_a_link_gives_nobody_else_a_seat(api: Api, world: World, site: Site, owner: Person) -> None:
    invitee = world.person(f"invitee-of-{site.name}")
    thief = world.neighbour_owner()
    invite(api, owner, site, email=invitee.email)
    token = mailed(world, invitee.email)
    refused(accept(api, token, thief), 403, "invitation_for_another")
    refused(accept(api, token, owner), 403, "invitation_for_another")
    # nor a new password for an account that is there
    refused(accept(api, token, password=PASSWORD), 401, "invalid_credentials")
    assert role_of(world, site, thief.id) == []
    assert accept(api, token, invitee).status_code == 200
    assert role_of(world, site, invitee.id) == ["editor"]
    assert api.call("login", {"email": invitee.email, "password": PASSWORD}).status_code == 401


def test_with_the_password_of_the_account(
    api: Api, world: World, site: Site, owner: Person
) -> None:
    invitee = world.person(f"known-of-{site.name}")
    world.set_password(invitee, PASSWORD)
    invite(api, owner, site, email=invitee.email)
    token = mailed(world, invitee.email)
    for _ in range(10):
        refused(accept(api, token, password="wrong"), 401, "invalid_credentials")
    refused(accept(api, token, password=PASSWORD), 429, "too_many_attempts")
    world.rows("truncate ops.rate_buckets")
    assert accept(api, token, password=PASSWORD).status_code == 200


def test_what_a_newcomer_must_send(api: Api, world: World, site: Site, owner: Person) -> None:
    invite(api, owner, site)
    token = mailed(world)
    refused(accept(api, token), 400, "password_required")
    refused(accept(api, token, password="short"), 400, "invalid_password")
    refused(accept(api, token, password="x" * 73), 400, "invalid_password")
    for name in ("", " ", "a\nb", "\u202ereversed", "x" * 201):
        answer = accept(api, token, password=PASSWORD, display_name=name)
        refused(answer, 400, "invalid_name")
    assert world.rows("select from app.profiles where email = lower(%(n)s)", n=NEW) == []
    assert accept(api, token, password=PASSWORD).status_code == 200


def test_links_that_ended(api: Api, world: World, site: Site, owner: Person) -> None:
    """Unknown, taken back, over, replaced, of an archived site: all answer alike."""
    answers = [accept(api, token, password=PASSWORD) for token in ("x", "", "y" * 5000)]
    first = invite(api, owner, site).json()["id"]
    old = mailed(world)
    again = invite(api, owner, site, role="viewer").json()["id"]
    assert again == first
    answers.append(accept(api, old, password=PASSWORD))
    token = mailed(world)
    said = {"site_id": site.id, "invitation_id": first}
    assert api.call("revoke_invitation", said, token=owner.token).status_code == 204
    refused(api.call("revoke_invitation", said, token=owner.token), 404, "invitation_not_found")
    answers.append(accept(api, token, password=PASSWORD))
    invite(api, owner, site)
    token = mailed(world)
    over = "update app.invitations set created_at = now() - interval '8 days', expires_at = now()"
    world.rows(over)
    answers.append(accept(api, token, password=PASSWORD))
    invite(api, owner, site)
    token = mailed(world)
    world.rows("update app.sites set deleted_at = now() where id = %(id)s", id=site.id)
    answers.append(accept(api, token, password=PASSWORD))
    for answer in answers:
        refused(answer, 404, "invitation_not_found")
    assert len({answer.content for answer in answers}) == 1
    assert world.rows("select from app.profiles where email = lower(%(n)s)", n=NEW) == []


def test_an_invitation_is_worth_what_its_inviter_is(
    api: Api, world: World, site: Site, owner: Person
) -> None:
    second = world.member(site.name, "owner", f"second-of-{site.name}")
    invite(api, second, site)
    token = mailed(world)
    said = {"site_id": site.id, "user_id": second.id, "role": "editor"}
    assert api.call("set_member_role", said, token=owner.token).status_code == 204
    refused(accept(api, token, password=PASSWORD), 404, "invitation_not_found")


def test_a_removed_member_has_no_way_back(
    api: Api, world: World, site: Site, owner: Person
) -> None:
    gone = world.member(site.name, "owner", f"gone-of-{site.name}")
    invite(api, gone, site)
    theirs = mailed(world)
    # one that was written to them before they became a member in another way
    world.rows("delete from app.site_members where user_id = %(id)s", id=gone.id)
    invite(api, owner, site, email=gone.email)
    own = mailed(world, gone.email)
    world.member(site.name, "owner", f"gone-of-{site.name}")
    said = {"site_id": site.id, "user_id": gone.id}
    assert api.call("remove_member", said, token=owner.token).status_code == 204
    assert api.call("sites", token=gone.token).json() == []
    refused(api.call("remove_member", said, token=owner.token), 404, "member_not_found")
    refused(accept(api, own, gone), 404, "invitation_not_found")
    refused(accept(api, theirs, password=PASSWORD), 404, "invitation_not_found")


def test_leaving_and_the_last_owner(api: Api, world: World, site: Site, owner: Person) -> None:
    viewer = world.viewer(site.name)
    said = {"site_id": site.id, "user_id": viewer.id}
    assert api.call("remove_member", said, token=viewer.token).status_code == 204
    refused(api.call("remove_member", said, token=viewer.token), 404, "site_not_found")
    me = {"site_id": site.id, "user_id": owner.id}
    refused(api.call("remove_member", me, token=owner.token), 409, "last_owner")
    refused(
        api.call("set_member_role", {**me, "role": "viewer"}, token=owner.token), 409, "last_owner"
    )
    refused(api.call("transfer_ownership", me, token=owner.token), 409, "already_owner")
    assert role_of(world, site, owner.id) == ["owner"]


def test_ownership_is_handed_over(api: Api, world: World, site: Site, owner: Person) -> None:
    heir = world.editor(site.name)
    stranger = {"site_id": site.id, "user_id": world.neighbour_owner().id}
    refused(api.call("transfer_ownership", stranger, token=owner.token), 404, "member_not_found")
    said = {"site_id": site.id, "user_id": heir.id}
    assert api.call("transfer_ownership", said, token=owner.token).status_code == 204
    assert role_of(world, site, heir.id) == ["owner"]
    assert role_of(world, site, owner.id) == ["editor"]
    refused(api.call("transfer_ownership", said, token=owner.token), 403, "owner_required")


def test_a_role_changes_at_once(api: Api, world: World, site: Site, owner: Person) -> None:
    editor = world.editor(site.name)
    said = {"site_id": site.id, "user_id": editor.id, "role": "viewer"}
    assert api.call("set_member_role", said, token=owner.token).status_code == 204
    assert api.call("sites", token=editor.token).json()[0]["role"] == "viewer"
    last = world.rows(
        "select action, before, after, actor from app.audit_log where site_id = %(s)s"
        " order by seq desc limit 1",
        s=site.id,
    )
    assert last == [
        {
            "action": "update",
            "before": {"role": "editor"},
            "after": {"role": "viewer"},
            "actor": f"user:{owner.id}",
        }
    ]


def test_an_invitation_does_not_tell_who_has_an_account(
    api: Api, world: World, site: Site, owner: Person
) -> None:
    known = world.person("stranger").email
    answers = [invite(api, owner, site, email=email) for email in (known, "nobody@x.example")]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert set(answers[0].json()) == set(answers[1].json())
    refused(invite(api, owner, site, email=owner.email), 409, "already_member")


def test_a_lower_invitation_takes_nothing_away(
    api: Api, world: World, site: Site, owner: Person
) -> None:
    person = world.person(f"early-of-{site.name}")
    invite(api, owner, site, email=person.email, role="viewer")
    token = mailed(world, person.email)
    world.member(site.name, "editor", f"early-of-{site.name}")
    assert accept(api, token, person).json()["role"] == "editor"


def test_invitations_are_throttled(api: Api, world: World, site: Site, owner: Person) -> None:
    key = "update ops.rate_buckets set tokens = 0, refilled_at = now() where key like 'invite:%%'"
    invite(api, owner, site)
    world.rows(key)
    refused(invite(api, owner, site, email="b@x.example"), 429, "too_many_invitations")


def test_guessing_links_is_throttled(api: Api, world: World, site: Site, owner: Person) -> None:
    invite(api, owner, site)
    token = mailed(world)
    found = {accept(api, f"guess {n}", password=PASSWORD).status_code for n in range(125)}
    assert found == {404, 429}
    assert accept(api, token, password=PASSWORD).status_code == 200
