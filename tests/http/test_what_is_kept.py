"""Of whom nothing may be kept, nothing is: samples of refusals, and batches that we broke."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.harness.rest import Api
from tests.harness.world import Site, World
from tests.http.visit import Visit, bad_rows, event, post, said, tap

SAMPLES = "select reason, sample from ops.refusals where reason = %(reason)s"
BREAK = (
    "create function ops.test_break() returns trigger language plpgsql as"
    " 'begin raise exception $$broken$$; end'"
)
YES, NO = {"a": 1, "m": 1}, {"a": 0, "m": 0}


@pytest.fixture(autouse=True)
def _no_refusals(world: World) -> None:
    world.rows("truncate ops.refusals")


@pytest.fixture
def broken(world: World) -> Iterator[None]:
    """An error of ours wherever a session is opened or a card is written."""
    world.rows(BREAK)
    for table in ("app.sessions", "app.calls"):
        world.rows(
            f"create trigger test_break before insert on {table}"
            " for each row execute function ops.test_break()"
        )
    yield
    world.rows("drop function ops.test_break() cascade")


def samples(world: World, reason: str) -> list[str | None]:
    return [row["sample"] for row in world.rows(SAMPLES, reason=reason)]


def test_too_large(api: Api, world: World, visit: Visit) -> None:
    assert post(api, visit.site, visit.batch(tap(), x="x" * 65536)).status_code == 413
    assert samples(world, "too_large") == [None]


def test_an_archived_site(api: Api, world: World, visit: Visit) -> None:
    world.rows("update app.sites set deleted_at = now() where id = %(id)s", id=visit.site.id)
    assert visit.send(api, tap()).status_code == 404
    assert samples(world, "unknown_site") == [None]
    assert bad_rows(world, visit.site) == []


@pytest.mark.parametrize("title", ["t" * 5000, "\U0001f600" * 500, "short"])
def test_an_unknown_key(api: Api, world: World, visit: Visit, title: str) -> None:
    batch = visit.batch(tap(), k="f" * 32, p={"t": title})
    body = json.dumps(batch, ensure_ascii=False)
    assert post(api, visit.site, body.encode()).status_code == 404
    (sample,) = samples(world, "unknown_site")
    assert sample is not None
    assert body.startswith(sample)
    assert 0 < len(sample.encode()) <= 1024


@pytest.mark.usefixtures("broken")
def test_an_error_of_ours_keeps_the_batch(api: Api, world: World, visit: Visit) -> None:
    assert said(visit.send(api, event(), tap()))[:2] == (202, "kept")
    (row,) = bad_rows(world, visit.site)
    assert (row["reason"], visit.visitor in row["payload"]) == ("internal_error", True)
    assert row["detail"] == "P0001: broken"


@pytest.mark.usefixtures("broken")
@pytest.mark.parametrize("consent", [NO, None, {}, {"a": "1"}])
def test_without_consent_only_the_bare_taps(
    api: Api, world: World, site: Site, consent: Any
) -> None:
    world.site(site.name, consent_mode="required")
    visit = Visit(site)
    answer = visit.send(api, event(l="personal"), tap(m={"x": "personal"}), c=consent)
    assert said(answer)[:2] == (202, "kept")
    (row,) = bad_rows(world, site)
    kept = json.loads(row["payload"])
    assert set(kept) == {"k", "c", "e"}
    assert [set(one) for one in kept["e"]] == [{"i", "g", "c", "a", "l"}]
    for word in (visit.visitor, visit.session, "gclid", "personal"):
        assert word not in row["payload"]


@pytest.mark.usefixtures("broken")
def test_with_consent_the_batch(api: Api, world: World, site: Site) -> None:
    world.site(site.name, consent_mode="required")
    visit = Visit(site)
    assert said(visit.send(api, tap(), c=YES))[:2] == (202, "kept")
    (row,) = bad_rows(world, site)
    assert visit.session in row["payload"]


@pytest.mark.usefixtures("broken")
def test_and_is_replayed_when_it_is_mended(api: Api, world: World, site: Site) -> None:
    world.site(site.name, consent_mode="required")
    visit = Visit(site)
    visit.send(api, event(), tap(), c=NO)
    (row,) = bad_rows(world, site)
    for table in ("app.sessions", "app.calls"):
        world.rows(f"drop trigger test_break on {table}")
    assert said(post(api, site, row["payload"])) == (200, "consent_required", 1, 0, 0)
