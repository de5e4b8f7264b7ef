"""Midnights and months, on a cluster with a moved clock."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.concurrency.clock import FakedStage
from tests.concurrency.conftest import held_up
from tests.harness.rest import Api
from tests.harness.world import Site, World
from tests.http.visit import Visit, event, post, said, tap

FIRST = datetime(2027, 3, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)
ISTANBUL = ZoneInfo("Europe/Istanbul")
EVENTS = "select * from app.events where site_id = %(site)s and session_id = %(id)s order by id"
OF_SITE = "select * from app.sessions where site_id = %(site)s order by created_at"


@pytest.fixture(scope="module")
def stage() -> Iterator[FakedStage]:
    made = FakedStage(FIRST - timedelta(days=10))
    yield made
    made.close()


@pytest.fixture
def site(world: World, request: pytest.FixtureRequest) -> Site:
    """A site of this test's own, in the default zone."""
    name = request.node.name.split("[")[0].removeprefix("test_").replace("_", "-")[:60]
    return world.site(name.strip("-"), conversion_hold="0", undo_window="0")


@pytest.fixture
def rest_token(world: World, site: Site) -> str:
    """Good by both clocks."""
    far = int(datetime(2100, 1, 1, tzinfo=UTC).timestamp())
    return world.token(world.owner(site.name).id, iat=None, exp=far)


def month(row: dict[str, Any]) -> str:
    return f"{row['created_month']:%Y-%m}"


def numbers(api: Api, token: str, site: Site, since: datetime, until: datetime) -> dict[str, Any]:
    said_ = {"site_id": site.id, "since": since.isoformat(), "until": until.isoformat()}
    answer = api.call("dashboard_stats", said_, token=token)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()[0]
    return found


def test_the_clock_is_moved(stage: FakedStage, world: World) -> None:
    for moment in (FIRST, FIRST + timedelta(days=3), FIRST - timedelta(days=9)):
        stage.at(moment)
        assert abs(world.value("select clock_timestamp()") - moment) < timedelta(seconds=30)
    assert world.value("select to_regclass('app.sessions_p2027_03')") is not None


def test_two_first_batches_either_side_of_midnight(
    stage: FakedStage, api: Api, world: World, site: Site
) -> None:
    """One session id, first seen in February and in March: one session, one card."""
    visit = Visit(site)
    stage.at(FIRST - 5 * SECOND)
    assert said(visit.send(api, event(i=1), tap(i=2))) == (200, "stored", 2, 0, 0)
    stage.at(FIRST + SECOND)
    assert said(visit.send(api, event(i=3), tap(i=4))) == (200, "stored", 2, 0, 0)
    assert said(visit.send(api, event(i=1), tap(i=2))) == (200, "duplicate", 0, 2, 0)
    row = visit.row(world)
    assert (month(row), row["event_count"]) == ("2027-02", 4)
    assert [card["phone_clicks"] for card in visit.cards(world)] == [2]
    events = world.rows(EVENTS, site=site.id, id=visit.session)
    assert {month(found) for found in events} == {"2027-02"}
    assert events[-1]["occurred_at"] > FIRST


def test_the_later_batch_arrives_first(
    stage: FakedStage, api: Api, world: World, site: Site
) -> None:
    """Both sent after midnight; the one that tells of before it comes second."""
    visit = Visit(site)
    stage.at(FIRST + 10 * SECOND)
    visit.send(api, event(i=1), tap(i=2))
    assert said(visit.send(api, event(i=3, g=60000)))[:2] == (200, "stored")
    row = visit.row(world)
    assert month(row) == "2027-03"
    assert row["first_event_at"] < FIRST <= row["created_at"]


def test_first_batches_of_two_months_at_once(
    stage: FakedStage, api: Api, world: World, dsn: str, site: Site
) -> None:
    """The one that makes the session in March is not committed when February's comes."""
    visit = Visit(site)
    stage.at(FIRST + 10 * SECOND)
    answer = held_up(dsn, visit.batch(event()), partial(visit.send, api, event(g=60000)))
    assert answer.status_code == 200
    row = visit.row(world)  # exactly one
    assert (month(row), row["event_count"]) == ("2027-03", 2)


@pytest.mark.parametrize("days", [1, 5])
def test_six_day_old_replay_across_the_month_end(
    stage: FakedStage, api: Api, world: World, site: Site, days: int
) -> None:
    """Stored in February and the answer lost: sent again in March, nothing counts twice."""
    visit = Visit(site)
    tapped = FIRST + timedelta(days=days - 6)
    stage.at(tapped)
    first = visit.batch(event(i=1, g=0), tap(i=2, g=0))
    assert post(api, site, first).status_code == 200
    stage.at(tapped + timedelta(days=6))
    late = visit.batch(event(i=1, g=6 * 86400000), tap(i=2, g=6 * 86400000))
    assert said(post(api, site, late)) == (200, "duplicate", 0, 2, 0)
    row = visit.row(world)
    assert (month(row), row["event_count"]) == ("2027-02", 2)
    assert [card["phone_clicks"] for card in visit.cards(world)] == [1]


def test_six_day_old_batch_that_never_arrived(
    stage: FakedStage, api: Api, world: World, site: Site
) -> None:
    """The queue kept it over the month's end: it counts on the day it happened."""
    visit = Visit(site)
    stage.at(FIRST + timedelta(days=2))
    age = 6 * 86400000
    assert said(visit.send(api, event(g=age), tap(g=age)))[:2] == (200, "stored")
    row = visit.row(world)
    assert month(row) == "2027-02"
    assert abs(row["created_at"] - (FIRST - timedelta(days=4))) < timedelta(minutes=5)
    assert said(visit.send(api, event(g=0)))[:2] == (200, "stored")
    assert visit.row(world)["event_count"] == 3
    (card,) = visit.cards(world)
    assert card["tapped_at"] < FIRST < card["received_at"]


def test_half_past_midnight_in_istanbul(
    stage: FakedStage, api: Api, world: World, site: Site, rest_token: str
) -> None:
    """00:30 on the 1st there is still February in UTC: today is not empty, yesterday is."""
    now = datetime(2027, 3, 1, 0, 30, tzinfo=ISTANBUL)
    stage.at(now)
    visit = Visit(site)
    visit.send(api, event(), tap())
    assert month(visit.row(world)) == "2027-02"
    midnight = datetime(2027, 3, 1, tzinfo=ISTANBUL)
    day = timedelta(days=1)
    today = numbers(api, rest_token, site, midnight, midnight + day)
    yesterday = numbers(api, rest_token, site, midnight - day, midnight)
    assert (today["sessions"], today["visitors"], today["intents"]) == (1, 1, 1)
    assert (yesterday["sessions"], yesterday["visitors"], yesterday["intents"]) == (0, 0, 0)
    cards = api.call("recent_intents", {"site_id": site.id}, token=rest_token).json()
    assert len(cards) == 1
    timeline = {"site_id": site.id, "session_id": visit.session}
    assert len(api.call("session_timeline", timeline, token=rest_token).json()) == 2


def test_the_day_of_a_visitor_is_the_sites(
    stage: FakedStage, api: Api, world: World, site: Site, rest_token: str
) -> None:
    """23:50 and 00:10 local are two days but one in UTC; 02:50 and 03:10 are one, there two."""
    visits = []
    for hour, minute, day in ((23, 50, 28), (0, 10, 1), (2, 50, 1), (3, 10, 1)):
        stage.at(datetime(2027, 2 if day == 28 else 3, day, hour, minute, tzinfo=ISTANBUL))
        visits.append(Visit(site, visitor="one-visitor"))
        visits[-1].send(api, event())
    assert [visit.row(world)["first_of_day"] for visit in visits] == [True, True, False, False]
    midnight = datetime(2027, 3, 1, tzinfo=ISTANBUL)
    for since, sessions in ((midnight - timedelta(days=1), 1), (midnight, 3)):
        found = numbers(api, rest_token, site, since, since + timedelta(days=1))
        assert (found["sessions"], found["visitors"]) == (sessions, 1)


def test_a_lead_at_five_past_midnight_of_yesterdays_session(
    stage: FakedStage, api: Api, site: Site, rest_token: str
) -> None:
    """The card counts by its own time, the session by its own; no row is in two days."""
    midnight = datetime(2027, 3, 1, tzinfo=ISTANBUL)
    visit = Visit(site)
    stage.at(midnight - timedelta(minutes=10))
    visit.send(api, event())
    stage.at(midnight + timedelta(minutes=5))
    visit.send(api, tap())
    day = timedelta(days=1)
    yesterday = numbers(api, rest_token, site, midnight - day, midnight)
    today = numbers(api, rest_token, site, midnight, midnight + day)
    assert (yesterday["sessions"], yesterday["intents"]) == (1, 0)
    assert (today["sessions"], today["intents"], today["pending"]) == (0, 1, 1)


def test_rows_stay_out_of_the_default_partition(world: World) -> None:
    for table in ("sessions", "events"):
        assert world.value(f"select count(*) from app.{table}_default") == 0


def test_upkeep_makes_the_coming_months(stage: FakedStage, api: Api, world: World) -> None:
    """Three quiet months later the job has made room, and ingest goes on."""
    stage.at(datetime(2027, 6, 1, 0, 0, 30, tzinfo=UTC))
    world.rows("call ops.run_job('upkeep_partitions')")
    assert world.rows("select error from ops.job_runs where error is not null") == []
    runway = world.rows(
        "select name, runway, default_rows, open_children from ops.partition_runway()"
    )
    assert [(row["runway"] >= 4, row["default_rows"], row["open_children"]) for row in runway] == [
        (True, False, 0)
    ] * 2
    site = world.site("summer")
    assert Visit(site).send(api, event(), tap()).status_code == 200
    assert [month(row) for row in world.rows(OF_SITE, site=site.id)] == ["2027-06"]
