"""Owners who leave at once, log-ins at once, tabs at once."""

from __future__ import annotations

import hashlib
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from typing import Any

import psycopg
import pytest

from tests.concurrency.conftest import at_once, codes
from tests.harness.rest import Api
from tests.harness.world import Person, World

PASSWORD = "correct horse battery"
WAITING = (
    "select count(*) from pg_stat_activity"
    " where wait_event_type = 'Lock' and datname = current_database()"
)
LEAVES = [
    "delete from app.site_members where user_id = %s",
    "update app.site_members set role = 'viewer' where user_id = %s",
]


@pytest.mark.parametrize("leave", LEAVES)
def test_two_owners_leaving_at_once(world: World, dsn: str, leave: str) -> None:
    """Each still sees the other: the second must be refused at commit."""
    site = world.site(f"pair{LEAVES.index(leave)}")
    owners = [world.member(site.name, "owner", f"{name}-of-{site.name}") for name in "ab"]

    def go(person: Person) -> str:
        try:
            with closing(psycopg.connect(dsn)) as conn:
                conn.execute(leave, [person.id])
                conn.commit()
        except psycopg.Error as error:
            return error.diag.message_primary or ""
        return "gone"

    with closing(psycopg.connect(dsn)) as first, ThreadPoolExecutor(1) as pool:
        first.execute(leave, [owners[0].id])
        first.execute("set constraints all immediate")  # checked, and not committed yet
        second = pool.submit(go, owners[1])
        with psycopg.connect(dsn, autocommit=True) as looks:
            while not second.done() and looks.execute(WAITING).fetchall() == [(0,)]:
                time.sleep(0.01)
        first.commit()
        assert second.result() == "last_owner"
    left = "select count(*) from app.site_members where site_id = %(s)s and role = 'owner'"
    assert world.value(left, s=site.id) == 1


def test_a_change_on_its_way_does_not_undo_a_reset(api: Api, world: World, dsn: str) -> None:
    """Who has the old password can not set another while its owner takes the account back."""
    person = world.person("robbed")
    world.set_password(person, PASSWORD)
    body = {"old_password": PASSWORD, "new_password": "the thief's own choice"}
    reset = "select ops.reset_user_password(%(who)s, 'taken back again', 'it was stolen')"
    change = partial(api.call, "change_password", body, token=person.token)
    with closing(psycopg.connect(dsn)) as owner, ThreadPoolExecutor(1) as pool:
        owner.execute(reset, {"who": person.id})
        changed = pool.submit(change)
        with psycopg.connect(dsn, autocommit=True) as looks:
            while not changed.done() and looks.execute(WAITING).fetchall() == [(0,)]:
                time.sleep(0.01)
        owner.commit()
        answer = changed.result()
    assert (answer.status_code, answer.json()["message"]) == (403, "wrong_password")
    login = {"email": person.email, "password": "taken back again"}
    assert api.call("login", login).status_code == 200


def test_links_and_changes_at_once(api: Api, world: World) -> None:
    """In one order: nobody waits in a ring."""
    person = world.person("hasty")
    for turn in range(3):
        world.set_password(person, PASSWORD)
        link = "insert into access.password_resets (token_sha256, user_id) values (%(d)s, %(who)s)"
        digest = hashlib.sha256(f"link{turn}".encode()).digest()
        world.rows(link, d=digest, who=person.id)
        token = world.token(person.id)
        change = {"old_password": PASSWORD, "new_password": "another of mine"}
        reset = {"token": f"link{turn}", "password": "by the link now"}
        answers = at_once(
            partial(api.call, "change_password", change, token=token),
            partial(api.call, "reset_password", reset),
        )
        assert set(codes(answers)) <= {200, 401, 403, 404}, [one.text for one in answers]


def test_log_ins_at_once(api: Api, world: World) -> None:
    owner = world.owner("acme")
    world.set_password(owner, PASSWORD)
    body = {"email": owner.email, "password": PASSWORD}
    answers = at_once(*(partial(api.call, "login", body) for _ in range(6)))
    assert codes(answers) == [200] * 6
    assert len({answer.json()["refresh_token"] for answer in answers}) == 6
    for answer in answers:
        assert api.call("sites", token=answer.json()["access_token"]).status_code == 200


@pytest.mark.parametrize(
    "end",
    [
        "select access.change_secret(%s, 'another good password', null)",
        "select access.set_disabled(%s, true)",
    ],
)
def test_a_log_in_on_its_way_when_log_ins_are_ended(
    api: Api, world: World, dsn: str, end: str
) -> None:
    """The old password was right when bcrypt began: no log-in of it may stand afterwards."""
    person = world.member("acme", "viewer", "changing")
    world.set_password(person, PASSWORD)
    body = {"email": person.email, "password": PASSWORD}
    with closing(psycopg.connect(dsn)) as change, ThreadPoolExecutor(1) as pool:
        change.execute(end, [person.id])
        login = pool.submit(api.call, "login", body)
        with psycopg.connect(dsn, autocommit=True) as looks:
            while not login.done() and looks.execute(WAITING).fetchall() == [(0,)]:
                time.sleep(0.01)
        change.commit()
        answer = login.result()
    world.rows("select access.set_disabled(%(id)s, false)", id=person.id)
    assert (answer.status_code, answer.json()["message"]) == (401, "invalid_credentials")
    standing = "select count(*) from access.logins where user_id = %(id)s and revoked_at is null"
    assert world.value(standing, id=person.id) == 0


def test_one_refresh_token_from_many_tabs(api: Api, world: World) -> None:
    """Within the grace each gets a pair of its own, and the family lives."""
    owner = world.owner("acme")
    world.set_password(owner, PASSWORD)
    first = api.call("login", {"email": owner.email, "password": PASSWORD}).json()
    body = {"refresh_token": first["refresh_token"]}
    answers = at_once(*(partial(api.call, "refresh_token", body) for _ in range(8)))
    assert codes(answers) == [200] * 8
    assert len({answer.json()["refresh_token"] for answer in answers}) == 8


def test_an_old_token_shown_from_many_places(api: Api, world: World) -> None:
    owner = world.owner("acme")
    world.set_password(owner, PASSWORD)
    first = api.call("login", {"email": owner.email, "password": PASSWORD}).json()
    body = {"refresh_token": first["refresh_token"]}
    second = api.call("refresh_token", body).json()
    world.rows("update access.refresh_tokens set used_at = used_at - interval '1 minute'")
    answers = at_once(
        *(partial(api.call, "refresh_token", body) for _ in range(4)),
        partial(api.call, "refresh_token", {"refresh_token": second["refresh_token"]}),
    )
    assert codes(answers)[-4:] == [401] * 4
    assert api.call("sites", token=second["access_token"]).status_code == 401


def test_an_invitation_accepted_twice_at_once(api: Api, world: World) -> None:
    """Two clicks of a newcomer make one account, one seat and one entry."""
    site, owner, to = world.site("twice"), world.owner("twice"), "twice@people.example"
    said = {"site_id": site.id, "email": to, "role": "editor"}
    assert api.call("invite_member", said, token=owner.token).status_code == 200
    mail = "select token from ops.mail_outbox where recipient = %(to)s"
    accept = {"token": world.value(mail, to=to), "password": PASSWORD}
    answers = at_once(*(partial(api.call, "accept_invite", accept) for _ in range(5)))
    assert sorted(codes(answers)) == [200, 404, 404, 404, 404]
    for count in (
        "select count(*) from app.profiles where email = %(to)s",
        "select count(*) from app.site_members join app.profiles on profiles.id = user_id"
        " where email = %(to)s and site_members.role = 'editor'",
        "select count(*) from app.audit_log join app.sites on sites.id = site_id"
        " where action = 'accept_invite' and sites.name = 'twice' and %(to)s::text is not null",
    ):
        assert world.value(count, to=to) == 1, count


def test_ownership_handed_to_two_at_once(api: Api, world: World) -> None:
    """Who comes second is no owner any more."""
    for turn in range(3):
        site = world.site(f"throne{turn}")
        owner = world.owner(site.name)
        heirs = [world.member(site.name, "viewer", f"{name}-of-{site.name}") for name in "ab"]
        said = [{"site_id": site.id, "user_id": heir.id} for heir in heirs]
        hand = [partial(api.call, "transfer_ownership", one, token=owner.token) for one in said]
        assert sorted(codes(at_once(*hand))) == [204, 403]
        owners = "select count(*) from app.site_members where site_id = %(s)s and role = 'owner'"
        assert world.value(owners, s=site.id) == 1


def test_an_owner_on_the_way_out_keeps_no_way_in(api: Api, world: World, dsn: str) -> None:
    """What they sent a moment before they were removed comes too late: no key, no accomplice."""
    site = world.site("ousted")
    said = {"site_id": site.id}
    world.owner(site.name)
    friend = world.member(site.name, "viewer", "friend-of-ousted")
    other = world.member(site.name, "viewer", "other-of-ousted")
    remove = "delete from app.site_members where user_id = %(who)s"
    demote = "update app.site_members set role = 'viewer' where user_id = %(who)s"
    acts: list[tuple[str, str, dict[str, Any], int]] = [
        (remove, "create_api_key", {"name": "later", "scopes": ["write"]}, 404),
        (remove, "rotate_call_secret", {}, 404),
        (remove, "set_member_role", {"user_id": friend.id, "role": "owner"}, 404),
        (remove, "remove_member", {"user_id": other.id}, 404),
        (demote, "create_api_key", {"name": "later", "scopes": ["write"]}, 403),
        (demote, "set_member_role", {"user_id": "self", "role": "owner"}, 403),
    ]
    for turn, (end, name, arguments, status) in enumerate(acts):
        ousted = world.member(site.name, "owner", f"ousted{turn}")
        if arguments.get("user_id") == "self":
            arguments["user_id"] = ousted.id
        with closing(psycopg.connect(dsn)) as first, ThreadPoolExecutor(1) as pool:
            first.execute(end.encode(), {"who": ousted.id})
            late = pool.submit(api.call, name, {**said, **arguments}, token=ousted.token)
            with psycopg.connect(dsn, autocommit=True) as looks:
                while not late.done() and looks.execute(WAITING).fetchall() == [(0,)]:
                    time.sleep(0.01)
            first.commit()
            assert late.result().status_code == status, (name, late.result().text)
    for query in (
        "select count(*) from access.api_keys where site_id = %(s)s",
        "select count(*) from access.call_secrets where site_id = %(s)s",
        "select count(*) - 1 from app.site_members where site_id = %(s)s and role = 'owner'",
        "select 4 - count(*) from app.site_members where site_id = %(s)s and role = 'viewer'",
    ):
        assert world.value(query, s=site.id) == 0, query
    assert world.value("select ops.verify_audit(%(s)s)", s=site.id) is None
