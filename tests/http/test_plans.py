"""Which way each reading function takes: the plans that really ran, in the role of PostgREST."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.harness.requests import REQUESTS
from tests.harness.world import Person, Site, World
from tests.http.test_tables import TABLES
from tests.http.visit import Visit

BIG = re.compile(r"^(sessions|events)(_|$)|^calls$")
# 20,000 visits over 200 days and as many cards: enough that an index pays
FILL = """
with visit as (
    insert into app.sessions (
        site_id, id, created_month, created_at, first_event_at, last_event_at, visitor_id
    )
    select %(site)s, md5('plan ' || n)::uuid, (date_trunc('month', at at time zone 'UTC'))::date,
        at, at, at, 'visitor ' || n
    from (
        select n, now() - n * interval '14 minutes' as at from generate_series(1, 20000) as n
    ) as it
    returning site_id, id, created_month, created_at
)
insert into app.calls (
    site_id, session_id, session_month, intent_action, intent_stamp, tapped_at, received_at,
    last_tap_at, last_action, currency, status, sealed_at
)
select site_id, id, created_month, 'phone', id::text, created_at, created_at, created_at, 'phone',
    'TRY',
    case when right(id::text, 1) = '0' then 'intent' else 'confirmed' end, created_at
from visit
"""
SKIPPED = {"admin_sites_list", "archived_sites", "contract_version"}  # of all sites, or of none


def nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [plan] + [node for child in plan.get("Plans", []) for node in nodes(child)]


@dataclass
class Heard:
    """The plans that ran, by who was asked; as auto_explain tells them."""

    world: World
    plans: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    asked: str = ""

    def __call__(self, notice: Any) -> None:
        text = notice.message_primary or ""
        if "plan:\n" in text:
            self.plans.append((self.asked, json.loads(text.split("plan:\n", 1)[1])["Plan"]))

    @contextmanager
    def listening(self, **more: str) -> Iterator[None]:
        self.world.rows("load 'auto_explain'")
        self.world.conn.add_notice_handler(self)
        settings = {
            "auto_explain.log_min_duration": "0",
            "auto_explain.log_nested_statements": "on",
            "auto_explain.log_analyze": "on",
            "auto_explain.log_timing": "off",
            "auto_explain.log_format": "json",
            "auto_explain.log_level": "notice",
            "client_min_messages": "notice",
        }
        with self.world.conn.transaction():
            for name, value in (settings | more).items():
                self.world.rows("select set_config(%(n)s, %(v)s, true)", n=name, v=value)
            yield
        self.world.conn.remove_notice_handler(self)

    def scans(self) -> list[tuple[str, dict[str, Any]]]:
        """What was really opened of the big tables."""
        return [
            (name, node)
            for name, plan in self.plans
            for node in nodes(plan)
            if BIG.match(node.get("Relation Name", ""))
            and node["Actual Loops"]
            and node["Node Type"] != "ModifyTable"
        ]


def as_person(person: Person) -> dict[str, str]:
    claims = {"iss": "opsmantik", "sub": person.id, "role": "authenticated"}
    return {"request.jwt.claims": json.dumps(claims), "role": "authenticated"}


def months(world: World, since: str, until: str) -> set[str]:
    """Suffixes of the partitions that a range touches."""
    rows = world.rows(
        "select to_char(month, 'YYYY_MM') as long, to_char(month, 'YYYYMM') as short"
        " from generate_series(date_trunc('month', now() at time zone 'UTC' - %(s)s::interval),"
        " now() at time zone 'UTC' - %(u)s::interval, '1 month') as month",
        s=since,
        u=until,
    )
    return {name for row in rows for name in row.values()}


def strays(found: Iterable[dict[str, Any]], allowed: set[str]) -> set[str]:
    """Months that were opened and lie outside."""
    names = {node["Relation Name"] for node in found}
    return {
        name
        for name in names
        if "_" in name
        and not name.endswith("_default")
        and not any(month in name for month in allowed)
    }


@pytest.fixture
def crowd(world: World, site: Site, visit: Visit, lead: dict[str, Any]) -> dict[str, Any]:
    """Two sites with much in them; and what to ask the first."""
    neighbour = world.site("crowd")
    if not world.value("select count(*) from app.calls where site_id = %(id)s", id=neighbour.id):
        world.rows(FILL.replace("'plan '", "'crowd '"), site=neighbour.id)
    world.rows(FILL.replace("'plan '", f"'{site.name} '"), site=site.id)
    for table in ("sessions", "calls", "events"):
        world.rows(f"vacuum analyze app.{table}")
    return {
        "site_id": site.id,
        "call_id": str(lead["id"]),
        "session_id": visit.session,
        "visitor_id": visit.visitor,
        "since": world.value("select (now() - interval '7 days')::text"),
        "until": world.value("select now()::text"),
        "dimension": "city",
    }


def test_no_read_scans_a_big_table(world: World, site: Site, crowd: dict[str, Any]) -> None:
    """By index, in the months that are asked for, membership looked up once."""
    heard = Heard(world)
    with heard.listening(**as_person(world.owner(site.name))):
        for table in world.rows(TABLES):
            if table["name"] in SKIPPED:
                continue
            heard.asked = table["name"]
            said = {key: crowd[key] for key in crowd if key in REQUESTS[heard.asked]}
            arguments = ", ".join(f"{key} => %({key})s" for key in said)
            world.rows(f"select * from api.{heard.asked}({arguments})", **said)
    assert {name for name, _ in heard.plans} >= {
        "recent_intents",
        "pulse",
        "session_timeline",
        "queue_stats",
    }
    scans = heard.scans()
    assert len(scans) > 20
    filled = {
        row["name"]
        for row in world.rows("select relname as name from pg_class where reltuples >= 1000")
    }
    assert not [
        (name, node["Relation Name"])
        for name, node in scans
        if node["Node Type"] == "Seq Scan" and node["Relation Name"] in filled
    ]

    # with the range before, to compare with
    week, half_year = months(world, "15 days", "0"), months(world, "190 days", "-6 months")
    for name in {name for name, _ in scans}:
        ranged = "since" in REQUESTS[name] and name != "pulse"
        opened = [node for asked, node in scans if asked == name]
        assert not strays(opened, week if ranged else half_year), name

    for name, node in scans:
        assert "access." not in str(node.get("Filter", "")), (name, node["Filter"])
    for name in {name for name, _ in scans} - {"pulse", "site_install_status"}:
        every = [node for asked, plan in heard.plans if asked == name for node in nodes(plan)]
        assert [node for node in every if node.get("Parent Relationship") == "InitPlan"], name

    for name in ("queue_stats", "oci_status"):
        kinds = {
            node["Node Type"]
            for asked, node in scans
            if asked == name and node.get("Index Name", "") != "calls_status_idx"
        }
        assert kinds == {"Index Only Scan"}, name
