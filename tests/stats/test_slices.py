"""The last hours in slices of ten minutes: few at a time, whole hours later, each counted once."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.harness.world import Site, World

HOUR, SLICE = timedelta(hours=1), timedelta(minutes=10)
# from the midnight before: visits of some minutes, so that each slice has its own number
FILL = """
insert into app.sessions (
    site_id, id, created_month, created_at, first_event_at, last_event_at, event_count
)
select %(site)s, gen_random_uuid(), date_trunc('month', at at time zone 'UTC'), at, at, at, 1
from generate_series(%(since)s::timestamptz, %(until)s, '1 minute') with ordinality as visit (at, n)
where n %% 7 < 3
"""
BUCKETS = """
select hour, sessions from app.hourly_stats
where site_id = %(site)s and dimension = 'total' and kind = 'visits' and hour >= %(since)s
order by hour
"""
COUNT = """
select count(*) from app.sessions
where site_id = %(site)s and created_at >= %(since)s and created_at < %(until)s
"""
MARKED = "select exists (select from app.stats_marks where site_id = %(site)s)"
ROLL = "select ops.roll_site(%(site)s, %(ready)s)"
# days of 25, 24 and a half and 23 hours, and a zone that is off by 45 minutes
PLACES = {
    "Europe/Berlin": "2026-10-25",
    "Australia/Lord_Howe": "2026-04-05",
    "America/St_Johns": "2026-03-08",
    "Asia/Kathmandu": "2026-04-14",
}


def progress(world: World, site: Site) -> dict[str, Any]:
    return dict(
        world.rows(
            "select rolled_until, slices_from, next_at from app.stats_progress"
            " where site_id = %(site)s",
            site=site.id,
        )[0]
    )


def check(world: World, site: Site, began: datetime, midnights: list[datetime]) -> None:
    """Hours, then slices, none twice, and in each what was there."""
    state = progress(world, site)
    buckets = world.rows(BUCKETS, site=site.id, since=began)
    for bucket in buckets:
        since = bucket["hour"]
        length = SLICE if since >= state["slices_from"] else HOUR
        until = min([since + length, *(one for one in midnights if one > since)])
        assert bucket["sessions"] == world.value(COUNT, site=site.id, since=since, until=until), (
            bucket
        )
    seen = world.value(COUNT, site=site.id, since=began, until=state["rolled_until"])
    assert sum(bucket["sessions"] for bucket in buckets) == seen
    assert state["next_at"] == min(
        [state["rolled_until"] + SLICE, *(one for one in midnights if one > state["rolled_until"])]
    )


@pytest.mark.parametrize("zone", PLACES)
def test_the_last_hours_are_slices(world: World, zone: str) -> None:
    site = world.site(zone.rpartition("/")[2].replace("_", "-").lower(), time_zone=zone)
    while world.value("select ops.stamp_visits()"):
        pass
    first = datetime.fromisoformat(PLACES[zone]).replace(tzinfo=ZoneInfo(zone))
    # by the calendar: the first day is the odd one
    midnights = [(first + timedelta(days=n)).astimezone(ZoneInfo("UTC")) for n in range(4)]
    began = midnights[0]
    world.rows(FILL, site=site.id, since=began, until=midnights[2])
    # over the midnight that ends the odd day, and far beyond
    for minutes in (-95, -85, -75, -10, 5, 15, 65, 125, 400, 410):
        ready = midnights[1] + timedelta(minutes=minutes)
        while world.value(ROLL, site=site.id, ready=ready):
            check(world, site, began, midnights)
        state = progress(world, site)
        assert ready - SLICE < state["rolled_until"] <= ready
        assert ready - 2 * HOUR <= state["slices_from"] <= ready - HOUR
    days = world.rows(
        "select day, sessions from app.daily_stats where site_id = %(site)s"
        " and dimension = 'total' and kind = 'visits' and day >= %(day)s",
        site=site.id,
        day=first.date(),
    )
    whole = world.value(COUNT, site=site.id, since=began, until=midnights[1])
    assert days == [{"day": first.date(), "sessions": whole}]


def test_a_late_write_touches_its_slice(world: World) -> None:
    """One that stays rolled beside it is poisoned, and still read."""
    site = world.site("acme")
    since = world.value("select date_trunc('hour', now()) - interval '1 day'")
    until = since + timedelta(hours=20, minutes=40)
    world.rows(FILL, site=site.id, since=since, until=until)
    while world.value(ROLL, site=site.id, ready=until):
        pass
    world.rows(
        "update app.sessions set event_count = 5 where site_id = %(site)s and created_at ="
        " (select min(created_at) from app.sessions where site_id = %(site)s"
        " and created_at >= %(late)s)",
        site=site.id,
        late=until - timedelta(minutes=35),
    )
    assert world.value(MARKED, site=site.id)
    world.rows(
        "update app.hourly_stats set events = events + 1000 where site_id = %(site)s"
        " and dimension = 'total' and kind = 'visits' and hour >= %(since)s",
        site=site.id,
        since=until - HOUR,
    )
    answer = world.value(
        "select sum(stats.events) from app.sites cross join lateral app.stats_of("
        " sites.id, sites.time_zone, array['visits'], 'total',"
        " array[%(since)s, %(until)s]::timestamptz[], false, false) as stats"
        " where sites.id = %(site)s",
        site=site.id,
        since=until - HOUR,
        until=until,
    )
    events = world.value(
        "select sum(event_count) from app.sessions where site_id = %(site)s"
        " and created_at >= %(since)s and created_at < %(until)s",
        site=site.id,
        since=until - HOUR,
        until=until,
    )
    assert answer == events + 5 * 1000  # five of six slices
