"""PostgREST's own OpenAPI, driven with every role: no 5xx, nothing of a neighbour in any answer.

Short here; OPSMANTIK_TEST_FUZZ=<examples per operation and role> makes it long (`make soak`).
"""

from __future__ import annotations

import copy
import json
import os
import time
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
ROLES = ["anon", "viewer", "editor", "owner", "service_role", "neighbour", "admin"]
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


def token_of(world: World, sites: dict[str, Marked], role: str) -> str | None:
    """One of a log-in of its own: what is called may end it."""
    if role == "anon":
        return None
    if role == "service_role":
        return world.token("machine", role="service_role")
    if role == "admin":
        return world.token(world.support("oursmark").id)
    if role == "neighbour":
        return world.token(sites["theirsmark"].people["owner"].id)
    return world.token(sites["oursmark"].people[role].id)


def forbidden_to(sites: dict[str, Marked], role: str) -> set[str]:
    """What may be in no answer."""
    ours, theirs = sites["oursmark"].marks, sites["theirsmark"].marks
    both: dict[str, set[str]] = {
        "admin": set(),
        "neighbour": ours - theirs,
        "anon": ours | theirs,
        "service_role": ours | theirs,
    }
    return both.get(role, theirs - ours)


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
        token = token_of(world, sites, role)
        return {"Authorization": f"Bearer {token}"} if token else {}

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
    assert tried > EXAMPLES * 4
    # Refusals alone would show nothing: all but what ends a log-in is asked by somebody logged in.
    assert shut <= EXAMPLES * 8
    assert len(answered) > (5 if role in ("viewer", "editor", "owner", "neighbour", "admin") else 0)
    if role != "admin":
        assert marked.state(world, theirs.site) == before, "somebody wrote to a neighbour's site"
