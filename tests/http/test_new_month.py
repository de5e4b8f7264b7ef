"""Plans without statistics: a month's first minutes, by whoever planned when it was empty."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.harness.requests import REQUESTS
from tests.harness.world import Site, World
from tests.http.test_plans import SKIPPED, Heard, as_person, months, nodes, strays
from tests.http.test_tables import TABLES
from tests.http.visit import Visit, event, tap

VISITS = 6000
# nobody makes statistics but the test
ALONE = """
do $$
declare v_name text;
begin
    for v_name in
        select oid::regclass from pg_class
        where relnamespace = 'app'::regnamespace and relkind = 'r'
    loop
        execute format('alter table %s set (autovacuum_enabled = off)', v_name);
    end loop;
end;
$$
"""
FILL = """
with visit as (
    insert into app.sessions (
        site_id, id, created_month, created_at, first_event_at, last_event_at, visitor_id
    )
    select %(site)s, gen_random_uuid(), (date_trunc('month', at at time zone 'UTC'))::date,
        at, at, at, 'visitor ' || n
    from (
        select n, now() - n * interval '1 second' as at from generate_series(1, %(n)s) as n
    ) as it
    returning *
), event as (
    insert into app.events (
        site_id, session_id, id, created_month, occurred_at, category, action
    )
    select site_id, id, 1, created_month, created_at, 'page', 'page_view' from visit
)
insert into app.calls (
    site_id, session_id, session_month, visitor_id, intent_action, intent_stamp, tapped_at,
    last_tap_at, last_action, currency
)
select site_id, id, created_month, visitor_id, 'phone', id::text, created_at, created_at, 'phone',
    'TRY'
from visit
"""


def read(node: dict[str, Any]) -> int:
    """Rows that a node looked at."""
    kept = ["Actual Rows", *(name for name in node if name.startswith("Rows Removed by"))]
    return int(node["Actual Loops"] * sum(node.get(name, 0) for name in kept))


@pytest.fixture(scope="module", autouse=True)
def _alone(world: World) -> None:
    world.rows(ALONE)


def walk(heard: Heard, site: Site) -> None:
    """All that a batch can bring: as anon, in plans that this connection keeps."""
    first, again = Visit(site, query=""), event()
    second = Visit(site, visitor=first.visitor)
    denied = {"c": {"a": 1, "m": 0}}
    batches = {
        "a new visit": first.batch(event()),
        "it goes on": first.batch(again),
        "a replay": first.batch(again),
        "a tap": first.batch(tap()),
        "another tap": first.batch(tap()),
        "a click that comes late": {**first.batch(event()), "p": second.batch()["p"]},
        "a visit with a tap": second.batch(event(), tap()),
        "a consent taken back": second.batch(event(), **denied),
        "a later yes": second.batch(tap()),
        "a new visit without consent": Visit(site).batch(event(), tap(), **denied),
    }
    with heard.listening(role="anon"):
        for heard.asked, batch in batches.items():
            said = heard.world.rows("select * from api.sync(%(b)s)", b=json.dumps(batch))
            assert said[0]["status"] in ("stored", "duplicate"), (heard.asked, said)


def check(heard: Heard, world: World) -> None:
    """Each statement: by index, a handful of rows, in this month and the one before."""
    scans = heard.scans()
    assert {node["Relation Name"].split("_")[0] for _, node in scans} >= {"sessions", "calls"}
    two, half_year = months(world, "1 month", "0"), months(world, "180 days", "0")
    for name, plan in heard.plans:
        # what attributes a visit asks for its visitor's past
        is_past = any("other" in str(node.get("Alias")) for node in nodes(plan))
        found = [
            node
            for node in nodes(plan)
            if any(node is one for asked, one in scans if asked == name)
        ]
        assert not strays(found, half_year if is_past else two), name
        for node in found:
            assert node["Node Type"] != "Seq Scan", (name, node)
            assert read(node) <= 20, (name, node)


def fill(world: World, site: Site) -> None:
    world.rows(FILL, site=site.id, n=VISITS)


def test_a_batch_reads_a_handful_of_rows(world: World) -> None:
    """In an empty month, and in a full one by the plans of the empty one."""
    # cards are of all months: they have had statistics for long
    fill(world, world.site("old"))
    world.rows("analyze app.calls")
    world.rows("truncate app.sessions, app.events")
    young = world.site("young")
    heard = Heard(world)
    walk(heard, young)
    check(heard, world)
    fill(world, young)
    heard.plans.clear()
    walk(heard, young)
    check(heard, world)
    assert (
        world.value("select count(*) from app.sessions where site_id = %(s)s", s=young.id) > VISITS
    )


def ask(heard: Heard, site: Site, known: dict[str, Any]) -> None:
    """Each read as the owner."""
    world = heard.world
    with heard.listening(**as_person(world.owner(site.name))):
        for table in world.rows(TABLES):
            if table["name"] in SKIPPED:
                continue
            heard.asked = table["name"]
            said = {key: known[key] for key in known if key in REQUESTS[heard.asked]}
            arguments = ", ".join(f"{key} => %({key})s" for key in said)
            world.rows(f"select * from api.{heard.asked}({arguments})", **said)


def far(scans: list[tuple[str, dict[str, Any]]]) -> list[tuple[str, dict[str, Any]]]:
    """Of what shows one visit: where more was read."""
    one = ("session_details", "session_timeline")
    return [(name, node) for name, node in scans if name in one and read(node) > 20]


def test_no_read_is_run_once_per_row(world: World) -> None:
    """Without any statistics each read looks at a row a few times at most."""
    site = world.site("fresh")
    fill(world, site)
    some = world.rows("select * from app.calls where site_id = %(s)s limit 1", s=site.id)[0]
    known = {
        "site_id": site.id,
        "call_id": str(some["id"]),
        "session_id": str(some["session_id"]),
        "visitor_id": some["visitor_id"],
        "since": world.value("select (now() - interval '2 hours')::text"),
        "until": world.value("select now()::text"),
        "dimension": "city",
    }
    heard = Heard(world)
    ask(heard, site, known)
    assert len({name for name, _ in heard.plans}) > 15
    for name, plan in heard.plans:
        for node in nodes(plan):
            assert read(node) <= 3 * VISITS, (name, node)
    # a visit is looked up by its key alone; its cards by the statistics, which the job makes
    assert not far([one for one in heard.scans() if one[1]["Relation Name"] != "calls"])
    assert world.value("select ops.analyze_grown()") > 1
    heard.plans.clear()
    ask(heard, site, known)
    assert not far(heard.scans())


def test_a_long_download_by_the_plans_of_an_empty_inbox(world: World) -> None:
    """Whoever was asked when there was nothing looks each card up by its key all the same."""
    site = world.site("empty")
    world.rows("truncate app.calls cascade")
    world.rows("vacuum analyze app.calls")
    reach = ("(now() - interval '5 days')::timestamptz", "now()::timestamptz")
    sheet = f"select api.export_intents(%(s)s, {reach[0]}, {reach[1]})::text as sheet"
    heard = Heard(world)
    with heard.listening(**as_person(world.owner(site.name))):
        for _ in range(6):  # from the sixth on a plan is kept
            assert len(world.value(sheet, s=site.id).splitlines()) == 1
    fill(world, site)
    heard.plans.clear()
    with heard.listening(**as_person(world.owner(site.name))):
        assert len(world.value(sheet, s=site.id).splitlines()) == VISITS + 1
    assert heard.scans()
    for _, plan in heard.plans:
        for node in nodes(plan):
            assert read(node) <= 3 * VISITS, node
