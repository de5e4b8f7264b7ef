"""The zone of a site changes after months of it were retired."""

from __future__ import annotations

from typing import Any

from tests.harness.world import World
from tests.stats.test_retire import DAYS, as_admin, filled

BEHIND = (
    "select count(*) from app.sites left join app.stats_progress as progress on progress.site_id ="
    " sites.id and progress.time_zone = sites.time_zone and progress.rolled_until > %(until)s"
    " where sites.id = %(site)s and progress.site_id is null"
)
SUMS = (
    "select sum(sessions) as sessions"
    " from app.sites cross join lateral api.dashboard_breakdown(sites.id, %(dimension)s,"
    " %(since)s::timestamp at time zone time_zone, %(until)s::timestamp at time zone time_zone,"
    " false) as b where sites.id = %(site)s"
)


def test_another_zone(world: World) -> None:
    """Days of then stay; at the border no visit is lost, and none is counted twice."""
    site, month = filled(world)
    after = world.value("select (%(m)s + interval '1 month')::date", m=month)
    for table in ("sessions", "events"):
        world.rows(
            f"create table app.{table}_after partition of app.{table}"
            f" for values from ('{after}') to ('{after}'::date + interval '1 month')"
        )
        world.rows(f"alter table app.{table}_after owner to app_owner")
    world.rows(
        "insert into app.sessions (site_id, id, created_month, created_at, first_event_at,"
        " last_event_at, visitor_id, first_of_day, city, event_count, page_views)"
        " select %(site)s, gen_random_uuid(), %(month)s, at, at, at, 'v' || n, true,"
        " 'c' || n %% 3, 4, 2 from generate_series(0, 300) as n cross join lateral"
        " (select %(month)s::timestamp at time zone 'UTC' + n * interval '1 h') as visit (at)",
        site=site.id,
        month=after,
    )
    range_ = {
        "site": site.id,
        "since": world.value("select %(m)s - 3", m=month),
        "until": world.value("select %(m)s + 20", m=after),
    }

    def roll() -> None:
        """As far as this looks."""
        while world.value("select ops.stamp_visits(5000)"):
            pass
        while world.value(BEHIND, site=site.id, until=range_["until"]):
            world.rows("select ops.roll_site(%(s)s, now() - interval '30 minutes')", s=site.id)

    def sums() -> list[list[dict[str, Any]]]:
        days = as_admin(world, DAYS, **range_)
        total = [{name: sum(day[name] for day in days) for name in ("sessions", "events")}]
        return [total, as_admin(world, SUMS, **range_, dimension="city")]

    roll()
    before = sums()
    visits = world.value("select count(*) from app.sessions")
    assert before[0] == [{"sessions": visits, "events": 4 * visits}]
    world.rows("select ops.retire_month(%(month)s)", month=month)
    assert world.value("select count(*) from app.sessions") == 301
    for *passed, zone in (
        ("America/New_York",),
        ("Pacific/Kiritimati",),
        ("Asia/Tokyo",),
        # again, before the days were made anew for the one before
        ("America/New_York", "Asia/Tokyo"),
        ("Pacific/Honolulu", "Asia/Kathmandu", "Pacific/Kiritimati"),
        ("Europe/Istanbul",),
    ):
        for soon in passed:
            world.site(site.name, time_zone=soon)
            while world.value("select ops.stamp_visits(5000)"):
                pass
            world.rows("select ops.roll_site(%(s)s, now() - interval '30 minutes')", s=site.id)
        world.site(site.name, time_zone=zone)
        roll()
        assert sums() == before, (zone, passed)
        hours = as_admin(
            world,
            "select sum(sessions) as sessions from api.dashboard_timeline(%(site)s, %(at)s, %(to)s,"
            " 'hour', false)",
            site=site.id,
            at=world.value("select %(m)s::timestamp at time zone 'UTC' - interval '2 d'", m=after),
            to=world.value("select %(m)s::timestamp at time zone 'UTC' + interval '4 d'", m=after),
        )
        assert hours == [{"sessions": 6 * 24}], (zone, passed)
