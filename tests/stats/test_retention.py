"""A site keeps its visits for less long than the installation: its numbers and cards stay."""

from __future__ import annotations

from tests.harness.world import World
from tests.stats.test_retire import DAYS, VALUES, as_admin, filled

COUNTS = (
    "select (select count(*) from app.sessions where site_id = %(s)s) as sessions,"
    " (select count(*) from app.events where site_id = %(s)s) as events,"
    " (select count(*) from app.calls where site_id = %(s)s) as calls"
)


def test_visits_go_and_numbers_and_cards_stay(world: World) -> None:
    site, month = filled(world)
    neighbour = world.site("neighbour")
    for copy in (
        "insert into app.events (site_id, session_id, id, created_month, occurred_at, category,"
        " action) select site_id, id, 1, created_month, created_at, 'page', 'page_view'"
        " from app.sessions",
        "insert into app.sessions (site_id, id, created_month, created_at, first_event_at,"
        " last_event_at) select %(n)s, id, created_month, created_at, created_at, created_at"
        " from app.sessions",
        "insert into app.events (site_id, session_id, id, created_month, occurred_at, category,"
        " action) select %(n)s, id, 1, created_month, created_at, 'page', 'page_view'"
        " from app.sessions where site_id = %(n)s",
        # a visit of now stays
        "insert into app.sessions (site_id, id, created_month, created_at, first_event_at,"
        " last_event_at) select %(s)s, gen_random_uuid(), date_trunc('month', now() at time zone"
        " 'UTC'), now(), now(), now()",
    ):
        world.rows(copy, n=neighbour.id, s=site.id)

    def roll() -> None:
        """Only this site: what its neighbour lacks holds nobody up."""
        step = "select ops.roll_site(%(s)s, now() - interval '30 minutes')"
        while world.value(step, s=site.id):
            pass

    until = world.value("select (%(m)s + interval '32 days')::date", m=month)
    range_ = {"site": site.id, "since": month, "until": until}
    world.rows("update app.sites set retention_months = 8 where id = %(s)s", s=site.id)
    before = world.rows(COUNTS, s=site.id)[0]
    assert world.value("select ops.retain_visits()") == 0  # not rolled yet: nothing goes
    roll()
    numbers = as_admin(world, DAYS, **range_), as_admin(world, VALUES, **range_)
    assert sum(day["sessions"] for day in numbers[0]) > 600
    others = world.rows(COUNTS, s=neighbour.id)

    world.rows("call ops.run_job('retain_visits')")
    (run,) = world.rows("select outcome, done from ops.job_runs where job = 'retain_visits'")
    assert (run["outcome"], run["done"]) == ("ok", before["sessions"] - 1)
    after = world.rows(COUNTS, s=site.id)[0]
    assert after == {"sessions": 1, "events": 0, "calls": before["calls"]}
    assert world.rows(COUNTS, s=neighbour.id) == others
    assert world.rows("select from app.stats_marks") == []
    assert (as_admin(world, DAYS, **range_), as_admin(world, VALUES, **range_)) == numbers
    # neither a rebuild nor the job makes them anew of what is not there
    world.rows("select ops.rebuild_stats(null, %(since)s, %(until)s)", **range_)
    roll()
    assert (as_admin(world, DAYS, **range_), as_admin(world, VALUES, **range_)) == numbers
