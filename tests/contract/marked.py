"""Sites full of data that carries their marks, so that a leak can be seen in any answer."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Any

from tests.harness.rest import Api
from tests.harness.world import Person, World
from tests.http.visit import Visit, event, tap

_IDS = (
    "select public_key from app.sites where id = %(site)s"
    " union select id::text from app.sites where id = %(site)s"
    " union select id::text from app.calls where site_id = %(site)s"
    " union select id::text from app.sessions where site_id = %(site)s"
    " union select id::text from app.conversions where site_id = %(site)s"
    " union select order_id from app.conversions where site_id = %(site)s"
    " union select user_id::text from app.site_members where site_id = %(site)s"
    " union select id::text from app.invitations where site_id = %(site)s"
)
# A health row that is old or bad answers 500 of its own.
HEALTHY = (
    "insert into ops.health (checked_at, status, checks) values (now(), 'ok', '{}')"
    " on conflict (only_row) do update set checked_at = now(), status = 'ok', checks = '{}'"
)
_ROWS = (
    "select md5(coalesce(string_agg(t::text, '' order by t::text), '')) from {} as t"
    " where {} = %(site)s"
)
_TABLES = {
    "app.sites": "id",
    "app.site_members": "site_id",
    "app.invitations": "site_id",
    "app.support_accesses": "site_id",
    "app.sessions": "site_id",
    "app.events": "site_id",
    "app.calls": "site_id",
    "app.conversions": "site_id",
    "app.audit_log": "site_id",
}


@dataclass
class Marked:
    """A site and its people. ``marks`` must not be in any answer to a stranger."""

    name: str
    site: str
    key: str
    people: dict[str, Person]
    visitor: str
    cursor: str
    calls: list[str] = field(default_factory=list)
    sessions: list[str] = field(default_factory=list)
    marks: set[str] = field(default_factory=set)


def fill(api: Api, world: World, name: str, phone: str, amount: str) -> Marked:
    """Makes site ``name``: visits, a card of every fate, an invitation."""
    site = world.site(name, assumed_cpc=7, undo_window="0", conversion_hold="0")
    people = {role: world.member(name, role) for role in ("owner", "editor", "viewer")}
    visitor = f"{name}-visitor"
    made = Marked(name, site.id, site.key, people, visitor, "")
    token = people["editor"].token
    for number, fate in enumerate(("open", "seal", "junk", "cancel", "delete", "seal")):
        query = f"gclid={name}-click-{number}&utm_term={name}-word&utm_campaign={name}-campaign"
        visit = Visit(site, query=query, visitor=visitor if number % 2 else f"{visitor}-{number}")
        events = (
            event(g=70000, u=f"/{name}-page"),
            event("interaction", f"{name}-action", g=65000, m={"said": f"{name}-metadata"}),
            tap(f"tel:+90532{phone}{number}"),
        )
        assert visit.send(api, *events).status_code == 200
        (card,) = visit.cards(world)
        call_id = str(card["id"])
        made.calls.append(call_id)
        made.sessions.append(visit.session)
        note = {"note": f"{name}-note"}
        if fate in ("seal", "cancel"):
            said = {"call_id": call_id, "version": 1, "amount": amount, "currency": "TRY", **note}
            assert api.call("seal", said, token=token).status_code == 200
        if fate in ("junk", "cancel", "delete"):
            version = 2 if fate == "cancel" else 1
            action = "delete_call" if fate == "delete" else fate
            said = {"call_id": call_id, "version": version}
            who = people["owner"].token if fate == "delete" else token
            answer = api.call(action, said, token=who)
            assert answer.status_code == 200, answer.text
    world.rows(
        "update app.calls set caller_phone = %(phone)s where site_id = %(site)s",
        phone=f"+90555{phone}", site=site.id,
    )  # fmt: skip
    said = {"site_id": site.id, "email": f"{name}-invited@people.example", "role": "viewer"}
    assert api.call("invite_member", said, token=people["owner"].token).status_code < 300
    inbox = api.call("recent_intents", {"site_id": site.id}, token=token).json()
    made.cursor = inbox[0]["cursor"]
    made.marks = {name, f"+90555{phone}", f"90532{phone}", amount} | {
        str(next(iter(row.values()))) for row in world.rows(_IDS, site=site.id)
    }
    return made


def state(world: World, site: str) -> dict[str, str]:
    """What the site's rows are, table by table."""
    return {
        table: world.value(_ROWS.format(table, column), site=site)
        for table, column in _TABLES.items()
    }


_NOWHERE = str(uuid.UUID(int=7))


def values(ours: Marked, theirs: Marked, scrap: Marked) -> dict[str, list[Any]]:
    """For each argument's name what to try, beside what its type allows: ours, theirs, nonsense."""
    both = [ours, theirs]
    times = ["2026-11-01", "2026-11-22T10:00:00+03:00", "infinity", "-infinity", "0001-01-01", "x"]
    now = ["now", "yesterday", "tomorrow"]
    phones = [f"+90555{mark}" for mark in ("1234567", "0532", "")]
    return {
        "site_id": [ours.site, ours.site, theirs.site, scrap.site, _NOWHERE, "x", None],
        "call_id": [*ours.calls, *theirs.calls, _NOWHERE, "x"],
        "session_id": [*ours.sessions[:2], *theirs.sessions[:2], _NOWHERE],
        "visitor_id": [m.visitor for m in both] + [None, "", "x" * 70],
        "user_id": [m.people["viewer"].id for m in (theirs, scrap)] + [_NOWHERE],
        "invitation_id": [_NOWHERE, theirs.site],
        "key_id": [_NOWHERE, theirs.site],
        "scopes": [["read"], ["write"], ["x"], [], None],
        "login_id": [_NOWHERE, theirs.site],
        "since": [*times, *now],
        "until": [*times, *now],
        "tapped_at": [*times, *now],
        "version": [1, 2, 3, 4, 0, -1, None, 2**31 - 1, 2**31],
        "amount": [0, 1, 100.5, 0.001, -1, 1e12, 1e300, "NaN", "Infinity", None],
        "currency": ["TRY", "TRY", "USD", "try", "", None],
        "action": ["seal", "junk", "restore", "cancel", "phone", "whatsapp", "form", "call", "x"],
        "status": ["intent", "confirmed", "junk", "cancelled", "x", None],
        "dimension": ["source", "device", "city", "campaign", "keyword", "landing_page", "x", ""],
        "granularity": ["auto", "hour", "day", "week", "month", "x", None],
        "direction": ["older", "newer", "x", None],
        "page_size": [1, 5, 200, 201, 0, -1, 2**31, None],
        "top": [1, 10, 0, -1, 10**6, None],
        "cursor": [m.cursor for m in both] + ["x", "", "0", 1, 5, None],
        "search": ["word", "0532", "%", "_", "\\", "(", "\u0000", "İı", "' or 1=1 --", None],
        "role": ["viewer", "editor", "owner", "admin", "", None],
        "email": ["somebody@people.example", theirs.people["owner"].email, "x", "", None],
        "caller_phone": [*phones, "x", None],
        "domain": ["made.example", "x y", "", None],
        "separator": [",", ";", "", "\n", None],
        "items": [
            [{"call_id": call, "version": 1, "amount": 5, "currency": "TRY"}]
            for call in (ours.calls[0], theirs.calls[0])
        ] + [[], {}, [1], [{}], None, [{"call_id": "x", "version": "y"}], "x"],
        "changes": [
            {}, {"name": "renamed"}, {"time_zone": "x"}, {"assumed_cpc": -1}, {"nonsense": 1},
            {"allowed_origins": "x"}, {"config": {"a": [1]}}, [], "x", None, {"undo_window": "x"},
        ],
        "settings": [{}, {"time_zone": "x"}, {"currency": "x"}, [], "x", None, {"config": []}],
        "phone": [*phones, f"+90555{theirs.visitor}", None],
    }  # fmt: skip


# What would leave the site empty, closed or without its people is tried on a third one.
ON_SCRAP = {
    "archive_site", "restore_site", "remove_member", "set_member_role", "transfer_ownership",
    "erase_person", "update_site",
}  # fmt: skip
