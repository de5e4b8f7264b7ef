"""What the HTTP tests share: a site that is nobody else's, a lead on it, its feed."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.harness.rest import Api
from tests.harness.world import Person, Site, World
from tests.http.visit import PHONE, Visit, event, tap

_NUMBERS = itertools.count(1)
PROXY_SECRET = "p" * 40
PASSWORD = "correct horse battery"
CREDENTIAL = "select access.create_feed_credential(%(site)s, %(name)s)"


@pytest.fixture
def site(world: World) -> Site:
    """A site of this test's own."""
    return world.site(f"site{next(_NUMBERS)}")


@pytest.fixture
def visit(site: Site) -> Visit:
    """A paid visit to ``site``; nothing is sent yet."""
    return Visit(site)


@pytest.fixture
def lead(api: Api, world: World, visit: Visit) -> dict[str, Any]:
    """The open card of a visit that looked at a page and tapped."""
    answer = visit.send(api, event(g=60000), tap())
    assert answer.status_code == 200, answer.text
    (card,) = visit.cards(world)
    return card


@pytest.fixture
def fresh_buckets(world: World) -> Iterator[None]:
    """Nobody's attempts count from test to test."""
    world.rows("truncate ops.rate_buckets")
    yield
    world.rows("truncate ops.rate_buckets")


@pytest.fixture
def member(world: World) -> Person:
    """The owner of acme, who logs in with PASSWORD."""
    person = world.owner("acme")
    world.set_password(person, PASSWORD)
    return person


@pytest.fixture
def proxy(world: World) -> Callable[..., dict[str, str]]:
    """Headers as the trusted proxy sets them for a client."""
    world.rows("select ops.set_proxy_secret(%(secret)s)", secret=PROXY_SECRET)

    def headers(ip: str, **geo: str) -> dict[str, str]:
        said = {f"X-Geo-{name.title()}": value for name, value in geo.items()}
        return {"X-Proxy-Secret": PROXY_SECRET, "X-Real-IP": ip, "User-Agent": PHONE, **said}

    return headers


@dataclass(frozen=True)
class Feed:
    """The feeds of a site with their credentials."""

    api: Api
    user: str
    password: str

    def lines(self, name: str = "conversions.csv") -> list[str]:
        """The lines after the two head lines."""
        answer = self.api.feed(self.user, self.password, name)
        assert answer.status_code == 200, answer.text
        return answer.text.splitlines()[2:]


@pytest.fixture
def make_feed(api: Api, world: World) -> Callable[[Site], Feed]:
    """Credentials for the feeds of a site."""

    def make(site: Site) -> Feed:
        name = f"feed-{site.name}"
        return Feed(api, name, world.value(CREDENTIAL, site=site.id, name=name))

    return make


@pytest.fixture
def feed(make_feed: Callable[[Site], Feed], site: Site) -> Feed:
    """The feeds of ``site``."""
    return make_feed(site)
