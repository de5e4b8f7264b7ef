"""Another zone of a site with many visits: at once, exact all the while, and no hindrance after."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from tests.harness.rest import Api
from tests.harness.world import Person, Site, World
from tests.http.visit import Visit, event

VISITS = 11000
# two of each visitor within an hour, at both sides of one midnight or another
FILL = """
insert into app.sessions (
    site_id, id, created_month, created_at, first_event_at, last_event_at, visitor_id,
    first_of_day, is_ads
)
select
    %(site)s, gen_random_uuid(), date_trunc('month', at at time zone 'UTC'), at, at, at,
    'v' || n / 2, n %% 2 = 0, n %% 3 = 0
from generate_series(1, %(visits)s) as n
cross join lateral (select now() - n * interval '7 minutes') as visit (at)
"""
BY_HAND = """
select count(distinct (visitor_id, (created_at at time zone %(zone)s)::date))
from app.sessions
where site_id = %(site)s and created_at >= %(since)s and created_at < %(until)s
"""
REBUILD = "select ops.rebuild_stats(%(id)s, '2020-01-01', '2030-01-01')"
WRONG = """
select count(*) from (
    select first_of_day, first_ads_of_day, row_number() over (
        partition by visitor_id, (created_at at time zone %(zone)s)::date order by created_at, id
    ) = 1 as is_first, is_ads and row_number() over (
        partition by visitor_id, (created_at at time zone %(zone)s)::date, is_ads
        order by created_at, id
    ) = 1 as is_first_ads
    from app.sessions where site_id = %(site)s and not is_bot
) as visit
where first_of_day <> is_first or first_ads_of_day <> is_first_ads
"""


@pytest.fixture
def owner(world: World) -> tuple[Site, Person]:
    site = world.site("acme")
    world.rows(FILL, site=site.id, visits=VISITS)
    return site, world.owner(site.name)


def visitors(api: Api, site: Site, owner: Person, since: datetime, until: datetime) -> int:
    said = {"since": since.isoformat(), "until": until.isoformat(), "ads_only": False}
    (row,) = api.call("dashboard_stats", {"site_id": site.id, **said}, token=owner.token).json()
    return int(row["visitors"])


def test_another_zone(api: Api, world: World, dsn: str, owner: tuple[Site, Person]) -> None:
    site, person = owner
    since = world.value("select now() - interval '40 days 5 hours'")
    until = world.value("select now()")
    range_ = {"site": site.id, "zone": "Asia/Tokyo", "since": since, "until": until}
    while world.value("select ops.roll_stats()"):
        pass
    change = {"site_id": site.id, "version": 1, "changes": {"time_zone": "Asia/Tokyo"}}
    with psycopg.connect(dsn) as other:
        # who touched a visit would wait until statement_timeout ends it
        other.execute("select from app.sessions where site_id = %s for update", [site.id])
        changed = api.call("update_site", change, token=person.token)
    assert changed.status_code == 200, changed.text

    right = world.value(BY_HAND, **range_)
    assert world.value(WRONG, **range_) > 100
    assert visitors(api, site, person, since, until) == right
    assert world.value("select ops.stamp_visits()") > 1
    assert world.value(WRONG, **range_) > 10
    assert visitors(api, site, person, since, until) == right
    assert world.value("select ops.roll_stats()") == 0  # it waits
    steps = 1
    while world.value("select ops.stamp_visits()"):
        steps += 1
    assert steps == 3
    assert world.value(WRONG, **range_) == 0
    assert visitors(api, site, person, since, until) == right
    assert world.value("select count(*) from app.stats_marks") > 0
    assert world.value("select ops.roll_stats()") > 0
    assert world.value("select count(*) from app.stats_marks") == 0  # nothing left to hinder
    while world.value("select ops.roll_stats()"):
        pass
    assert visitors(api, site, person, since, until) == right


# one local day in either zone, with machines among them and flags that are wrong
ONE_DAY = """
insert into app.sessions (
    site_id, id, created_month, created_at, first_event_at, last_event_at, visitor_id, is_bot,
    first_of_day, first_ads_of_day, is_ads
)
select
    %(site)s, gen_random_uuid(), date_trunc('month', at at time zone 'UTC'), at, at, at,
    'visitor-' || n %% 500, n %% 7 = 0, n %% 7 > 0 and n %% 2 = 0, n %% 21 = 3, n %% 3 = 0
from generate_series(1, 11000) as n
cross join lateral (select %(day)s::timestamptz + n * interval '2 seconds') as visit (at)
"""


def test_a_day_of_any_size(api: Api, world: World) -> None:
    """A step ends within a day: batches of the site wait for some thousand visits, not for all."""
    site, owner = world.site("busy", time_zone="Europe/Istanbul"), world.owner("busy")
    day = datetime.now(UTC).replace(hour=0, minute=0, second=0) - timedelta(days=3)
    world.rows(ONE_DAY, site=site.id, day=day)
    world.rows("update app.sites set time_zone = 'Europe/Berlin' where id = %(id)s", id=site.id)
    range_ = {"site": site.id, "zone": "Europe/Berlin"}
    assert world.value(WRONG, **range_) > 1000
    late = iter(range(1, 500))
    while done := world.value("select ops.stamp_visits(4000)"):
        assert done <= 4001
        # what comes late, and first, into the part that is done
        age = int((datetime.now(UTC) - day).total_seconds() * 1000) + next(late) * 1000
        for number, query in ((3, "gclid=x"), (5, "")):
            visit = Visit(site, query=query, visitor=f"visitor-{number}")
            assert visit.send(api, event(g=age)).status_code == 200
        seen = visitors(api, site, owner, day - timedelta(hours=2), day + timedelta(hours=12))
        assert seen == 500
    assert next(late) > 3
    assert world.value(WRONG, **range_) == 0


def test_there_and_back(world: World) -> None:
    """The buckets are of the zone that it has, and yet not to be read: the flags may not be."""
    site = world.site("back", time_zone="Europe/Istanbul")
    while world.value("select ops.roll_stats()"):
        pass
    for zone in ("Asia/Tokyo", "Europe/Istanbul"):
        world.rows("update app.sites set time_zone = %(z)s where id = %(i)s", z=zone, i=site.id)
    state = "select rolled_until::text from app.stats_progress where site_id = %(id)s"
    assert world.value(state, id=site.id) == "-infinity"
    assert world.value(REBUILD, id=site.id) == 0
    while world.value("select ops.stamp_visits()"):
        pass
    while world.value("select ops.roll_stats()"):
        pass
    assert world.value(state, id=site.id) != "-infinity"


def test_buckets_of_another_zone_are_not_read(world: World) -> None:
    """As a job leaves them that began a new site while its zone was changed: no life meets that."""
    site = world.site("apart")
    world.rows(FILL, site=site.id, visits=200)
    while world.value("select ops.roll_stats()"):
        pass
    world.rows("delete from app.hourly_stats where site_id = %(id)s", id=site.id)
    count = (
        "select coalesce(sum(stats.sessions), 0) from app.sites cross join lateral app.stats_of("
        " sites.id, sites.time_zone, array['visits'], 'total',"
        " array[now() - interval '9 hours', now() - interval '2 hours'], true, false) as stats"
        " where sites.id = %(id)s"
    )
    assert world.value(count, id=site.id) < 20  # of the hours that are cut
    world.rows(
        "update app.stats_progress set time_zone = 'Asia/Tokyo' where site_id = %(id)s", id=site.id
    )
    assert world.value(count, id=site.id) == 60


def test_health_names_who_is_behind(world: World) -> None:
    site = world.site("behind")
    while world.value("select ops.roll_stats()"):
        pass
    world.rows(
        "update app.stats_progress set next_at = now() - interval '3 hours' where site_id = %(id)s",
        id=site.id,
    )
    (check,) = world.rows("select status, detail from ops.checks() where name = 'rollups'")
    assert (check["status"], check["detail"]["furthest_behind"]) == ("warning", site.id)
