"""Rate limits and the bounds of bad rows: taps go further than the rest, nothing is lost unsaid."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.harness.rest import Api
from tests.harness.world import Site, World
from tests.http.visit import Visit, bad_rows, event, post, said, tap

Headers = Callable[..., dict[str, str]]
BOUND = 60  # events a minute and prefix; taps have four times as much of their own
USAGE = (
    "insert into ops.bad_row_usage values (%(site)s, %(bytes)s)"
    " on conflict (site_id) do update set bytes = excluded.bytes"
)
SPEND = (
    "update ops.rate_buckets set tokens = 0, refilled_at = now() + interval '1 hour'"
    " where key like %(key)s"
)
NOBODY = "00000000-0000-0000-0000-000000000000"
SITE_CAP, TOTAL_CAP = 10 * 1024**2, 1024**3


class Flood:
    """Sends batches of one visit from one address."""

    def __init__(self, api: Api, world: World, site: Site, headers: dict[str, str]) -> None:
        self.api, self.world, self.headers = api, world, headers
        self.visit = Visit(world.site(site.name, events_per_minute=BOUND))

    def send(self, *events: dict[str, Any]) -> Any:
        return post(self.api, self.visit.site, self.visit.batch(*events), self.headers)

    def spend(self, *purposes: str) -> None:
        """Empties this address's buckets, and keeps them empty however slow the test runs."""
        assert self.send(event(), tap()).status_code == 200
        for purpose in purposes:
            key = f"{purpose}:{self.visit.site.id}:%"
            self.world.rows(SPEND, key=key)


@pytest.fixture
def flood(api: Api, world: World, site: Site, proxy: Headers) -> Flood:
    return Flood(api, world, site, proxy("203.0.113.7"))


def test_past_the_rate_taps_are_stored_all_the_same(flood: Flood, world: World) -> None:
    flood.spend("events")
    answer = flood.send(event(), tap(), event())
    assert said(answer) == (429, "rate_limited", 1, 0, 2)
    assert answer.json()["ok"] is False
    assert int(answer.headers["Retry-After"]) == answer.json()["retry_after"] > 0
    assert "Retry-After" in answer.headers["Access-Control-Expose-Headers"]
    assert [card["phone_clicks"] for card in flood.visit.cards(world)] == [2]
    assert flood.visit.row(world)["page_views"] == 1


def test_the_bounds(flood: Flood) -> None:
    """As many as the site allows, and four times as many taps."""
    views = [flood.send(*[event() for _ in range(BOUND // 2)]) for _ in range(2)]
    taps = [flood.send(*[tap() for _ in range(BOUND // 2)]) for _ in range(8)]
    assert {answer.status_code for answer in views + taps} == {200}
    late = [flood.send(*[event() for _ in range(BOUND // 2)]) for _ in range(2)]
    assert 429 in [answer.status_code for answer in late]


def test_another_prefix_is_not_in_the_same_bucket(flood: Flood, proxy: Headers) -> None:
    flood.spend("events")
    assert flood.send(event()).status_code == 429
    flood.headers = proxy("203.0.113.250")  # the same /24
    assert flood.send(event()).status_code == 429
    flood.headers = proxy("203.0.114.7")
    assert flood.send(event()).status_code == 200


def test_another_site_is_not_in_the_same_bucket(flood: Flood, world: World) -> None:
    flood.spend("events")
    assert flood.send(event()).status_code == 429
    flood.visit = Visit(world.site("quiet"))
    assert flood.send(event()).status_code == 200


def test_without_the_proxy_the_bucket_is_common(flood: Flood) -> None:
    """X-Real-IP of a client's own counts for nothing: no way to a fresh bucket each time."""
    answers = []
    for number in range(60):
        flood.headers = {"X-Real-IP": f"198.51.{number}.1"}
        answers.append(flood.send(*(event() for _ in range(50))).status_code)
    assert 429 in answers
    assert answers[0] == 200


def test_second_bound_quarantines_taps(flood: Flood, world: World) -> None:
    flood.spend("taps")
    last = tap()
    assert said(flood.send(last)) == (202, "kept", 0, 0, 1)
    (row,) = bad_rows(world, flood.visit.site)
    assert row["reason"] == "rate_limited"
    # a bad row is replayed by the same path
    world.rows("truncate ops.rate_buckets")
    assert said(post(flood.api, flood.visit.site, row["payload"])) == (200, "stored", 1, 0, 0)


def test_quarantined_taps_are_counted_beside_stored_events(flood: Flood) -> None:
    flood.spend("taps")
    assert said(flood.send(event(), tap(), tap())) == (200, "stored", 1, 0, 2)


def test_taps_that_were_not_kept_stay_with_the_sender(flood: Flood, world: World) -> None:
    """The other events of the batch are stored; 429 all the same, or the tap would be lost."""
    flood.spend("taps")
    world.rows(USAGE, site=flood.visit.site.id, bytes=SITE_CAP)
    batch = [event(), tap()]
    answer = flood.send(*batch)
    assert said(answer) == (429, "bad_rows_full", 1, 0, 1)
    assert int(answer.headers["Retry-After"]) > 0
    world.rows("truncate ops.rate_buckets")
    assert said(flood.send(*batch)) == (200, "stored", 1, 1, 0)


def test_a_flood_of_bad_batches_does_not_fill_the_room(flood: Flood, world: World) -> None:
    body = f'{{"k":"{flood.visit.site.key}",'
    answers = [post(flood.api, flood.visit.site, body, flood.headers) for _ in range(BOUND // 2)]
    kept = [answer.status_code for answer in answers].index(429)
    assert 0 < kept <= BOUND // 4
    assert {answer.json()["status"] for answer in answers[kept:]} == {"rate_limited"}
    assert len(bad_rows(world, flood.visit.site)) == kept


@pytest.mark.parametrize(("owner", "bound"), [("site", SITE_CAP), ("total", TOTAL_CAP)])
def test_caps_of_bad_rows(api: Api, world: World, visit: Visit, owner: str, bound: int) -> None:
    whose = visit.site.id if owner == "site" else NOBODY
    world.rows(USAGE, site=whose, bytes=bound - 10)
    answers = [visit.send(api, event(i="x")), post(api, visit.site, f'"k":"{visit.site.key}"')]
    world.rows(USAGE, site=whose, bytes=0)
    for answer in answers:
        assert said(answer) == (429, "bad_rows_full", 0, 0, 1)
        assert int(answer.headers["Retry-After"]) > 0
    assert bad_rows(world, visit.site) == []
    assert said(visit.send(api, event(i="x")))[0] == 202


def test_bytes_of_bad_rows_are_counted(api: Api, world: World, visit: Visit) -> None:
    visit.send(api, event(i="x"), event(i="y"))
    held = sum(len(row["payload"].encode()) for row in bad_rows(world, visit.site))
    used = "select bytes from ops.bad_row_usage where site_id = %(site)s"
    assert world.value(used, site=visit.site.id) == held


def test_refusals_are_counted(flood: Flood, world: World) -> None:
    flood.spend("events")
    flood.send(event())
    counted = (
        "select sum(count)::integer from ops.refusals where site_id = %(site)s and reason = %(r)s"
    )
    assert world.value(counted, site=flood.visit.site.id, r="rate_limited") == 1


def test_a_line_with_many_prefixes_is_bounded_too(flood: Flood, world: World) -> None:
    """IPv6: each /64 has its own bucket, and a /48, which one line may own, has 20 times that."""

    def send(address: str) -> int:
        flood.headers = {**flood.headers, "X-Real-IP": address}
        return int(flood.send(event()).status_code)

    mine = f"events:{flood.visit.site.id}:2001:db8:64:1::/64"
    assert send("2001:db8:64:1::1") == 200
    world.rows(SPEND, key=mine)
    assert [send("2001:db8:64:1::2"), send("2001:db8:64:2::1")] == [429, 200]
    for number in range(3, 60):
        send(f"2001:db8:64:{number:x}::1")
    rows = "select count(*) from ops.rate_buckets where key like %(key)s"
    line = f"events:{flood.visit.site.id}:2001:db8:64::/48#%"
    assert world.value(rows, key=line) == 8
    world.rows(SPEND, key=line)
    assert send("2001:db8:64:ffff::1") == 429
    assert send("2001:db8:65:1::1") == 200
