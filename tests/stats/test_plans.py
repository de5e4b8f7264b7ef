"""How the dashboard's queries are run: by index, in the months they need, membership asked once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from pyctl import db
from tests.harness.world import Site, World

WATCH = (
    "load 'auto_explain'; set auto_explain.log_min_duration = 0; set client_min_messages = log;"
    " set auto_explain.log_nested_statements = on; set auto_explain.log_format = json"
)
BIG = ("sessions", "events", "calls", "daily_stats", "hourly_stats")


@pytest.fixture(scope="module")
def site(world: World) -> Site:
    """Half a year of visits and leads, rolled."""
    site = world.site("acme")
    world.rows(
        "insert into app.sessions (site_id, id, created_month, created_at, first_event_at,"
        " last_event_at, visitor_id) select %(site)s, gen_random_uuid(),"
        " date_trunc('month', at at time zone 'UTC'), at, at, at, 'v' || n"
        " from generate_series(1, 4000) as n"
        " cross join lateral (select now() - n * interval '30 minutes') as visit (at)",
        site=site.id,
    )
    world.rows(
        "insert into app.calls (site_id, intent_action, intent_stamp, tapped_at, last_tap_at,"
        " last_action, currency) select %(site)s, 'phone', n::text, at, at, 'phone', 'TRY'"
        " from generate_series(1, 2000) as n"
        " cross join lateral (select now() - n * interval '1 hour') as tap (at)",
        site=site.id,
    )
    while world.value("select ops.roll_stats()"):
        pass
    world.rows("analyze app.sessions, app.calls, app.daily_stats, app.hourly_stats")
    return site


@pytest.fixture
def plans(world: World, site: Site, dsn: str) -> Iterator[Any]:
    """Asks as an owner; gives the plans of all that ran for it."""
    said: list[Any] = []
    owner = world.owner(site.name)
    with psycopg.connect(make_conninfo(dsn), autocommit=True) as conn:
        conn.execute(WATCH)
        claims = {"iss": "opsmantik", "sub": owner.id, "role": "authenticated"}
        conn.execute("select set_config('request.jwt.claims', %s, false)", [json.dumps(claims)])
        conn.execute("set role authenticated")

        def hear(notice: psycopg.errors.Diagnostic) -> None:
            text = notice.message_primary or ""
            if "plan:\n" in text:
                said.append(json.loads(text.split("plan:\n", 1)[1])["Plan"])

        conn.add_notice_handler(hear)

        def ask(query: str) -> list[Any]:
            conn.execute(db.as_query(query), [site.id])
            said.clear()
            conn.execute(db.as_query(query), [site.id])
            return [node for plan in said for node in nodes(plan)]

        yield ask


def nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [plan, *(node for part in plan.get("Plans", []) for node in nodes(part))]


RANGES = {
    "rolled and today": "now() - interval '80 days', now()",
    "a day cut at both ends": "now() - interval '30 hours', now() - interval '20 hours'",
}


@pytest.mark.parametrize("span", RANGES)
@pytest.mark.parametrize(
    "function",
    [
        "dashboard_stats(%s, {})",
        "dashboard_timeline(%s, {})",
        "dashboard_breakdown(%s, 'city', {})",
    ],
)
def test_reads_go_by_index(plans: Any, function: str, span: str) -> None:
    found = plans(f"select * from api.{function.format(RANGES[span])}")
    touched = [node for node in found if "Relation Name" in node]
    raw = {node["Relation Name"] for node in touched if node["Relation Name"] != "sessions"}
    months = {name for name in raw if name.startswith("sessions_")}
    # the day that is cut, its like of the period before, and the default, which may hold any month
    assert months
    assert len(months - {"sessions_default"}) <= 2, months
    for node in touched:
        # the default partition is empty: how nothing is read does not matter
        if node["Relation Name"] == "sessions_default":
            continue
        if node["Relation Name"].startswith(BIG):
            assert node["Node Type"] != "Seq Scan", node
            # a generic plan: the range stands in the condition, not in a filter
            condition = node.get("Index Cond", "")
            if node["Node Type"] in ("Index Scan", "Index Only Scan"):
                assert "site_id = " in condition, node
                assert ">=" in condition, node
    assert not [
        node
        for node in found
        if "access." in str(node.get("Filter", ""))
        and node.get("Relation Name", "").startswith(BIG)
    ]
    assert [node for node in found if node.get("Parent Relationship") == "InitPlan"]


def test_sums_are_read_for_one_kind_and_its_days(plans: Any) -> None:
    """Not for all days that there are: the kind stands before the day in the index."""
    for function in ("dashboard_stats(%s, {})", "dashboard_breakdown(%s, 'city', {})"):
        found = plans(f"select * from api.{function.format(RANGES['rolled and today'])}")
        sums = [node for node in found if node.get("Relation Name", "").endswith("ly_stats")]
        assert {node["Relation Name"] for node in sums} == {"daily_stats", "hourly_stats"}
        for node in sums:
            assert "(kind = " in node.get("Index Cond", ""), node
            assert "Filter" not in node, node


def test_old_days_come_from_the_sums(plans: Any) -> None:
    """Between two midnights long ago no raw row is touched."""
    days = ", ".join(
        f"date_trunc('day', now() at time zone 'Europe/Istanbul' - interval '{n} days')"
        " at time zone 'Europe/Istanbul'"
        for n in (40, 10)
    )
    for function in ("dashboard_stats(%s, {})", "dashboard_breakdown(%s, 'source', {})"):
        found = plans(f"select * from api.{function.format(days)}")
        names = {node.get("Relation Name", "") for node in found}
        assert "daily_stats" in names
        assert not [name for name in names if name.startswith(("sessions", "calls"))]
