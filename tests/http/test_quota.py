"""Monthly quotas: a soft warning, then a stop that never stops a tap."""

from __future__ import annotations

import json

import pytest

from tests.harness.rest import Api
from tests.harness.world import Site, World
from tests.http.visit import Visit, bad_rows, event, said, tap

COUNT = "select ops.count_usage()"
QUOTA = "update app.sites set monthly_event_quota = %(quota)s where id = %(site)s"
REFUSED = (
    "select coalesce(sum(count), 0)::int from ops.refusals"
    " where site_id = %(site)s and reason = 'quota_exceeded'"
)


@pytest.fixture(autouse=True)
def _no_quotas_stay(world: World) -> None:
    world.rows("update app.sites set monthly_event_quota = null")


def usage(api: Api, world: World, site: Site) -> dict[str, object]:
    world.rows(COUNT)
    token = world.viewer(site.name).token
    (row, *_) = api.call("site_usage", {"site_id": site.id}, token=token).json()
    return dict(row)


def test_from_warning_to_stop(api: Api, world: World, visit: Visit) -> None:
    site = visit.site
    visit.send(api, *(event() for _ in range(7)), event("system", "heartbeat"))
    assert (usage(api, world, site)["events"], usage(api, world, site)["state"]) == (7, "ok")
    world.rows(QUOTA, site=site.id, quota=10)
    assert usage(api, world, site)["state"] == "ok"
    assert said(visit.send(api, event())) == (200, "stored", 1, 0, 0)
    row = usage(api, world, site)
    assert (row["events"], row["quota"], row["share"], row["state"]) == (8, 10, 0.8, "warning")
    assert said(visit.send(api, event(), event(), event())) == (200, "stored", 3, 0, 0)
    assert usage(api, world, site)["state"] == "exceeded"
    answer = visit.send(api, event(), event())
    assert said(answer) == (429, "quota_exceeded", 0, 0, 2)
    assert 1 <= int(answer.headers["Retry-After"]) <= 3600
    assert world.value(REFUSED, site=site.id) == 1


def test_taps_and_forms_are_always_taken_in(api: Api, world: World, visit: Visit) -> None:
    visit.send(api, event())
    world.rows(QUOTA, site=visit.site.id, quota=0)
    assert usage(api, world, visit.site)["state"] == "exceeded"
    assert said(visit.send(api, tap())) == (200, "stored", 1, 0, 0)
    both = visit.send(api, tap(), event())
    assert said(both) == (429, "quota_exceeded", 1, 0, 1)
    assert visit.cards(world)[0]["phone_clicks"] == 2
    form = event("conversion", "form_submit", l="contact")
    first = Visit(visit.site)
    assert said(first.send(api, form)) == (200, "stored", 1, 0, 0)
    assert len(first.cards(world)) == 1
    # what nobody can look into may be a tap; what is none is refused with the rest
    bad = {**tap(), "i": "x"}
    assert visit.send(api, bad, event()).status_code == 429
    assert [json.loads(row["payload"])["e"] for row in bad_rows(world, visit.site)] == [[bad]]
    visit.send(api, {**event(), "i": "x"}, event())
    assert len(bad_rows(world, visit.site)) == 1


def test_a_raised_quota_counts_at_once(api: Api, world: World, visit: Visit) -> None:
    visit.send(api, event())
    world.rows(QUOTA, site=visit.site.id, quota=1)
    world.rows(COUNT)
    assert visit.send(api, event()).status_code == 429
    admin = world.support(visit.site.name)
    version = api.call("site_settings", {"site_id": visit.site.id}, token=admin.token).json()
    said_now = {
        "site_id": visit.site.id,
        "version": version["version"],
        "changes": {"monthly_event_quota": 100},
    }
    assert api.call("update_site", said_now, token=admin.token).status_code == 200
    assert visit.send(api, event()).status_code == 200


def test_a_neighbours_quota_stops_nobody_else(api: Api, world: World, visit: Visit) -> None:
    other = Visit(world.site("quota-neighbour"))
    other.send(api, event())
    world.rows(QUOTA, site=other.site.id, quota=1)
    world.rows(COUNT)
    assert other.send(api, event()).status_code == 429
    assert visit.send(api, event()).status_code == 200


def test_months_are_the_sites(world: World, site: Site) -> None:
    """Half past midnight on the first in one zone is still the month before in another."""
    world.rows(
        "update app.sites set time_zone = 'Pacific/Kiritimati' where id = %(id)s", id=site.id
    )
    world.rows(COUNT)
    newest = (
        "select max(month) = (date_trunc('month', now() at time zone 'Pacific/Kiritimati'))::date"
        " from ops.site_usage where site_id = %(id)s"
    )
    assert world.value(newest, id=site.id) is True


def test_health_says_who_is_over(api: Api, world: World, visit: Visit) -> None:
    visit.send(api, event())
    world.rows(QUOTA, site=visit.site.id, quota=1)
    world.rows(COUNT)
    world.rows("select ops.write_health()")
    checks = world.value("select checks -> 'quotas' from ops.health")
    assert checks == {"status": "warning", "detail": {"exceeded": 1, "warning": 0}}
