"""What belongs to somebody else answers, byte for byte, like what does not exist."""

from __future__ import annotations

import uuid
from typing import Any

import psycopg
import pytest

from tests.harness.rest import Api
from tests.harness.world import Person, Site, World
from tests.http.visit import Visit

JUDGEMENTS: dict[str, dict[str, Any]] = {
    "seal": {"amount": 1, "currency": "TRY"},
    "amend": {"amount": 1},
    "junk": {},
    "restore": {},
    "cancel": {},
    "undo": {},
    "delete_call": {},
    "undelete_call": {},
}
SNAPSHOT = "select to_jsonb(t) as row from app.calls as t where site_id = %(site)s order by id"


@pytest.fixture
def stranger(world: World) -> Person:
    return world.neighbour_owner()


@pytest.mark.parametrize("action", JUDGEMENTS)
def test_writing(
    api: Api, world: World, stranger: Person, site: Site, lead: dict[str, Any], action: str
) -> None:
    before = world.rows(SNAPSHOT, site=site.id)
    bodies = []
    for call_id in (str(lead["id"]), str(uuid.uuid4())):
        for version in (1, 99, None):
            said = {"call_id": call_id, "version": version, **JUDGEMENTS[action]}
            answer = api.call(action, said, token=stranger.token)
            assert answer.status_code == 404
            assert answer.json()["message"] == "call_not_found"
            bodies.append((answer.content.replace(call_id.encode(), b"ID"), shown(answer)))
    assert len(set(bodies)) == 1
    assert world.rows(SNAPSHOT, site=site.id) == before


def shown(answer: Any) -> tuple[tuple[str, str], ...]:
    """Headers that could tell the difference."""
    return tuple(sorted((k, v) for k, v in answer.headers.items() if k.lower() != "date"))


def test_a_neighbours_card_among_ones_own(
    api: Api, world: World, stranger: Person, lead: dict[str, Any]
) -> None:
    """In a list it answers like one that does not exist."""
    items = [{"call_id": one, "version": 1} for one in (str(lead["id"]), str(uuid.uuid4()))]
    said = {"site_id": world.site("neighbour").id, "action": "junk", "items": items}
    first, second = api.call("bulk_action", said, token=stranger.token).json()
    assert {**first, "call_id": None} == {**second, "call_id": None}
    assert (first["ok"], first["code"], first["card"]) == (False, "call_not_found", None)


def test_a_neighbours_visitor_at_ones_own_site(
    api: Api, world: World, stranger: Person, visit: Visit, lead: dict[str, Any]
) -> None:
    own = world.site("neighbour").id
    said = {"site_id": own, "visitor_id": visit.visitor}
    assert api.call("visitor_sessions", said, token=stranger.token).json() == []
    owner = world.owner(visit.site.name)
    said["site_id"] = visit.site.id
    (found,) = api.call("visitor_sessions", said, token=owner.token).json()
    assert found["id"] == str(lead["session_id"])


def test_a_neighbours_session_at_ones_own_site(
    api: Api, world: World, stranger: Person, visit: Visit, lead: dict[str, Any]
) -> None:
    """Right to a site is no right to a session id of another."""
    own = world.site("neighbour").id
    bodies = set()
    for session in (visit.session, str(uuid.uuid4())):
        said = {"site_id": own, "session_id": session}
        for name in ("session_timeline", "session_details"):
            answer = api.call(name, said, token=stranger.token)
            assert answer.status_code == 404
            assert answer.json()["message"] == "session_not_found"
            bodies.add(answer.content.replace(session.encode(), b"ID"))
    assert len(bodies) == 1
    assert lead["session_id"] == uuid.UUID(visit.session)


def test_the_cursor_of_a_neighbour_leads_nowhere(
    api: Api, world: World, stranger: Person, site: Site, lead: dict[str, Any]
) -> None:
    owner = world.owner(site.name)
    (card,) = api.call("recent_intents", {"site_id": site.id}, token=owner.token).json()
    own = world.site("neighbour").id
    said = {"site_id": own, "cursor": card["cursor"]}
    assert api.call("recent_intents", said, token=stranger.token).json() == []
    assert str(lead["id"]) in card["cursor"]


def as_authenticated(world: World, claims: str, statement: str) -> None:
    """Direct SQL in the role that PostgREST takes on."""
    with world.conn.transaction():
        world.rows("select set_config('request.jwt.claims', %(claims)s, true)", claims=claims)
        world.rows("set local role authenticated")
        world.rows(statement)


def test_an_editor_cannot_raise_their_role(api: Api, world: World, site: Site) -> None:
    """No function does it; the tables refuse it by direct SQL as the role PostgREST takes on."""
    editor = world.editor(site.name)
    claims = f'{{"iss":"opsmantik","sub":"{editor.id}","role":"authenticated"}}'
    attempts = (
        f"update app.site_members set role = 'owner' where user_id = '{editor.id}'",
        f"insert into app.site_members select id, '{editor.id}', 'owner' from app.sites",
        f"update app.profiles set role = 'admin' where id = '{editor.id}'",
        f"update app.sites set domain = 'evil.example' where id = '{site.id}'",
        "update app.calls set site_id = gen_random_uuid()",
        "update app.calls set sealed_by = null",
        "delete from app.sessions",
        "insert into app.conversions default values",
        "select value from access.secrets",
        "select bcrypt from access.passwords",
        "update app.conversions set state = 'accepted'",
    )
    for attempt in attempts:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            as_authenticated(world, claims, attempt)
    found = world.rows("select role from app.site_members where user_id = %(id)s", id=editor.id)
    assert found == [{"role": "editor"}]
    assert api.call("sites", token=editor.token).json()[0]["role"] == "editor"
