"""A consent that comes later, one that is taken back, and what was on its way meanwhile."""

from __future__ import annotations

from typing import Any

import pytest

from tests.harness.rest import Api
from tests.harness.world import Site, World
from tests.http.conftest import Feed
from tests.http.test_seal import Desk
from tests.http.visit import Visit, event, tap

YES, NO, UNSAID = {"a": 1, "m": 1}, {"a": 1, "m": 0}, {"a": 1}
NONE: dict[str, int] = {}
DENIED = ("suppressed", "no_marketing_consent")


@pytest.fixture
def site(world: World, site: Site) -> Site:
    return world.site(site.name, consent_mode="required", conversion_hold="0", undo_window="0")


def sealed(api: Api, world: World, visit: Visit, amount: float = 100) -> tuple[str, str | None]:
    """Seals the newest card of the visit; says where its conversion stands."""
    card = Desk(api, world.editor(visit.site.name), visit.cards(world)[-1]).done(
        "seal", amount=amount
    )
    return card["oci_status"], card["oci_reason"]


def shown(world: World, visit: Visit) -> list[tuple[str, str | None]]:
    return [(card["oci_status"], card["oci_reason"]) for card in visit.cards(world)]


@pytest.mark.parametrize("first", [NO, UNSAID])
def test_a_page_view_with_a_yes_is_enough(
    api: Api, world: World, visit: Visit, feed: Feed, first: Any
) -> None:
    visit.send(api, event(g=9000), tap(g=8000), c=first)
    visit.send(api, event(), c=YES)
    assert sealed(api, world, visit) == ("held", None)
    world.rows("select ops.offer_conversions()")
    assert len(feed.lines()) == 1


def test_what_was_judged_before_stays_suppressed(
    api: Api, world: World, visit: Visit, feed: Feed
) -> None:
    visit.send(api, event(g=9000), tap(g=8000), c=NO)
    assert sealed(api, world, visit) == DENIED
    visit.send(api, event(), c=YES)
    world.rows("select ops.offer_conversions()")
    assert (shown(world, visit), feed.lines()) == ([DENIED], [])


@pytest.mark.parametrize("later", [event(g=5000), tap(g=5000)])
def test_what_was_queued_before_a_withdrawal_does_not_revive_it(
    api: Api, world: World, visit: Visit, later: dict[str, Any]
) -> None:
    """New events, not a replay: they only arrive late."""
    visit.send(api, event(g=9000), tap(g=8000), c=YES)
    visit.send(api, event(), c=NO)
    visit.send(api, later, c=YES)
    assert visit.row(world)["marketing_consent"] is False
    assert sealed(api, world, visit) == DENIED
    visit.send(api, event(), c=YES)
    assert visit.row(world)["marketing_consent"] is True


@pytest.mark.parametrize("mode", ["required", "none"])
def test_nor_what_was_queued_before_a_no_that_came_first(
    api: Api, world: World, visit: Visit, mode: str
) -> None:
    """The queue was offline: the session is opened by the batch that says no."""
    world.site(visit.site.name, consent_mode=mode)
    visit.send(api, event(), c=NO)
    visit.send(api, event(g=9000), tap(g=8000), c=YES)
    assert sealed(api, world, visit) == DENIED


def test_mode_none(api: Api, world: World, visit: Visit) -> None:
    """Only a no says anything; a yes after it takes it back."""
    world.site(visit.site.name, consent_mode="none")
    visit.send(api, event(g=9000), tap(g=8000), c=YES)
    assert visit.row(world)["marketing_consent"] is None
    visit.send(api, event(g=10), c=NO)
    visit.send(api, event(), c=NONE)
    assert visit.row(world)["marketing_consent"] is False
    visit.send(api, event(), c=YES)
    assert visit.row(world)["marketing_consent"] is True
    assert sealed(api, world, visit) == ("held", None)


def test_a_no_at_once_in_mode_none(api: Api, world: World, visit: Visit) -> None:
    world.site(visit.site.name, consent_mode="none")
    visit.send(api, event(g=9000), tap(g=8000), c=NO)
    visit.send(api, event(), c=YES)
    assert sealed(api, world, visit) == ("held", None)


@pytest.mark.parametrize(
    ("withdrawal", "is_new"), [(NO, False), (NO, True), ({"a": 0, "m": 0}, False)]
)
def test_a_withdrawal_is_the_persons(
    api: Api, world: World, site: Site, feed: Feed, withdrawal: Any, is_new: bool
) -> None:
    """Held and offered sales of their other visits stop at once; another person's do not."""
    offered, held, now = (Visit(site, visitor="ayse") for _ in range(3))
    other = Visit(site, visitor="bora")
    for visit in (offered, held, other):
        visit.send(api, event(g=9000), tap(g=8000), c=YES)
    if not is_new:
        now.send(api, event(g=5000), c=YES)
    sealed(api, world, offered)
    sealed(api, world, other)
    world.rows("select ops.offer_conversions()")
    assert sealed(api, world, held) == ("held", None)
    assert len(feed.lines()) == 2
    assert now.send(api, event(), c=withdrawal).status_code == 200
    assert shown(world, offered) == shown(world, held) == [DENIED]
    assert shown(world, other) == [("offered", None)]
    world.rows("select ops.offer_conversions()")
    assert len(feed.lines()) == 1
    for visit in (offered, held):
        row = visit.row(world)
        assert row["marketing_consent"] is False
        assert row["marketing_withdrawn_at"] is not None
    assert other.row(world)["marketing_consent"] is True


def test_of_an_open_card_too(api: Api, world: World, site: Site) -> None:
    one, two = (Visit(site, visitor="cem") for _ in range(2))
    one.send(api, event(g=9000), tap(g=8000), c=YES)
    two.send(api, event(g=5000), c=YES)
    two.send(api, event(), c=NO)
    assert sealed(api, world, one) == DENIED


def test_a_visitor_of_another_site_is_another_person(
    api: Api, world: World, site: Site, visit: Visit
) -> None:
    elsewhere = Visit(
        world.site(f"{site.name}-next", consent_mode="required"), visitor=visit.visitor
    )
    for one in (visit, elsewhere):
        one.send(api, event(g=9000), tap(g=8000), c=YES)
    elsewhere.send(api, event(), c=NO)
    assert sealed(api, world, visit) == ("held", None)
