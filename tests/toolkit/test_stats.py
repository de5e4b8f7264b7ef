"""``pyctl stats`` on rollups that somebody spoiled."""

from __future__ import annotations

from datetime import timedelta

import pytest
from typer.testing import CliRunner, Result

from pyctl import errors, stats
from tests.harness.world import Site, World

SUMS = (
    "select dimension, kind, day, value, is_ads, sessions, events from app.daily_stats"
    " where site_id = %(site)s order by 1, 2, 3, 4, 5"
)


def pyctl(*arguments: str) -> Result:
    return CliRunner().invoke(stats.app, [*arguments])


@pytest.fixture
def site(world: World) -> Site:
    """With three days of visits, rolled."""
    site = world.site("acme")
    world.rows(
        "insert into app.sessions (site_id, id, created_month, created_at, first_event_at,"
        " last_event_at, event_count) select %(site)s, gen_random_uuid(),"
        " date_trunc('month', at at time zone 'UTC'), at, at, at, 3"
        " from generate_series(1, 72) as n cross join lateral (select now() - n * interval '1h')"
        " as visit (at)",
        site=site.id,
    )
    while world.value("select ops.roll_stats()"):
        pass
    return site


def test_rebuild(dsn: str, world: World, site: Site) -> None:
    right = world.rows(SUMS, site=site.id)
    assert right
    world.rows("update app.daily_stats set sessions = sessions + 1, events = 0")
    world.rows("delete from app.hourly_stats")
    first = min(row["day"] for row in right)
    days = f"{first}", f"{first + timedelta(days=5)}"
    done = pyctl("rebuild", "--since", days[0], "--until", days[1], "--site", "acme", "--dsn", dsn)
    assert done.exit_code == 0, done.output
    assert f"{len({row['day'] for row in right}) + 1} days made again" in done.stdout
    assert world.rows(SUMS, site=site.id) == right
    assert world.value("select count(*) from app.hourly_stats where dimension = 'total'") >= 71


def test_why_nothing_was_made_again(dsn: str, world: World, site: Site) -> None:
    world.site("fresh")
    ahead = ("--since", "2040-01-01", "--until", "2040-01-03", "--dsn", dsn)
    done = pyctl("rebuild", *ahead)
    assert done.exit_code == 0, done.output
    assert "0 days made again" in done.stdout
    assert f"None of 2 sites ({', '.join(sorted((site.name, 'fresh')))})" in done.stdout.replace(
        "fresh, acme", "acme, fresh"
    )
    assert "roll_stats" in done.stdout


def test_no_such_site(dsn: str) -> None:
    days = ("--since", "2026-01-01", "--until", "2026-01-02")
    done = pyctl("rebuild", *days, "--site", "nobody", "--dsn", dsn)
    assert isinstance(done.exception, errors.OperatorError)
    assert done.exception.exit_code == 2


def test_days_in_the_wrong_order(dsn: str) -> None:
    done = pyctl("rebuild", "--since", "2026-01-02", "--until", "2026-01-02", "--dsn", dsn)
    assert done.exit_code == 2
