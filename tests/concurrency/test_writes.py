"""Writes that touch many rows at once, against everything else that moves."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from functools import partial
from typing import Any

import httpx
import psycopg
import pytest

from tests.concurrency.conftest import at_once, codes, held_up, judge
from tests.harness.rest import Api
from tests.harness.world import Person, Site, World
from tests.http.visit import PHONE, Visit, event, tap

STALE = "update app.calls set received_at = now() - interval '2 days' where site_id = %(site)s"
APPROVED = (
    "select count(*) from app.audit_log"
    " where site_id = %(site)s and action = 'auto_approve' and object_type = 'call'"
)
HELD = (
    "select (select count(*) from app.sessions where site_id = %(site)s and visitor_id = %(who)s)"
    " + (select count(*) from app.calls where site_id = %(site)s and visitor_id = %(who)s)"
)
CLICKS = (
    "select count(*) from app.conversions where site_id = %(site)s and click_id is not null"
    " and subject_id = %(subject)s"
)
CHAIN = "select ops.verify_audit(%(site)s)"


def visits(
    api: Api, site: Site, count: int, *, is_one_person: bool = False, **fields: Any
) -> list[Visit]:
    """Visits with an open card each."""
    made = [Visit(site, query=f"gclid=click-{number}") for number in range(count)]
    for one in made[1:] if is_one_person else ():
        one.visitor = made[0].visitor
    for one in made:
        assert one.send(api, event(g=30000), tap(g=10000), **fields).status_code == 200
    return made


def card(world: World, visit: Visit) -> str:
    return str(visit.cards(world)[-1]["id"])


def bulk(api: Api, person: Person, site: Site, action: str, cards: list[str]) -> httpx.Response:
    sale = {"amount": 100, "currency": "TRY"} if action == "seal" else {}
    items = [{"call_id": one, "version": 1, **sale} for one in cards]
    body = {"site_id": site.id, "action": action, "items": items}
    return api.call("bulk_action", body, token=person.token)


def run_sql(dsn: str, statement: str) -> Any:
    with psycopg.connect(dsn, autocommit=True) as conn:
        row = conn.execute(statement.encode()).fetchone()
        return row[0] if row else None


def test_lists_in_opposite_order_and_single_seals(
    api: Api, world: World, acme: Site, editor: Person
) -> None:
    """Each card is judged once, whoever comes first, and nobody waits in a ring."""
    cards = [card(world, one) for one in visits(api, acme, 12)]
    singles = [partial(judge, api, editor, "seal", one) for one in cards[::3]]
    lists = [
        partial(bulk, api, editor, acme, action, order)
        for action in ("seal", "junk")
        for order in (cards, cards[::-1])
    ]
    answers = at_once(*lists, *singles)
    done = [row for answer in answers[:4] for row in answer.json()]
    assert all(answer.status_code == 200 for answer in answers[:4])
    assert {row["code"] for row in done} <= {None, "stale_version"}
    won = sum(row["ok"] for row in done) + codes(answers[4:]).count(200)
    assert won == len(cards)
    versions = "select distinct version from app.calls where id = any(%(ids)s::uuid[])"
    assert world.rows(versions, ids=cards) == [{"version": 2}]
    assert world.value(CHAIN, site=acme.id) is None


def test_a_list_against_taps_and_withdrawals(api: Api, world: World) -> None:
    site = world.site("bulk-asks", consent_mode="required", events_per_minute=100000)
    editor = world.editor(site.name)
    yes = {"a": 1, "m": 1}
    for _ in range(3):
        made = visits(api, site, 6, is_one_person=True, c=yes)
        cards = [card(world, one) for one in made]
        answers = at_once(
            partial(bulk, api, editor, site, "seal", cards),
            *(partial(one.send, api, tap(), event(), c=yes) for one in made),
            *(partial(one.send, api, event(), c={"a": 1, "m": 0}) for one in made[:3]),
        )
        assert codes(answers) == [200] * 10, [answer.text for answer in answers]
        assert all(row["ok"] for row in answers[0].json())


def test_a_batch_on_its_way_ends_before_the_archive(
    api: Api, world: World, dsn: str, editor: Person
) -> None:
    """What came before it is stored, what comes after it is not."""
    site = world.site("archived", events_per_minute=100000)
    owner = world.owner(site.name)
    visit = Visit(site)
    away = held_up(
        dsn,
        visit.batch(event(), tap()),
        lambda: api.call("archive_site", {"site_id": site.id}, token=owner.token),
    )
    assert away.status_code == 200
    assert len(visit.cards(world)) == 1
    late = Visit(site)
    assert late.send(api, tap()).status_code == 404
    assert late.cards(world) == []
    back = api.call("restore_site", {"site_id": site.id}, token=owner.token)
    assert back.status_code == 200
    assert late.send(api, tap()).status_code == 200
    assert editor is not None


def waited_for(
    dsn: str, act: str, site: Site, work: Callable[[], httpx.Response]
) -> httpx.Response:
    """What ``work`` answers that waited for ``act`` to be committed."""
    waiting = (
        "select count(*) from pg_stat_activity"
        " where wait_event_type = 'Lock' and datname = current_database()"
    )
    with psycopg.connect(dsn) as conn, ThreadPoolExecutor(1) as pool:
        conn.execute(act.encode(), {"site": site.id})
        waits = pool.submit(work)
        with psycopg.connect(dsn, autocommit=True) as looks:
            while not waits.done() and looks.execute(waiting).fetchall() == [(0,)]:
                time.sleep(0.01)
        conn.commit()
        return waits.result()


def test_a_batch_on_its_way_while_its_key_is_rotated(api: Api, world: World, dsn: str) -> None:
    """404 would make the browser drop its taps; 503 sends them again."""
    site = world.site("rotated", events_per_minute=100000)
    rotate = "select ops.rotate_site_key(%(site)s, '1 day', 'it was copied')"
    current = "select public_key from app.sites where id = %(site)s"
    for _ in range(30):
        world.rows(
            "update app.sites set previous_key = null, previous_key_until = null"
            " where id = %(site)s", site=site.id
        )  # fmt: skip
        visit, key = Visit(site), world.value(current, site=site.id)
        answer = waited_for(dsn, rotate, site, partial(visit.send, api, tap(), k=key))
        assert answer.status_code in (200, 503), answer.text
        if answer.status_code == 200:
            break
    assert answer.status_code == 200
    assert len(visit.cards(world)) == 1


SHARE = "select pg_advisory_xact_lock_shared(hashtextextended('site:' || %s, 0))"
WAITERS = (
    "select count(*) from pg_stat_activity"
    " where wait_event = 'advisory' and datname = current_database()"
)


def test_two_who_change_a_site_whose_key_was_just_rotated(world: World, dsn: str) -> None:
    """One began with the old key alone, the other with both: neither waits for the other's half."""
    site = world.site("two-keys")
    old = world.value("select public_key from app.sites where id = %(id)s", id=site.id)
    lock = "select app.lock_site_alone(%s)"
    with (
        psycopg.connect(dsn) as rotates,
        psycopg.connect(dsn) as batch,
        psycopg.connect(dsn) as first,
        psycopg.connect(dsn) as second,
        psycopg.connect(dsn, autocommit=True) as looks,
        ThreadPoolExecutor(3) as pool,
    ):

        def run(conn: psycopg.Connection[Any], statement: str, what: object) -> None:
            conn.execute(statement.encode(), [what])

        def all_wait(number: int) -> None:
            while looks.execute(WAITERS).fetchall() != [(number,)]:
                time.sleep(0.01)

        rotates.execute(lock, [site.id])
        # A key that comes before the old one in any order.
        rotates.execute(
            "update app.sites set public_key = repeat('0', 32), previous_key = public_key,"
            " previous_key_until = now() + interval '1 day' where id = %s",
            [site.id],
        )
        sends = pool.submit(run, batch, SHARE, old)
        all_wait(1)
        began_before = pool.submit(run, first, lock, site.id)
        all_wait(2)
        rotates.commit()
        sends.result()
        began_after = pool.submit(run, second, lock, site.id)
        all_wait(2)
        batch.commit()
        began_before.result()
        first.commit()
        began_after.result()


def test_a_site_is_not_restored_into_its_purge(api: Api, world: World, dsn: str) -> None:
    """Else it would take in what the purge then deletes."""
    site = world.site("too-late")
    owner = world.owner(site.name)
    said = {"site_id": site.id}
    assert api.call("archive_site", said, token=owner.token).status_code == 200
    purge = "select ops.begin_purge(%(site)s, true, 'contract ended')"
    back = partial(api.call, "restore_site", said, token=owner.token)
    assert waited_for(dsn, purge, site, back).status_code == 404
    archived = "select deleted_at is not null from app.sites where id = %(site)s"
    assert world.value(archived, site=site.id)


def test_archive_restore_and_change_at_once(api: Api, world: World) -> None:
    site = world.site("busy", events_per_minute=100000)
    owner = world.owner(site.name)
    said = {"site_id": site.id}
    change = {**said, "version": 1, "changes": {"time_zone": "Asia/Kathmandu"}}
    visit = Visit(site)
    answers = at_once(
        *(partial(visit.send, api, event(), tap()) for _ in range(6)),
        partial(api.call, "archive_site", said, token=owner.token),
        partial(api.call, "restore_site", said, token=owner.token),
        *(partial(api.call, "update_site", change, token=owner.token) for _ in range(3)),
    )
    # 503: a batch does not wait for long
    assert set(codes(answers)) <= {200, 404, 409, 503}
    assert world.value(CHAIN, site=site.id) is None


def erase(api: Api, owner: Person, visit: Visit) -> httpx.Response:
    body = {"site_id": visit.site.id, "visitor_id": visit.visitor}
    return api.call("erase_person", body, token=owner.token)


def test_a_batch_on_its_way_is_erased_too(api: Api, world: World, dsn: str, acme: Site) -> None:
    """It committed while the eraser waited for the visitor's lock."""
    owner = world.owner(acme.name)
    known, coming = Visit(acme), Visit(acme)
    coming.visitor = known.visitor
    assert known.send(api, event(), tap()).status_code == 200
    done = held_up(dsn, coming.batch(event(), tap()), lambda: erase(api, owner, known))
    assert (done.json()["sessions"], done.json()["calls"]) == (2, 2)
    assert world.value(HELD, site=acme.id, who=known.visitor) == 0


def test_a_zone_that_takes_long_holds_no_batches(dsn: str, acme: Site) -> None:
    """Each would hold a connection, and those are for all sites."""
    lock = "select app.lock_site_alone(%s)"
    batch = json.dumps(Visit(acme).batch(event()))
    with (
        psycopg.connect(dsn) as changes,
        psycopg.connect(dsn) as sends,
        ThreadPoolExecutor(1) as pool,
    ):
        changes.execute(lock, [acme.id])
        headers = json.dumps({"user-agent": PHONE})
        sends.execute("select set_config('request.headers', %s, true)", [headers])
        sent = pool.submit(
            lambda: sends.execute("select status from api.sync(%s)", [batch]).fetchone()
        )
        wait([sent], timeout=5)
        changes.commit()
        assert sent.result() == ("unavailable",)


CHANGES = {"time_zone": "Asia/Tokyo", "currency": "EUR"}


def test_another_zone_and_an_erasure(api: Api, world: World, dsn: str) -> None:
    """Cards and the audit chain, but no visit: it can't wait in a ring with who erases."""
    site = world.site("moves")
    owner, visit = world.owner(site.name), Visit(site)
    assert visit.send(api, event(), tap()).status_code == 200
    world.rows(
        "update app.sessions set first_of_day = false where site_id = %(site)s", site=site.id
    )
    body = {"site_id": site.id, "version": 1, "changes": CHANGES}
    move = partial(api.call, "update_site", body, token=owner.token)
    waits = "select count(*) from pg_locks where not granted"
    with psycopg.connect(dsn) as eraser, psycopg.connect(dsn, autocommit=True) as looks:
        eraser.execute("select from app.sessions where site_id = %s for update", [site.id])
        with ThreadPoolExecutor(1) as pool:
            moved = pool.submit(move)
            while not moved.done() and looks.execute(waits).fetchall() == [(0,)]:
                time.sleep(0.01)
            eraser.execute("select from app.calls where site_id = %s for update", [site.id])
            eraser.execute("select access.lock_audit(%s)", [site.id])
            # the job gives way, and comes again
            assert looks.execute("select ops.stamp_visits()").fetchall() == [(1,)]
            eraser.commit()
            assert moved.result().status_code == 200
    assert not visit.row(world)["first_of_day"]
    while world.value("select ops.stamp_visits()"):
        pass
    assert visit.row(world)["first_of_day"]


@pytest.mark.parametrize("_round", range(3))
def test_erase_against_seals_taps_and_the_job(
    api: Api, world: World, dsn: str, acme: Site, editor: Person, _round: int
) -> None:
    owner = world.owner(acme.name)
    made = visits(api, acme, 4, is_one_person=True)
    seals = [partial(judge, api, editor, "seal", card(world, one)) for one in made]
    works: list[Callable[[], Any]] = [
        *seals,
        *(partial(one.send, api, tap(), event()) for one in made),
        partial(erase, api, owner, made[0]),
        partial(run_sql, dsn, "select ops.offer_conversions()"),
        *(partial(erase, api, owner, one) for one in made[1:]),
    ]
    answers = [each for each in at_once(*works) if isinstance(each, httpx.Response)]
    assert set(codes(answers)) <= {200, 409}, [answer.text for answer in answers]
    for one in made:
        assert erase(api, owner, one).status_code == 200
        assert one.row(world)["visitor_id"] is None
        assert world.value(CLICKS, site=acme.id, subject=one.session) == 0
    assert world.value(HELD, site=acme.id, who=made[0].visitor) == 0
    assert world.value(CHAIN, site=acme.id) is None


def test_two_who_approve_at_once(api: Api, world: World, dsn: str) -> None:
    site = world.site("approves", auto_approve=True, events_per_minute=100000)
    editor = world.editor(site.name)
    made = visits(api, site, 10)
    world.rows(STALE, site=site.id)
    ask = partial(api.call, "auto_approve_stale_intents", {"site_id": site.id}, token=editor.token)
    junk = partial(bulk, api, editor, site, "junk", [card(world, one) for one in made[:5]])
    job = partial(run_sql, dsn, "select ops.auto_approve()")
    works: list[Callable[[], Any]] = [ask, job, ask, job, junk]
    answers = [each for each in at_once(*works) if isinstance(each, httpx.Response)]
    assert codes(answers) == [200] * 3, [answer.text for answer in answers]
    rows = [row for one in made for row in one.cards(world)]
    junked = [row for row in rows if row["status"] == "junk"]
    assert {row["status"] for row in rows} <= {"confirmed", "junk"}
    assert {row["version"] for row in rows} == {2}
    assert world.value(APPROVED, site=site.id) == len(rows) - len(junked)
    assert world.value(CHAIN, site=site.id) is None
