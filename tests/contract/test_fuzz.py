"""PostgREST's own OpenAPI, driven with every role: no 5xx, nothing of a neighbour in any answer.

Short here; OPSMANTIK_TEST_FUZZ=<examples per operation and role> makes it long (`make soak`).
"""

from __future__ import annotations

import copy
import json
import os
import time
import uuid
from base64 import b64encode
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from tests.contract import marked
from tests.contract.marked import ON_SCRAP, Marked
from tests.harness.requests import REQUESTS
from tests.harness.rest import Api
from tests.harness.world import World

LONG = os.environ.get("OPSMANTIK_TEST_FUZZ")
EXAMPLES = int(LONG or 3)
SEED = int(os.environ.get("OPSMANTIK_TEST_SEED") or (time.time_ns() if LONG else 0))
ACCEPT = ["application/json", "application/json", "text/csv", "application/vnd.pgrst.object+json"]
# They come in order: those who may put a site away come last.
ROLES = [
    *("anon", "feed", "stranger", "monitor", "key", "viewer", "editor", "owner"),
    *("service_role", "neighbour", "admin", "support"),
]
FEED = "select access.create_feed_credential(%(site)s, %(user)s)"
END_KEYS = "update access.api_keys set revoked_at = now() where site_id = %(site)s"
CLOSE = (
    "update app.support_accesses set closed_at = now()"
    " where site_id = %(site)s and closed_at is null"
)
MEMBERS = ("key", "viewer", "editor", "owner", "neighbour", "support")
READS = (
    "select proname as name from pg_proc"
    " where pronamespace = 'api'::regnamespace and provolatile <> 'v'"
)


@pytest.fixture(scope="module")
def sites(api: Api, world: World) -> dict[str, Marked]:
    """Ours, the neighbour's, and one that belongs to our owner and may be ruined."""
    world.rows(marked.HEALTHY)
    made = {
        name: marked.fill(api, world, name, phone, amount)
        for name, phone, amount in (
            ("oursmark", "1234567", "4321.09"),
            ("theirsmark", "7654321", "8765.43"),
            ("scrapmark", "1111111", "1234.56"),
        )
    }
    for _ in range(50):
        if not world.value("select ops.roll_stats()"):
            break
    owner = made["oursmark"].people["owner"].id
    world.rows(
        "insert into app.site_members (site_id, user_id, role)"
        " values (%(site)s, %(owner)s, 'owner')",
        site=made["scrapmark"].site, owner=owner,
    )  # fmt: skip
    return made


def headers_of(api: Api, world: World, sites: dict[str, Marked], role: str) -> dict[str, str]:
    """Those of a log-in of its own: what is called may end it."""
    ours = sites["oursmark"]
    if role == "anon":
        return {}
    if role == "feed":
        user = f"feed-{uuid.uuid4().hex}"
        secret = world.value(FEED, site=ours.site, user=user)
        return {"Authorization": "Basic " + b64encode(f"{user}:{secret}".encode()).decode()}
    if role == "key":
        owner = world.token(ours.people["owner"].id)
        world.rows(END_KEYS, site=ours.site)  # a site has but so many
        said = {"site_id": ours.site, "name": uuid.uuid4().hex, "scopes": ["read"]}
        made = api.call("create_api_key", said, token=owner).json()
        token = api.call("key_login", {"api_key": made["api_key"]}).json()["access_token"]
    elif role in ("service_role", "monitor"):
        token = world.token("machine", role=role)
    elif role == "admin":
        token = world.token(world.person("fuzz-admin", role="admin").id)
    elif role == "support":
        token = world.token(world.support("oursmark").id)
    elif role == "stranger":
        token = world.token(world.person("fuzz-stranger").id)
    elif role == "neighbour":
        token = world.token(sites["theirsmark"].people["owner"].id)
    else:
        token = world.token(ours.people[role].id)
    return {"Authorization": f"Bearer {token}"}


def forbidden_to(sites: dict[str, Marked], role: str) -> set[str]:
    """What may be in no answer."""
    ours, theirs = sites["oursmark"], sites["theirsmark"]
    if role == "neighbour":
        return ours.marks - theirs.marks
    if role in ("admin", "support"):  # the list of sites is theirs to read, no lead is
        listed = {word for site in (ours, theirs) for word in (site.name, site.site, site.key)}
        return theirs.marks - ours.marks - listed
    if role in ("feed", *MEMBERS):
        return theirs.marks - ours.marks
    return ours.marks | theirs.marks


def sharpen(document: dict[str, Any], pool: dict[str, list[Any]], scrap: str) -> dict[str, Any]:
    """The document, with values that mean something for arguments that do."""
    sharp = copy.deepcopy(document)
    for path, methods in sharp["paths"].items():
        name = path.removeprefix("/rpc/")
        tried = pool | ({"site_id": [scrap, *pool["site_id"][2:3]]} if name in ON_SCRAP else {})
        for operation in methods.values():
            operation["consumes"] = operation["produces"] = ["application/json"]
            for parameter in operation.get("parameters", []):
                if parameter.get("in") == "query" and parameter["name"] in tried:
                    parameter["enum"] = [
                        _text(v) for v in tried[parameter["name"]] if v is not None
                    ]
                    parameter["type"] = "string"
                    parameter.pop("format", None)
                if parameter.get("in") == "body":
                    schema = parameter["schema"]
                    schema["additionalProperties"] = False
                    for key, known in schema.get("properties", {}).items():
                        if key in tried:
                            schema["properties"][key] = {"enum": _distinct(tried[key])}
                        known.pop("format", None) if known.get("format") != "uuid" else None
    return sharp


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _distinct(known: list[Any]) -> list[Any]:
    found: list[Any] = []
    for value in known:
        if value not in found or isinstance(value, bool):
            found.append(value)
    return found


def leaks(text: str, sent: str, forbidden: set[str]) -> list[str]:
    """Marks that the answer holds although the question did not."""
    return [mark for mark in forbidden if mark in text and mark not in sent]


@pytest.mark.timeout(0 if LONG else 120)
@pytest.mark.parametrize("role", ROLES)
def test_every_operation(api: Api, world: World, sites: dict[str, Marked], role: str) -> None:
    ours, theirs, scrap = sites["oursmark"], sites["theirsmark"], sites["scrapmark"]
    if role == "neighbour":
        ours, theirs = theirs, ours

    def log_in() -> dict[str, str]:
        world.rows(CLOSE, site=theirs.site)  # what an admin opened there by open_support_access
        return headers_of(api, world, sites, role)

    head = log_in()
    document = api.client.get("/", headers=head).json()
    schema = schemathesis.openapi.from_dict(
        sharpen(document, marked.values(ours, theirs, scrap), scrap.site)
    )
    reads = {row["name"] for row in world.rows(READS)}
    forbidden = forbidden_to(sites, role)
    before = marked.state(world, theirs.site)
    # what runs late in a long run is not the question here
    world.rows(marked.HEALTHY)
    problems: list[str] = []
    tried = shut = 0
    answered: set[str] = set()

    def ask(case: schemathesis.Case[Any], accept: str, bend: int) -> None:
        """The request as it was made; and one argument of it in a request that is valid else.

        The second gets past the checks of the other arguments. On a site that may be ruined."""
        body = None if isinstance(case.body, schemathesis.core.NotSet) else case.body
        put(case, body, accept)
        name = case.path.removeprefix("/rpc/")
        if case.method == "POST" and isinstance(body, dict) and body and name in REQUESTS:
            field = sorted(body)[bend % len(body)]
            put(case, valid(name) | {field: body[field]}, accept)

    def valid(name: str) -> dict[str, Any]:
        real = {
            "site_id": scrap.site if name in ON_SCRAP else ours.site,
            "call_id": ours.calls[0],
            "session_id": ours.sessions[0],
            "visitor_id": ours.visitor,
            "user_id": scrap.people["viewer"].id,
            "items": [{"call_id": ours.calls[0], "version": 1}],
        }
        return {key: real.get(key, value) for key, value in REQUESTS[name].items()}

    def put(case: schemathesis.Case[Any], body: Any, accept: str) -> None:
        nonlocal tried, shut
        name = case.path.removeprefix("/rpc/")
        headers = head | {"Accept": accept}
        query = dict(case.query or {})
        content = json.dumps(body).encode()
        if case.method == "GET":
            answer = api.client.get(case.path, params=query, headers=headers)
        elif name == "sync":
            headers["Content-Type"] = "text/plain"
            answer = api.client.post(case.path, content=content, headers=headers)
        else:
            headers["Content-Type"] = "application/json"
            answer = api.client.post(case.path, content=content, headers=headers)
        tried += 1
        shut += '"login_ended"' in answer.text
        if answer.status_code < 300:
            answered.add(name)
        sent = json.dumps([query, body], ensure_ascii=False)
        said = answer.text + str(answer.headers.get("content-disposition", ""))
        if answer.status_code >= 500:
            problems.append(
                f"{answer.status_code} {case.method} {name} {sent}: {answer.text[:300]}"
            )
        problems.extend(
            f"leak of {mark!r} {case.method} {name} {sent}" for mark in leaks(said, sent, forbidden)
        )

    for result in schema.get_all_operations():
        operation = result.ok()  # type: ignore[union-attr]
        name = operation.path.removeprefix("/rpc/")
        if operation.path == "/" or (operation.method.upper() == "GET" and name not in reads):
            continue

        @seed(SEED)
        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(), accept=st.sampled_from(ACCEPT), bend=st.integers(0, 9))
        def one(case: schemathesis.Case[Any], accept: str, bend: int) -> None:
            ask(case, accept, bend)

        head = log_in()
        one()
    assert not problems, f"{len(problems)} of {tried} (OPSMANTIK_TEST_SEED={SEED}):\n" + "\n".join(
        sorted(set(problems))[:40]
    )
    assert tried > EXAMPLES * (4 if role != "monitor" else 0)
    # Refusals alone would show nothing: all but what ends a log-in is asked by somebody logged in.
    assert shut <= EXAMPLES * 8
    assert len(answered) > (5 if role in MEMBERS else 0)
    if role not in ("admin", "support"):
        assert marked.state(world, theirs.site) == before, "somebody wrote to a neighbour's site"
