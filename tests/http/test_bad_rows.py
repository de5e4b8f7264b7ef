"""What is kept of bad events: one row a batch, within bounds, and no tap is lost behind them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.harness.rest import Api
from tests.harness.world import Site, World
from tests.http.test_sync_limits import SITE_CAP, USAGE
from tests.http.visit import Visit, bad_rows, event, post, said, tap

COUNTED = (
    "select coalesce(sum(count), 0)::integer from ops.refusals"
    " where site_id = %(site)s and reason = 'bad_row_cap'"
)
HELD = "select bytes from ops.bad_row_usage where site_id = %(site)s"
BUCKET = "select count(*) from ops.rate_buckets where key like 'bad:' || %(site)s || ':%%'"
BROKEN_TAP = tap(v="12")
BROKEN_VIEW = event(i="x")


@pytest.fixture
def full(world: World, site: Site) -> Site:
    """A site whose room for bad rows is used up."""
    world.rows(USAGE, site=site.id, bytes=SITE_CAP)
    return site


def counted(world: World, site: Site) -> int:
    return int(world.value(COUNTED, site=site.id))


def test_fifty_bad_events_are_one_row(api: Api, world: World, visit: Visit) -> None:
    """The envelope is kept once, not fifty times."""
    page = {"u": "https://x.example/?gclid=G", "r": "", "t": "t" * 50_000, "sw": 1}
    batch = visit.batch(*[event(i="x") for _ in range(25)], *[event(v="x") for _ in range(25)])
    answer = post(api, visit.site, {**batch, "p": page})
    assert said(answer) == (202, "kept", 0, 0, 50)
    (row,) = bad_rows(world, visit.site)
    assert (row["reason"], row["detail"]) == ("invalid_id", "invalid_id, invalid_value")
    assert len(row["payload"]) <= 65536
    assert world.value(HELD, site=visit.site.id) == len(row["payload"])


def test_bad_events_take_from_the_bucket_of_bad_batches(
    api: Api, world: World, visit: Visit
) -> None:
    """Beside good events too: they are no way around it."""
    world.site(visit.site.name, events_per_minute=60)
    statuses = [visit.send(api, event(), BROKEN_VIEW).status_code for _ in range(30)]
    assert set(statuses) == {200}
    assert world.value(BUCKET, site=visit.site.id) > 0
    kept = len(bad_rows(world, visit.site))
    # Without a proxy the common bucket is spread over 16 rows.
    spend = (
        "update ops.rate_buckets set tokens = 0, refilled_at = now() + interval '1 hour'"
        " where key like 'bad:' || %(site)s || ':%%'"
    )
    world.rows(
        "insert into ops.rate_buckets (key, tokens, refilled_at)"
        " select 'bad:' || %(site)s || ':#' || n, 0, now() from generate_series(0, 15) as n"
        " on conflict do nothing",
        site=visit.site.id,
    )
    world.rows(spend, site=visit.site.id)
    assert said(visit.send(api, event(), BROKEN_VIEW)) == (200, "stored", 1, 0, 1)
    assert len(bad_rows(world, visit.site)) == kept
    assert said(visit.send(api, BROKEN_VIEW))[:2] == (429, "rate_limited")


@pytest.mark.parametrize("mate", [event(), tap()])
def test_a_malformed_tap_that_finds_no_room_stays_with_its_sender(
    api: Api, world: World, full: Site, mate: dict[str, Any]
) -> None:
    visit = Visit(full)
    answer = visit.send(api, mate, BROKEN_TAP)
    assert said(answer) == (429, "bad_rows_full", 1, 0, 1)
    assert int(answer.headers["Retry-After"]) > 0
    world.rows(USAGE, site=full.id, bytes=0)
    # sent again: the good one is known, the tap is kept
    assert said(visit.send(api, mate, BROKEN_TAP)) == (200, "duplicate", 0, 1, 1)
    (row,) = bad_rows(world, full)
    assert row["reason"] == "invalid_value"


@pytest.mark.parametrize("number", ["1e999", "1e999999"])
def test_so_does_a_tap_with_a_huge_number(api: Api, full: Site, number: str) -> None:
    """Nobody can look into it, so it may be a tap."""
    visit = Visit(full)
    body = f"{visit.batch(event(), tap(v='RAW'))}".replace("'RAW'", number).replace("'", '"')
    assert said(post(api, full, body))[:2] == (429, "bad_rows_full")


def test_a_malformed_page_view_does_not(api: Api, world: World, full: Site) -> None:
    """Its loss is counted."""
    visit = Visit(full)
    assert said(visit.send(api, event(), BROKEN_VIEW)) == (200, "stored", 1, 0, 1)
    assert counted(world, full) == 1
    assert bad_rows(world, full) == []


def test_a_batch_of_nothing_else_does(api: Api, world: World, full: Site) -> None:
    visit = Visit(full)
    assert said(visit.send(api, BROKEN_VIEW))[:2] == (429, "bad_rows_full")
    assert counted(world, full) == 1


def test_from_a_copy_of_the_site_a_malformed_tap_is_kept(
    api: Api, world: World, visit: Visit
) -> None:
    headers = {"Origin": "https://copycat.example"}
    assert said(post(api, visit.site, visit.batch(event(), BROKEN_TAP), headers))[0] == 202
    (row,) = bad_rows(world, visit.site)
    assert row["reason"] == "origin_not_allowed"
    assert '"12"' in row["payload"]
    answer = post(api, visit.site, visit.batch(event(), BROKEN_VIEW), headers)
    assert said(answer)[:2] == (403, "origin_not_allowed")
