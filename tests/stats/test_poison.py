"""One site's rows, however strange, stop no other site's jobs."""

from __future__ import annotations

import pytest

from tests.harness.world import Site, World

CARDS = (
    "insert into app.calls (site_id, source, status, intent_action, intent_stamp, session_id,"
    " session_month, tapped_at, last_tap_at, last_action, sale_amount, currency, sealed_at)"
    " select %(site)s, 'manual', 'confirmed', 'call', n::text, %(session)s::uuid,"
    " case when %(session)s is not null then date_trunc('month', now()) end,"
    " at, at, 'call', %(amount)s::numeric, 'TRY', at from generate_series(1, %(cards)s) as n"
    " cross join (select now() - interval '3 hours') as tap (at)"
)
REVENUE = (
    "select sum(revenue) from app.hourly_stats"
    " where site_id = %(site)s and dimension = 'total' and kind = 'sales'"
)
MOST = "9999999999.99"
SUBJECT = "11111111-1111-4111-8111-111111111111"


def sell(world: World, site: Site, cards: int, amount: str, session: str | None = None) -> None:
    world.rows(CARDS, site=site.id, cards=cards, amount=amount, session=session)


def roll(world: World) -> None:
    while world.value("select ops.roll_stats()"):
        pass


def test_any_amounts_add_up(world: World) -> None:
    site = world.site("rich")
    sell(world, site, 10_001, MOST)
    roll(world)
    assert world.value(REVENUE, site=site.id) > 10**14


def test_any_amounts_are_one_conversion(world: World) -> None:
    site = world.site("one-buyer")
    sell(world, site, 101, MOST, SUBJECT)
    world.value(
        "select app.refresh_conversion(%(site)s, %(subject)s)", site=site.id, subject=SUBJECT
    )
    assert world.value(
        "select amount from app.conversions where site_id = %(site)s", site=site.id
    ) > (10**12)


@pytest.mark.parametrize("spoiled", ["first", "second"])
def test_other_sites_are_rolled(world: World, spoiled: str) -> None:
    """Whichever comes first: a site that can not be rolled is left behind, alone."""
    sites = {name: world.site(f"{spoiled}-of-{name}") for name in ("first", "second")}
    for site in sites.values():
        sell(world, site, 1, "5")
    world.rows(
        f"alter table app.hourly_stats add constraint {spoiled}_is_spoiled"
        f" check (site_id <> '{sites[spoiled].id}')"
    )
    roll(world)
    sums = {name: world.value(REVENUE, site=site.id) for name, site in sites.items()}
    assert sums == {name: None if name == spoiled else 5 for name in sites}
