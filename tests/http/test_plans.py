"""Which way each reading function takes: the plans that really ran, in the role of PostgREST."""

from __future__ import annotations

import json
import re
from typing import Any

from tests.harness.requests import REQUESTS
from tests.harness.world import Site, World
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


def test_no_read_scans_a_big_table(
    world: World, site: Site, visit: Visit, lead: dict[str, Any]
) -> None:
    neighbour = world.site("crowd")
    for one in (site, neighbour):
        world.rows(FILL.replace("'plan '", f"'{one.name} '"), site=one.id)
    world.rows("analyze app.sessions, app.calls, app.events")
    owner = world.owner(site.name)
    real = {
        "site_id": site.id,
        "call_id": str(lead["id"]),
        "session_id": visit.session,
        "visitor_id": visit.visitor,
        "since": world.value("select (now() - interval '7 days')::text"),
        "until": world.value("select now()::text"),
        "dimension": "city",
    }
    claims = json.dumps({"iss": "opsmantik", "sub": owner.id, "role": "authenticated"})
    plans: list[tuple[str, dict[str, Any]]] = []
    asked = ""

    def heard(notice: Any) -> None:
        text = notice.message_primary or ""
        if "plan:\n" in text:
            plans.append((asked, json.loads(text.split("plan:\n", 1)[1])["Plan"]))

    world.conn.add_notice_handler(heard)
    world.rows("load 'auto_explain'")
    with world.conn.transaction():
        for setting, value in {
            "auto_explain.log_min_duration": "0",
            "auto_explain.log_nested_statements": "on",
            "auto_explain.log_format": "json",
            "auto_explain.log_level": "notice",
            "client_min_messages": "notice",
            "request.jwt.claims": claims,
            "role": "authenticated",
        }.items():
            world.rows("select set_config(%(name)s, %(value)s, true)", name=setting, value=value)
        for table in world.rows(TABLES):
            asked = table["name"]
            if asked in SKIPPED:
                continue
            said = {key: real[key] for key in real if key in REQUESTS[asked]}
            arguments = ", ".join(f"{key} => %({key})s" for key in said)
            world.rows(f"select * from api.{asked}({arguments})", **said)
    world.conn.remove_notice_handler(heard)
    assert {name for name, _ in plans} >= {
        "recent_intents",
        "pulse",
        "session_timeline",
        "queue_stats",
    }
    scans = [
        (name, node["Node Type"], node["Relation Name"])
        for name, plan in plans
        for node in nodes(plan)
        if BIG.match(node.get("Relation Name", ""))
    ]
    assert len(scans) > 20
    # a plan for all months names the empty ones too; which of them are opened is decided as it runs
    filled = {
        row["name"]
        for row in world.rows("select relname as name from pg_class where reltuples >= 1000")
    }
    assert not [scan for scan in scans if scan[1] == "Seq Scan" and scan[2] in filled]
