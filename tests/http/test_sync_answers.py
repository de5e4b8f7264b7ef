"""Each listed answer of `sync`: status, headers, body."""

from __future__ import annotations

import httpx
import pytest

from tests.harness.rest import Api
from tests.harness.world import Site, World
from tests.http.visit import Visit, bad_rows, event, post, said, scroll, tap

FIELDS = {"ok", "score", "status", "accepted", "duplicates", "rejected", "retry_after"}
LOCK = "lock table app.sessions in access exclusive mode"
REFUSALS = "select coalesce(sum(count), 0) from ops.refusals where reason = %(reason)s"
SAMPLE = "select max(octet_length(sample)) from ops.refusals where reason = %(reason)s"


def refusals(world: World, reason: str) -> int:
    return int(world.value(REFUSALS, reason=reason))


def well_formed(answer: httpx.Response) -> None:
    """The shape that holds for every answer."""
    assert set(answer.json()) == FIELDS
    assert answer.json()["ok"] is (answer.status_code in (200, 202))
    assert "Retry-After" in answer.headers["Access-Control-Expose-Headers"]
    waits = answer.json()["retry_after"]
    if answer.status_code == 503:
        assert answer.headers["Retry-After"].isdigit()  # PostgREST's own
    else:
        assert answer.headers.get("Retry-After") == (None if waits is None else str(waits))
    assert (waits is not None) == (answer.status_code in (429, 503))


def test_stored(api: Api, world: World, visit: Visit) -> None:
    answer = visit.send(api, event(), tap())
    well_formed(answer)
    assert said(answer) == (200, "stored", 2, 0, 0)
    assert answer.json()["score"] == 50
    assert visit.row(world)["event_count"] == 2


def test_duplicate(api: Api, world: World, visit: Visit) -> None:
    events = [event(), scroll(90), tap()]
    visit.send(api, *events)
    before = visit.row(world), visit.cards(world)
    answer = visit.send(api, *events)
    well_formed(answer)
    assert said(answer) == (200, "duplicate", 0, 3, 0)
    assert (visit.row(world), visit.cards(world)) == before


def test_half_of_the_batch_was_there(api: Api, world: World, visit: Visit) -> None:
    first = tap()
    visit.send(api, first)
    assert said(visit.send(api, first, tap())) == (200, "stored", 1, 1, 0)
    assert visit.row(world)["conversion_count"] == 2
    assert [card["phone_clicks"] for card in visit.cards(world)] == [2]


def test_consent_required(api: Api, world: World, visit: Visit) -> None:
    world.site(visit.site.name, consent_mode="required")
    answer = visit.send(api, event(), c={"a": 0, "m": 0})
    well_formed(answer)
    assert said(answer) == (200, "consent_required", 0, 0, 0)


@pytest.mark.parametrize("body", ['{"k":"%s", nonsense', 'hello "k":"%s" there', '["k":"%s"]'])
def test_not_json_with_a_known_key_is_kept(api: Api, world: World, site: Site, body: str) -> None:
    answer = post(api, site, body % site.key, {"X-Request-Id": "req-1"})
    well_formed(answer)
    assert said(answer) == (202, "kept", 0, 0, 1)
    (row,) = bad_rows(world, site)
    assert (row["reason"], row["payload"]) == ("not_json", body % site.key)
    assert (row["request_id"], row["origin"]) == ("req-1", f"https://{site.domain}")


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"e": []}, "invalid_batch"),
        ({"e": "many"}, "invalid_batch"),
        ({"e": None}, "invalid_batch"),
        ({"e": [event() for _ in range(51)]}, "invalid_batch"),
        ({"s": "not-a-uuid"}, "invalid_session"),
        ({"s": 7}, "invalid_session"),
        ({"s": None}, "invalid_session"),
    ],
)
def test_invalid_batch_is_kept(
    api: Api, world: World, visit: Visit, fields: dict[str, object], reason: str
) -> None:
    answer = visit.send(api, tap(), **fields)
    well_formed(answer)
    assert said(answer) == (202, "kept", 0, 0, 1)
    assert [row["reason"] for row in bad_rows(world, visit.site)] == [reason]


def test_fifty_events_are_a_batch(api: Api, visit: Visit) -> None:
    assert said(visit.send(api, *(event() for _ in range(50)))) == (200, "stored", 50, 0, 0)


def test_all_events_bad(api: Api, world: World, visit: Visit) -> None:
    answer = visit.send(api, event("no-such-category"), event(i="x"))
    well_formed(answer)
    assert said(answer) == (202, "kept", 0, 0, 2)
    (row,) = bad_rows(world, visit.site)
    assert (row["reason"], row["detail"]) == ("invalid_category", "invalid_category, invalid_id")
    assert world.rows("select from app.sessions where site_id = %(s)s", s=visit.site.id) == []


def test_conversion_from_a_foreign_origin_is_kept(api: Api, world: World, visit: Visit) -> None:
    batch = visit.batch(event(), tap())
    answer = post(api, visit.site, batch, {"Origin": "https://copycat.example"})
    well_formed(answer)
    assert said(answer) == (202, "kept", 0, 0, 2)
    (row,) = bad_rows(world, visit.site)
    assert (row["reason"], row["origin"]) == ("origin_not_allowed", "https://copycat.example")
    assert visit.cards(world) == []


def test_other_events_from_there_are_refused(api: Api, world: World, visit: Visit) -> None:
    answer = post(api, visit.site, visit.batch(event()), {"Origin": "https://copycat.example"})
    well_formed(answer)
    assert said(answer) == (403, "origin_not_allowed", 0, 0, 1)
    assert bad_rows(world, visit.site) == []
    assert refusals(world, "origin_not_allowed") > 0


def test_unknown_site(api: Api, world: World, visit: Visit) -> None:
    before = refusals(world, "unknown_site")
    answer = visit.send(api, tap(), k="0" * 32)
    well_formed(answer)
    assert said(answer) == (404, "unknown_site", 0, 0, 0)
    assert post(api, visit.site, "no key at all").status_code == 404
    assert post(api, visit.site, b"").status_code == 404
    assert post(api, visit.site, "ü" * 30000).status_code == 404
    assert refusals(world, "unknown_site") == before + 4
    assert world.value(SAMPLE, reason="unknown_site") <= 1024


def test_archived_site_answers_like_an_unknown_one(api: Api, world: World, visit: Visit) -> None:
    unknown = visit.send(api, tap(), k="1" * 32)
    world.rows("update app.sites set deleted_at = now() where id = %(id)s", id=visit.site.id)
    archived = visit.send(api, tap())
    assert archived.status_code == 404
    assert archived.content == unknown.content
    assert visit.cards(world) == []


@pytest.mark.parametrize("size", [65537, 1_000_000])
def test_too_large(api: Api, world: World, visit: Visit, size: int) -> None:
    before = refusals(world, "too_large")
    answer = visit.send(api, tap(), v="x" * size)
    well_formed(answer)
    assert said(answer) == (413, "too_large", 0, 0, 0)
    assert (bad_rows(world, visit.site), visit.cards(world)) == ([], [])
    assert refusals(world, "too_large") == before + 1


def test_64_kb_in_characters_of_many_bytes(api: Api, visit: Visit) -> None:
    """The bound is bytes: 40,000 characters of two bytes are too many."""
    assert post(api, visit.site, "ü" * 40000).status_code == 413


def test_503_only_when_nothing_was_stored(api: Api, world: World, visit: Visit) -> None:
    with world.conn.transaction():
        world.rows(LOCK)
        answer = visit.send(api, tap())
    well_formed(answer)
    assert said(answer) == (503, "unavailable", 0, 0, 0)
    assert (visit.cards(world), bad_rows(world, visit.site)) == ([], [])
    assert said(visit.send(api, tap()))[0] == 200


def test_an_error_of_ours_keeps_the_batch(api: Api, world: World, visit: Visit) -> None:
    """What breaks in a later step costs no intent, and tells nothing about us."""
    world.rows("alter table app.calls add constraint boom check (note is not null) not valid")
    answer = visit.send(api, tap())
    world.rows("alter table app.calls drop constraint boom")
    well_formed(answer)
    assert said(answer) == (202, "kept", 0, 0, 1)
    assert "boom" not in answer.text
    (row,) = bad_rows(world, visit.site)
    assert row["reason"] == "internal_error"
    assert "23514" in row["detail"]
    assert said(post(api, visit.site, row["payload"])) == (200, "stored", 1, 0, 0)
    assert len(visit.cards(world)) == 1


def test_an_error_of_ours_that_can_not_be_kept_either(api: Api, world: World, visit: Visit) -> None:
    """Then nothing is stored, and the sender is told so in sync's own words."""
    world.rows("alter table app.calls add constraint boom check (note is not null) not valid")
    world.rows("alter table ops.bad_row_usage rename to gone")
    answer = visit.send(api, tap())
    world.rows("alter table ops.gone rename to bad_row_usage")
    world.rows("alter table app.calls drop constraint boom")
    well_formed(answer)
    assert said(answer) == (503, "unavailable", 0, 0, 0)
    assert visit.cards(world) == []
