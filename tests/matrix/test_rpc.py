"""Every function of schema api, by every caller, on every kind of target: as rpc.txt says.

Each cell is a real request, valid for its target. What should succeed is rolled back by PostgREST
itself (``Prefer: tx=rollback``), so every cell finds the same world; what should be refused is
committed, and in the end both sites must be as they were.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.contract import marked
from tests.harness import rest as rest_
from tests.harness.requests import REQUESTS
from tests.harness.rest import Api
from tests.harness.stage import Stage
from tests.harness.world import World
from tests.matrix.stand import SITES, Caller, Request, Stand

TABLE = Path(__file__).with_name("rpc.txt")
FUNCTIONS = (
    "select proname as name, coalesce(proargnames[1:pronargs], '{}') as arguments,"
    " provolatile <> 'v' as reads, has_function_privilege('anon', oid, 'execute') as open"
    " from pg_proc where pronamespace = 'api'::regnamespace"
)
# What an argument can name, and so how a call must be tried.
TARGETS = {
    "site_id": {"foreign", "missing", "archived"},
    "call_id": {"foreign", "missing", "archived", "deleted"},
    "session_id": {"mixed"},
    "visitor_id": {"mixed"},
    "items": {"mixed"},
    "user_id": {"mixed", "deleted"},
    "key_id": {"mixed", "deleted"},
    "invitation_id": {"mixed", "deleted"},
    "access_id": {"mixed", "deleted"},
    "login_id": {"foreign", "missing"},
    "token": {"missing", "deleted"},
    "api_key": {"missing", "deleted", "archived"},
    "refresh_token": {"missing", "deleted"},
}
MORE_TARGETS = {
    "login": {"missing"},
    "accept_invite": {"archived"},
    "sync": {"foreign", "missing", "archived"},
    "call_event": {"foreign", "missing", "archived"},
    "conversions.csv": {"missing", "archived", "deleted"},
    "adjustments.csv": {"missing", "archived", "deleted"},
}
# Of the moment, and of the length of what names ids.
UNEQUAL = {"date", "content-length"}
REFUSED = {401, 403, 404}
TIME = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?\+00:00")


def read_table() -> tuple[list[str], dict[str, dict[str, dict[str, int]]]]:
    """Callers, and for each function target and caller the status."""
    callers: list[str] = []
    table: dict[str, dict[str, dict[str, int]]] = {}
    group: list[str] = []
    was_line = False
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        words = line.split()
        if not words or line.startswith("#"):
            continue
        if words[0] == "target":
            callers = words[1:]
        elif not line.startswith(" "):
            group = words if was_line else group + words
            was_line = False
        else:
            was_line = True
            cells = dict(zip(callers, map(int, words[1:]), strict=True))
            for name in group:
                lines = table.setdefault(name, {})
                assert words[0] not in lines, f"{name} {words[0]} stands twice"
                lines[words[0]] = cells
    return callers, table


CALLERS, EXPECTED = read_table()


@pytest.fixture(scope="module")
def api(stage: Stage, database: str) -> Iterator[Api]:
    """PostgREST as it is configured, but a request may ask to be rolled back."""
    rest = rest_.start(stage, database, PGRST_DB_TX_END="commit-allow-override")
    client = Api(rest.url)
    yield client
    client.close()
    rest.service.stop()


@pytest.fixture(scope="module")
def stand(api: Api, world: World) -> Stand:
    return Stand(api, world)


@pytest.fixture(scope="module")
def before(stand: Stand, world: World) -> dict[str, dict[str, str]]:
    """The rows of both sites before the first request."""
    return {name: marked.state(world, stand.places[name].site) for name in SITES}


def ask(
    stand: Stand, function: str, request: Request, expected: int, method: str = "POST"
) -> httpx.Response:
    headers = dict(request.headers)
    if expected < 300:
        headers["Prefer"] = "tx=rollback"
    else:
        # Guesses count; a throttle is not the question here.
        stand.world.rows("delete from ops.rate_buckets")
    path = f"/rpc/{function}"
    if method == "GET":
        arguments = json.loads(request.body) if request.body else {}
        return stand.api.client.get(path, params=arguments, headers=headers)
    return stand.api.client.post(path, content=request.body, headers=headers)


def told(stand: Stand, answer: httpx.Response) -> tuple[bytes, ...]:
    """All that the answer tells, apart from ids of the question and times."""
    text = TIME.sub(b"TIME", answer.content)
    for place in stand.places.values():
        for name in place.ids():
            text = text.replace(name.encode(), b"ID")
    headers = sorted(answer.headers.items())
    return (
        text,
        *(f"{k}: {v}".encode() for k, v in headers if k not in ("date", "content-length")),
    )


def test_the_table_is_whole(world: World) -> None:
    """A function without its lines fails here, and a line without its function."""
    found = {
        row["name"]: {"own"}.union(
            *(TARGETS.get(argument, set()) for argument in REQUESTS.get(row["name"], {})),
            MORE_TARGETS.get(row["name"], set()),
        )
        for row in world.rows(FUNCTIONS)
    }
    assert {name: set(lines) for name, lines in EXPECTED.items()} == found
    assert set(REQUESTS) == set(found)


def test_requests_are_whole(world: World) -> None:
    """A function that takes an id is asked with one."""
    for row in world.rows(FUNCTIONS):
        ids = {"site_id", "call_id", "key_id", "invitation_id", "login_id", "user_id"}
        assert ids & set(row["arguments"]) <= set(REQUESTS[row["name"]]), row["name"]


def test_callers(stand: Stand) -> None:
    assert list(stand.callers) == CALLERS


def test_a_key_writes_what_its_scope_says(world: World) -> None:
    """Nothing of itself, its site or people; what is open to anybody asks for no key."""
    cards = {"amend", "cancel", "delete_call", "junk", "restore", "seal", "undelete_call", "undo"}
    cards |= {"bulk_action", "create_call", "auto_approve_stale_intents"}
    written: dict[str, set[str]] = {"key_read": set(), "key_write": set()}
    for row in world.rows(FUNCTIONS):
        for caller, names in written.items():
            cells = [line[caller] for line in EXPECTED[row["name"]].values()]
            if not row["reads"] and not row["open"] and any(cell not in REFUSED for cell in cells):
                names.add(row["name"])
    # sign_in writes for people of another issuer only
    assert written == {"key_read": {"sign_in"}, "key_write": {"sign_in"} | cards}


@pytest.mark.parametrize("function", EXPECTED)
@pytest.mark.usefixtures("before")
def test_function(stand: Stand, world: World, function: str) -> None:
    (facts,) = (row for row in world.rows(FUNCTIONS) if row["name"] == function)
    lines = dict(EXPECTED[function])
    if "mixed" in lines:
        lines["absent"] = lines["mixed"]
    found: dict[str, dict[str, int]] = {target: {} for target in lines}
    problems: list[str] = []
    for caller in stand.callers.values():
        answers: dict[str, httpx.Response] = {}
        # What is open to anybody answers to the token, the key or the secret in the question;
        # the list of all sites is for admins.
        shown = facts["open"] or function == "admin_sites_list"
        hidden = set() if shown else stand.hidden_from(caller.name)
        for target, cells in lines.items():
            request, expected = stand.request(function, target, caller), cells[caller.name]
            answers[target] = answer = ask(stand, function, request, expected)
            found[target][caller.name] = answer.status_code
            leaks = {mark for mark in hidden if mark in answer.text} - {
                mark for mark in hidden if mark in request.body.decode()
            }
            problems += [f"{caller.name} {target}: told {mark}" for mark in leaks]
            if facts["reads"] and target in ("own", "foreign"):
                read = ask(stand, function, request, expected, "GET")
                if told(stand, read) != told(stand, answer):
                    problems.append(f"{caller.name} {target}: GET answers otherwise: {read.text}")
                if caller.name == "owner" and target == "own" and answer.text in ("", "[]"):
                    problems.append("nothing to see: the owner's answer is empty")
        problems += told_apart(stand, caller, answers)
    problems += [
        f"expected {show(target, lines[target])}\nfound    {show(target, found[target])}"
        for target in lines
        if found[target] != lines[target]
    ]
    if problems:
        pytest.fail(f"{function}\n" + "\n".join(problems), pytrace=False)


def told_apart(stand: Stand, caller: Caller, answers: dict[str, httpx.Response]) -> list[str]:
    """Whatever the caller could tell a target by that is not theirs."""
    alike: dict[tuple[bool, int], set[tuple[bytes, ...]]] = {}
    for target, answer in answers.items():
        # A thing on one's own site; where there is none to name, the card or the link itself.
        is_inner = target in ("mixed", "absent") or (target == "deleted" and "mixed" in answers)
        # A conflict shows one's own card; a success one's own rows.
        if target in ("mixed", "absent") or answer.status_code in (401, 403, 404):
            told_here = alike.setdefault((is_inner, answer.status_code), set())
            told_here.add(told(stand, answer))
    return [
        f"{caller.name}: {status} tells apart {texts}"
        for (_, status), texts in alike.items()
        if len(texts) > 1
    ]


def show(target: str, cells: dict[str, int]) -> str:
    """A line as rpc.txt has it."""
    return (
        "  "
        + target.ljust(10)
        + "".join(str(cells[caller]).rjust(len(caller) + 1) for caller in CALLERS)
    )


def test_refusals_left_no_trace(
    stand: Stand, world: World, before: dict[str, dict[str, str]]
) -> None:
    after = {name: marked.state(world, stand.places[name].site) for name in SITES}
    assert after == before
