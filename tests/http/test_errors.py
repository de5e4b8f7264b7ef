"""What goes wrong tells the sender what to mend, and nothing about our insides."""

from __future__ import annotations

import re
import time
from typing import Any

import httpx
import psycopg
import pytest

from pyctl import config
from tests.harness.requests import REQUESTS
from tests.harness.rest import Api
from tests.harness.world import Site, World
from tests.http.test_plans import as_person
from tests.http.visit import Visit

INSIDES = re.compile(
    r"\b(app|access|ops|partman|extensions)\.|_(pkey|(?<!public_)(?<!api_)key|check|fkey|idx)\b|relation|constraint"
    r"|plpgsql|PL/pgSQL|\b(select|insert|update|delete) |pg_catalog|\.sql\b|line \d",
    re.IGNORECASE,
)
ODD: list[Any] = [
    None,
    "",
    "x",
    "'",
    "\u0000",
    "\ud83d",
    -1,
    1e400,
    10**30,
    1.5,
    True,
    [],
    {},
    [[1]],
    "infinity",
    "2026-13-99",
    "x" * 10000,
    "00000000-0000-0000-0000-000000000000",
]


def tells_nothing(answer: httpx.Response) -> None:
    assert answer.status_code < 500, answer.text
    assert not INSIDES.search(answer.text), answer.text


def wire(value: Any) -> str:
    """JSON as a hostile client writes it: numbers beyond floats, lone surrogates."""
    if value == 1e400:
        return "1e400"
    if isinstance(value, str):
        return (
            '"'
            + "".join(f"\\u{ord(c):04x}" if ord(c) > 126 or ord(c) < 32 else c for c in value)
            + '"'
        )
    return (
        {None: "null", True: "true"}.get(value, str(value))
        if not isinstance(value, list | dict)
        else str(value)
    )


ARGUMENTS = sorted((name, argument) for name, said in REQUESTS.items() for argument in said)


@pytest.mark.parametrize(
    ("name", "argument"),
    [
        *ARGUMENTS,
        ("seal", "note"),
        ("recent_intents", "cursor"),
        ("recent_intents", "page_size"),
        *(
            ("recent_intents", name)
            for name in ("status", "action", "ads_only", "search", "direction", "with_total")
        ),
        ("pulse", "since"),
        *(("visitor_sessions", name) for name in ("page_size", "cursor")),
        *(("activity", name) for name in ("page_size", "cursor")),
        *(("session_timeline", name) for name in ("page_size", "cursor")),
        *(("export_intents", name) for name in ("separator", "status", "ads_only")),
        *(
            ("create_call", name)
            for name in (
                *("caller_phone", "action", "tapped_at", "note", "keyword", "campaign", "is_ads"),
                "idempotency_key",
            )
        ),
        ("dashboard_stats", "ads_only"),
    ],
)
def test_odd_arguments(
    api: Api, world: World, site: Site, lead: dict[str, Any], name: str, argument: str
) -> None:
    token = world.owner(site.name).token
    real = {"site_id": site.id, "call_id": str(lead["id"]), "session_id": str(lead["session_id"])}
    for odd in ODD:
        said = {
            **REQUESTS[name],
            **{k: v for k, v in real.items() if k in REQUESTS[name]},
        }
        parts = [f'"{key}":{wire(value)}' for key, value in said.items() if key != argument]
        parts.append(f'"{argument}":{wire(odd)}')
        headers = {"Content-Type": "application/json"}
        if name not in ("login", "refresh_token", "logout"):
            headers["Authorization"] = f"Bearer {token}"
        answer = api.client.post(
            f"/rpc/{name}", content="{" + ",".join(parts) + "}", headers=headers
        )
        tells_nothing(answer)


@pytest.mark.parametrize("body", ["", "{", "[]", "null", "5", '"x"', "[{}]", '{"a":', "\x00"])
def test_odd_bodies(api: Api, world: World, body: str) -> None:
    token = world.owner("acme").token
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
    for name in ("seal", "recent_intents", "undo"):
        tells_nothing(api.client.post(f"/rpc/{name}", content=body, headers=headers))


@pytest.mark.parametrize(
    "params",
    [
        {"select": "*,events(*)"},
        {"select": "secret"},
        {"secret": "eq.1"},
        {"id": "eq.x"},
        {"id": "nope"},
        {"order": "secret"},
        {"limit": "x"},
        {"offset": "-1"},
        {"select": "name::regclass"},
        {"select": "name::secret"},
        {"or": "(((("},
    ],
)
def test_odd_filters(api: Api, world: World, params: dict[str, str]) -> None:
    answer = api.call("sites", token=world.owner("acme").token, method="GET", params=params)
    assert answer.status_code in (400, 404, 406, 200, 416)
    assert not re.search(r"\b(app|access|ops)\.", answer.text), answer.text


def test_what_the_tables_refuse_comes_as_a_code(
    api: Api, world: World, lead: dict[str, Any], visit: Visit
) -> None:
    """The status in the way of a card that the database would refuse is found before."""
    token = world.editor(visit.site.name).token
    said = {"call_id": str(lead["id"]), "version": 1, "amount": 10**12, "currency": "TRY"}
    answer = api.call("seal", said, token=token)
    assert (answer.status_code, answer.json()["message"]) == (400, "invalid_amount")
    tells_nothing(answer)


def test_paging_is_checked(api: Api, world: World, site: Site) -> None:
    token = world.viewer(site.name).token
    for said, message in (
        ({"page_size": 0}, "invalid_page_size"),
        ({"page_size": 201}, "invalid_page_size"),
        ({"status": "open"}, "invalid_status"),
        ({"cursor": "1.2"}, "invalid_cursor"),
        ({"cursor": "99999999999999999.00000000-0000-0000-0000-000000000000"}, None),
    ):
        answer = api.call("recent_intents", {"site_id": site.id, **said}, token=token)
        if message is None:
            assert answer.status_code in (200, 400), answer.text
        else:
            assert (answer.status_code, answer.json()["message"]) == (400, message)
        tells_nothing(answer)


def test_codes_that_are_not_ours_are_on_the_page(
    api: Api, dsn: str, world: World, site: Site
) -> None:
    """PostgREST's and PostgreSQL's, as docs/reference/errors.md lists them for a frontend."""
    owner = world.owner(site.name)
    bearer = {"Authorization": f"Bearer {owner.token}"}
    over = world.token(owner.id, exp=int(time.time()) - 60)
    said = {"site_id": site.id, "since": "x", "until": "x"}
    broken = api.client.post(
        "/rpc/sites", content="{", headers=bearer | {"Content-Type": "application/json"}
    )
    with psycopg.connect(dsn) as holder:
        holder.execute("lock table ops.health in access exclusive mode")
        waiting = api.call("health")

    def members(headers: dict[str, str] | None = None, **params: str) -> httpx.Response:
        asked = {"site_id": site.id}
        return api.call("members", asked, token=owner.token, headers=headers, params=params)

    answers = {
        ("42501", "401"): api.call("sites"),
        ("42501", "403"): api.call("call_event", token=owner.token),
        ("PGRST301", "401"): api.call("sites", token=over),
        ("PGRST202", "404"): api.call("dashboard_stats", {"site_id": site.id}, token=owner.token),
        ("PGRST102", "400"): broken,
        ("22P02", "400"): api.call("members", {"site_id": "x"}, token=owner.token),
        ("22007", "400"): api.call("dashboard_stats", said, token=owner.token),
        ("22008", "400"): api.call(
            "dashboard_stats", said | {"since": "2026-13-99"}, token=owner.token
        ),
        ("42703", "400"): members(select="no_such"),
        ("PGRST100", "400"): members(email="no_such.x"),
        ("PGRST103", "416"): members(limit="1", offset="9", headers={"Prefer": "count=exact"}),
        ("PGRST116", "406"): members(
            email="is.null", headers={"Accept": "application/vnd.pgrst.object+json"}
        ),
        ("57014", "500"): waiting,
    }
    page = (config.REPO / "docs/reference/errors.md").read_text(encoding="utf-8")
    table = page.split("## What is not ours")[1]
    for (code, status), answer in answers.items():
        assert (answer.json()["code"], str(answer.status_code)) == (code, status), answer.text
        assert [row for row in table.splitlines() if f"`{code}`" in row and status in row], code
    assert set(re.findall(r"`([0-9A-Z]{5}|PGRST\d+)`", table)) == {code for code, _ in answers}


def test_a_download_that_is_not_ready_in_time(dsn: str, world: World, site: Site) -> None:
    """Whatever holds it up, the answer says what to do."""
    settings = as_person(world.editor(site.name)) | {"statement_timeout": "1s"}
    with psycopg.connect(dsn) as holder, world.conn.transaction(force_rollback=True):
        holder.execute("lock table app.calls in access exclusive mode")
        for name, value in settings.items():
            world.rows("select set_config(%(n)s, %(v)s, true)", n=name, v=value)
        with pytest.raises(psycopg.Error, match="took_too_long") as told:
            world.rows(
                "select api.export_intents(%(id)s, now() - interval '1 day', now())", id=site.id
            )
    assert told.value.sqlstate == "PT503"
