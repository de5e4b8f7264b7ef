"""A month is retired: what the dashboard says about it stays."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import psycopg
import pytest

from tests.harness.world import Site, World

DAYS = (
    "select sessions, visitors, events, page_views, intents, starts_at from app.sites"
    " cross join lateral generate_series(%(since)s::timestamp, %(until)s::timestamp, '1 day') day"
    " cross join lateral api.dashboard_stats(sites.id, day at time zone sites.time_zone,"
    " (day + interval '1 day') at time zone sites.time_zone, false) where sites.id = %(site)s"
)
VALUES = (
    "select b.* from app.sites cross join lateral api.dashboard_breakdown(sites.id, 'city',"
    " %(since)s::timestamp at time zone time_zone, %(until)s::timestamp at time zone time_zone,"
    " false) as b where sites.id = %(site)s"
)


def filled(world: World) -> tuple[Site, date]:
    """A site with a month of visits and leads, nine months ago, in a partition of its own."""
    site = world.site("acme", time_zone="Europe/Istanbul")
    month: date = world.value("select (date_trunc('month', now()) - interval '9 months')::date")
    for table in ("sessions", "events"):
        world.rows(
            f"create table app.{table}_old partition of app.{table}"
            f" for values from ('{month}') to ('{month}'::date + interval '1 month')"
        )
        world.rows(f"alter table app.{table}_old owner to app_owner")
    world.rows(
        "insert into app.sessions (site_id, id, created_month, created_at, first_event_at,"
        " last_event_at, visitor_id, first_of_day, city, event_count, page_views)"
        " select %(site)s, gen_random_uuid(), %(month)s, at, at, at, 'v' || n, true,"
        " 'c' || n %% 3, 4, 2 from generate_series(0, 700) as n"
        " cross join lateral (select %(month)s::timestamp at time zone 'UTC' + n * interval '1 h')"
        " as visit (at) where at < (%(month)s + interval '1 month') at time zone 'UTC'",
        site=site.id,
        month=month,
    )
    world.rows(
        "insert into app.calls (site_id, intent_action, intent_stamp, tapped_at, last_tap_at,"
        " last_action, currency, city) select %(site)s, 'phone', n::text, at, at, 'phone', 'TRY',"
        " 'c' || n %% 2 from generate_series(0, 60) as n"
        " cross join lateral (select %(month)s + n * interval '11 h') as tap (at)",
        site=site.id,
        month=month,
    )
    return site, month


@pytest.fixture
def old(world: World) -> tuple[Site, date]:
    return filled(world)


def as_admin(world: World, query: str, **arguments: Any) -> list[dict[str, Any]]:
    claims = json.dumps(
        {"iss": "opsmantik", "sub": world.support("acme").id, "role": "authenticated"}
    )
    with world.conn.transaction():
        world.rows("select set_config('request.jwt.claims', %(c)s, true)", c=claims)
        world.rows("set local role authenticated")
        return world.rows(query, **arguments)


def test_a_month_is_retired(world: World, old: tuple[Site, date]) -> None:
    site, month = old
    range_ = {
        "site": site.id,
        "since": month,
        "until": world.value("select (%(m)s + interval '32 days')::date", m=month),
    }
    with pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState, match="not rolled"):
        world.rows("select ops.retire_month(%(month)s)", month=month)
    while world.value("select ops.roll_stats()"):
        pass
    before = as_admin(world, DAYS, **range_), as_admin(world, VALUES, **range_)
    assert sum(day["sessions"] for day in before[0]) > 600

    world.rows("update app.sessions set event_count = event_count where site_id = %(s)s", s=site.id)
    young = world.value("select (date_trunc('month', now()) - interval '2 months')::date")
    with pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState, match="190 days"):
        world.rows("select ops.retire_month(%(month)s)", month=young)

    world.rows("update ops.settings set raw_months = 7")
    assert world.value("select ops.retire_months()") == 1
    assert world.value("select ops.retire_months()") == 0
    assert world.rows("select month from ops.retired_months") == [{"month": month}]
    assert world.value("select count(*) from app.sessions") == 0
    assert world.value("select to_regclass('app.events_old') is null")
    assert (as_admin(world, DAYS, **range_), as_admin(world, VALUES, **range_)) == before

    # neither a rebuild nor another zone touches what can not be counted again
    world.rows(
        "select ops.rebuild_stats(null, %(since)s, %(until)s)",
        since=month,
        until=range_["until"],
    )
    assert (as_admin(world, DAYS, **range_), as_admin(world, VALUES, **range_)) == before
    # a card of then can still be judged
    world.rows("update app.calls set deleted_at = now() where intent_stamp = '5'")
    now = as_admin(world, DAYS, **range_)
    intents = sum(day["intents"] for day in before[0])
    assert sum(day["intents"] for day in now) == intents - 1
    assert [day["sessions"] for day in now] == [day["sessions"] for day in before[0]]
