"""What PostgREST and PostgreSQL tell by themselves: hints, counts, constraints, plans, columns."""

from __future__ import annotations

import json
import re
import uuid
from datetime import datetime
from typing import Any

import pytest

from pyctl import config
from tests.attacks.doors import FILES, OPEN
from tests.contract import marked
from tests.contract.marked import Marked
from tests.harness.requests import REQUESTS
from tests.harness.rest import Api
from tests.harness.world import World
from tests.http.test_errors import INSIDES

PREFER = [
    "count=exact",
    "count=planned",
    "count=estimated",
    "return=headers-only",
    "return=representation",
    "tx=rollback",
    "tx=commit",
    "missing=default",
    "resolution=merge-duplicates",
    "params=single-object",
    "params=multiple-objects",
    "handling=strict",
    "handling=lenient, max-affected=0",
    "timezone=Pacific/Kiritimati",
    "timezone=x'; select 1; --",
    "count=exact, return=representation, tx=rollback, timezone=America/Los_Angeles",
]
RANGE = {"since": "2026-01-01T00:00:00Z", "until": "2026-02-01T00:00:00Z"}


@pytest.fixture(scope="module")
def ours(api: Api, world: World) -> Marked:
    return marked.fill(api, world, "oursmark", "1234567", "4321.09")


@pytest.fixture(scope="module")
def theirs(api: Api, world: World, ours: Marked) -> Marked:  # noqa: ARG001
    """The neighbour's: full of marks that must be in no answer to our owner."""
    return marked.fill(api, world, "theirsmark", "7654321", "8765.43")


def clean(text: str, theirs: Marked, sent: str = "") -> None:
    found = [mark for mark in theirs.marks if mark in text and mark not in sent]
    assert not found, (found, text)
    assert not INSIDES.search(text), text


@pytest.mark.parametrize("prefer", PREFER)
def test_prefer_headers(api: Api, ours: Marked, theirs: Marked, prefer: str) -> None:
    """No count, plan or rollback of them shows or changes more than what is ours."""
    token = ours.people["owner"].token
    for name, said in (
        ("sites", {}),
        ("members", {"site_id": ours.site}),
        ("recent_intents", {"site_id": ours.site}),
        ("recent_intents", {"site_id": theirs.site}),
        ("visitor_sessions", {"site_id": ours.site, "visitor_id": theirs.visitor}),
    ):
        plain = api.call(name, said, token=token, method="GET")
        answer = api.call(name, said, token=token, method="GET", headers={"Prefer": prefer})
        assert answer.status_code in (plain.status_code, 206, 400, 404), answer.text
        clean(answer.text, theirs, json.dumps(said))
        if answer.status_code in (200, 206):
            assert len(answer.json()) == len(plain.json())
            total = answer.headers["Content-Range"].split("/")[1]
            assert total in ("*", str(len(plain.json())))


def test_a_write_can_not_be_asked_to_leave_no_trace(api: Api, world: World, ours: Marked) -> None:
    """Prefer: tx=rollback would answer as if it were done, and audit nothing."""
    count = "select count(*) from app.audit_log where site_id = %(s)s"
    before = world.value(count, s=ours.site)
    said = {"site_id": ours.site, "caller_phone": "0532 111 22 33"}
    answer = api.call(
        "create_call", said, token=ours.people["editor"].token, headers={"Prefer": "tx=rollback"}
    )
    assert answer.status_code == 200
    assert world.value(count, s=ours.site) == before + 1
    card = "select count(*) from app.calls where id = %(id)s"
    assert world.value(card, id=answer.json()["id"]) == 1


def test_the_zone_of_the_asker_changes_no_number(api: Api, world: World, ours: Marked) -> None:
    """Prefer: timezone sets the session's zone: days stay the site's, files stay as they are."""
    token = ours.people["owner"].token
    since = world.value("select (now() - interval '2 days')::text")
    span = {"since": since, "until": world.value("select (now() + interval '1 hour')::text")}
    at = {"site_id": ours.site}
    world.rows("select access.create_feed_credential(%(s)s, 'zone')", s=ours.site)
    for name, said in (
        ("dashboard_stats", {**at, **span}),
        ("dashboard_timeline", {**at, **span, "granularity": "day"}),
        ("dashboard_timeline", {**at, **span, "granularity": "hour"}),
        ("dashboard_breakdown", {**at, **span, "dimension": "city"}),
        ("queue_stats", {**at, **span}),
        ("export_stats", {**at, **span}),
        ("export_intents", {**at, **span}),
        ("recent_intents", at),
        ("site_settings", at),
    ):
        answers = [
            api.call(name, said, token=token, headers={"Prefer": f"timezone={zone}"})
            for zone in ("UTC", "Pacific/Kiritimati", "Etc/GMT+12")
        ]
        assert [answer.status_code for answer in answers] == [200] * 3, (name, answers[0].text)
        assert len({without_zone(answer.text) for answer in answers}) == 1, name


def without_zone(text: str) -> str:
    """Instants are written in the asker's zone; read as instants they are the same."""
    stamp = r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d(?:\.\d+)?)([+-]\d\d):(\d\d)"

    def utc(match: re.Match[str]) -> str:
        return str(datetime.fromisoformat(match[0]).timestamp())

    return re.sub(stamp, utc, text)


def test_a_zone_does_not_break_the_audit_chain(api: Api, world: World, ours: Marked) -> None:
    for zone in ("Pacific/Kiritimati", "Etc/GMT+12", "Asia/Kathmandu"):
        said = {"site_id": ours.site, "caller_phone": "0532 111 22 33"}
        headers = {"Prefer": f"timezone={zone}"}
        token = ours.people["editor"].token
        assert api.call("create_call", said, token=token, headers=headers).status_code == 200
    assert world.value("select ops.verify_audit(%(s)s)", s=ours.site) is None


@pytest.mark.parametrize(
    "accept",
    [
        "application/vnd.pgrst.plan",
        "application/vnd.pgrst.plan+json",
        "application/vnd.pgrst.plan+text; options=analyze|verbose|settings|buffers|wal",
        'application/vnd.pgrst.plan; for="text/csv"; options=analyze',
        "application/geo+json",
        "application/octet-stream",
        "text/html",
        "text/xml",
    ],
)
def test_media_types(api: Api, ours: Marked, theirs: Marked, accept: str) -> None:
    """No plan is told, of nothing and to nobody."""
    for token in (None, ours.people["owner"].token):
        for name, said in (
            ("sites", {}),
            ("recent_intents", {"site_id": ours.site}),
            ("health", {}),
        ):
            answer = api.call(name, said, token=token, headers={"Accept": accept}, method="GET")
            assert answer.status_code in (401, 404, 406, 415), answer.text
            for word in ("Scan", "cost", "rows=", "Planning"):
                assert word not in answer.text
            clean(answer.text, theirs)
    headers = {"Accept": accept}
    assert api.client.get("/", headers=headers).status_code == 415


@pytest.mark.parametrize(
    "params",
    [
        {"select": "*,app.calls(*)"},
        {"select": "*,calls(*)"},
        {"select": "*,sites!inner(*)"},
        {"select": "id,...members(*)"},
        {"select": "secret"},
        {"select": "deleted_at"},
        {"select": "site_members"},
        {"select": "tableoid,ctid,xmin,cmax"},
        {"select": "card"},
        {"select": "sites"},
        {"select": "config->a->>b"},
        {"select": "config->>name::regclass"},
        {"select": "id::regclass"},
        {"select": "name::regrole"},
        {"select": "name::app.calls"},
        {"select": "name::text[]"},
        {"select": "id.count(),name.max()"},
        {"select": "count()"},
        {"select": "name:public_key,public_key:name"},
        {"order": "deleted_at"},
        {"order": "created_at.desc"},
        {"order": "config->secret"},
        {"order": "app.sites.id"},
        {"order": "(select 1)"},
        {"deleted_at": "is.null"},
        {"name": "in.(select name from app.sites)"},
        {"name": "match.(a+)+$"},
        {"name": "fts(simple).x"},
        {"name": "phfts(pg_catalog.english).x"},
        {"id": "not.is.null"},
        {"and": "(id.not.is.null,or(name.like.*,name.ilike.*))"},
        {"or": "(id.eq.1) or true --"},
        {"name": "eq.x' or '1'='1"},
        {"name": "isdistinct.x"},
        {"limit": "-1"},
        {"limit": "99999999999999999999"},
        {"offset": "99999999999"},
        {"limit": "1; select 1"},
        {"columns": "name"},
        {"on_conflict": "id"},
    ],
)
def test_filters_columns_order_and_embedding(
    api: Api, ours: Marked, theirs: Marked, params: dict[str, str]
) -> None:
    """What is selected, filtered and sorted is the answer's own columns of one's own rows."""
    owner = ours.people["owner"].token
    for name, said in (("sites", {}), ("recent_intents", {"site_id": ours.site})):
        answer = api.call(name, said, token=owner, method="GET", params=params)
        assert answer.status_code < 500, answer.text
        assert answer.status_code in (200, 206, 400, 404, 406, 416), answer.text
        # PostgREST says again what it can not read; beyond that nothing of ours is named.
        told = answer.text
        for value in params.values():
            told = told.replace(value, "")
        assert not [mark for mark in theirs.marks if mark in told]
        assert not re.search(r"\b(app|access|ops)\.", told), told


def test_errors_of_constraints(api: Api, world: World, ours: Marked, theirs: Marked) -> None:
    """What stands elsewhere already is no obstacle, so it can not be felt out."""
    owner, boss = ours.people["owner"], world.admin()
    domain = world.site("theirsmark").domain
    # a neighbour's domain and name
    made = api.call("create_site", {"name": "theirsmark", "domain": domain}, token=boss.token)
    assert made.status_code == 200, made.text
    assert made.json()["public_key"] != theirs.key
    site = api.call("site_settings", {"site_id": ours.site}, token=owner.token).json()
    said = {"site_id": ours.site, "version": site["version"], "changes": {"domain": domain}}
    changed = api.call("update_site", said, token=owner.token)
    assert changed.status_code == 200, changed.text
    clean(changed.text, theirs, json.dumps(said))
    # a neighbour's people
    for email in (theirs.people["owner"].email, f"nobody-{uuid.uuid4().hex}@people.example"):
        said = {"site_id": ours.site, "email": email, "role": "viewer"}
        invited = api.call("invite_member", said, token=owner.token)
        assert (invited.status_code, set(invited.json())) == (200, {"id", "expires_at"})
    for name in ("set_member_role", "remove_member", "transfer_ownership"):
        answers = set()
        for user in (theirs.people["owner"].id, str(uuid.uuid4())):
            said = {"site_id": ours.site, "user_id": user}
            said |= {"role": "viewer"} if name == "set_member_role" else {}
            answer = api.call(name, said, token=owner.token)
            answers.add((answer.status_code, answer.text))
        assert len(answers) == 1, answers


def test_what_a_neighbour_uses_is_free_to_use(
    api: Api, world: World, ours: Marked, theirs: Marked
) -> None:
    """Idempotency keys, ids of events and visits: each site has its own."""
    key = {"caller_phone": "0532 111 22 33", "idempotency_key": "a-shared-key"}
    cards = [
        api.call("create_call", {"site_id": one.site, **key}, token=one.people["owner"].token)
        for one in (theirs, ours)
    ]
    assert [card.status_code for card in cards] == [200, 200]
    assert cards[0].json()["id"] != cards[1].json()["id"]
    assert cards[1].json()["site_id"] == ours.site
    assert (
        world.value("select count(*) from app.calls where intent_stamp = 'manual:a-shared-key'")
        == 2
    )


@pytest.mark.parametrize("name", ["revoke_invitation", "revoke_api_key", "revoke_login"])
def test_ids_of_a_neighbours_things(
    api: Api, world: World, ours: Marked, theirs: Marked, name: str
) -> None:
    """At one's own site they are not there."""
    owner = ours.people["owner"].token
    their_owner = theirs.people["owner"]
    if name == "revoke_invitation":
        said = {"site_id": theirs.site}
        (one,) = api.call("invitations", said, token=their_owner.token).json()[:1]
        field, thing = "invitation_id", one["id"]
    elif name == "revoke_api_key":
        key = {"site_id": theirs.site, "name": "k", "scopes": ["read"]}
        made = api.call("create_api_key", key, token=their_owner.token).json()
        field, thing = "key_id", made["id"]
    else:
        login = "select id::text from access.logins where user_id = %(id)s limit 1"
        field, thing = "login_id", world.value(login, id=their_owner.id)
    answers = set()
    for one_id in (thing, str(uuid.uuid4())):
        said = {field: one_id} | ({} if name == "revoke_login" else {"site_id": ours.site})
        answer = api.call(name, said, token=owner)
        assert answer.status_code == 404
        answers.add(answer.content)
    assert len(answers) == 1
    assert api.call("sites", token=their_owner.token).status_code == 200


def test_hints_name_nothing_but_the_contract(api: Api, world: World) -> None:
    """PostgREST proposes a function of like name, to anon too: those are in the open contract."""
    inner = world.rows(
        "select distinct proname as name from pg_proc where pronamespace in"
        " ('app'::regnamespace, 'access'::regnamespace, 'ops'::regnamespace)"
    )
    tried = {row["name"] for row in inner} - set(REQUESTS) | {f"{name}x" for name in REQUESTS}
    contract = (config.REPO / "docs/reference/contract.txt").read_text(encoding="utf-8")
    assert len(tried) > 150
    hints = 0
    for name in sorted(tried):
        answer = api.call(name)
        assert answer.status_code == 404
        said = answer.json()
        if said["hint"]:
            hints += 1
            (proposed,) = re.findall(r"api\.([a-z_.]+)", said["hint"])
            assert proposed in REQUESTS, said
            assert proposed in contract
        assert not re.search(r"\b(app|access|ops|partman)\.", answer.text), answer.text
    assert hints > 10


@pytest.mark.parametrize("role", ["anon", "authenticated", "service_role", "monitor"])
def test_the_openapi_root_holds_what_the_role_may_call(
    api: Api, world: World, theirs: Marked, role: str
) -> None:
    token = None if role == "anon" else world.token("machine", role=role)
    if role == "authenticated":
        token = world.person("stranger").token
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    answer = api.client.get("/", headers=headers)
    paths = {path.removeprefix("/rpc/") for path in answer.json()["paths"]} - {"/"}
    may = (
        "select has_function_privilege(%(r)s, oid, 'execute') as may, proname as name from pg_proc"
    )
    rows = world.rows(may + " where pronamespace = 'api'::regnamespace", r=role)
    assert paths == {row["name"] for row in rows if row["may"]}
    assert "definitions" not in answer.json()
    assert not [mark for mark in theirs.marks if mark in answer.text]
    assert not re.search(r"\b(app|access|ops)\.[a-z_]+", answer.text.replace("ops.settings", ""))


def test_open_functions_are_open_and_the_others_say_no_more(api: Api) -> None:
    """To anon a function that is shut answers alike whatever is sent."""
    for name, request in REQUESTS.items():
        if name in OPEN | FILES:
            continue
        bodies: set[Any] = set()
        for said in (request, dict.fromkeys(request)):
            answer = api.call(name, said)
            assert answer.status_code == 401
            bodies.add(answer.text)
        assert len(bodies) == 1, name
