"""Operators, visitors and jobs at one card at once."""

from __future__ import annotations

from functools import partial
from typing import Any

import psycopg
import pytest

from tests.concurrency.conftest import at_once, codes, judge
from tests.harness.rest import Api
from tests.harness.world import Person, Site, World
from tests.http.visit import Visit, event, tap

CONVERSIONS = (
    "select * from app.conversions where site_id = %(site)s and subject_id = %(id)s"
    " order by round, revision"
)
AUDIT = "select count(*) from app.audit_log where object_id = %(id)s"
OFFER = "select ops.offer_conversions()"


@pytest.fixture
def visit(api: Api, acme: Site) -> Visit:
    """A visit with an open card."""
    made = Visit(acme)
    assert made.send(api, event(g=20000), tap(g=10000)).status_code == 200
    return made


@pytest.fixture
def card(world: World, visit: Visit) -> Any:
    return visit.cards(world)[0]["id"]


def conversions(world: World, visit: Visit) -> list[dict[str, Any]]:
    return world.rows(CONVERSIONS, site=visit.site.id, id=visit.session)


@pytest.mark.parametrize("action", ["seal", "junk"])
def test_two_operators_one_wins(
    api: Api, world: World, editor: Person, card: Any, action: str
) -> None:
    owner = world.owner("acme")
    works = [partial(judge, api, who, action, card) for who in (editor, owner) * 4]
    answers = at_once(*works)
    assert codes(answers) == [200] + [409] * 7
    (won,) = (answer.json() for answer in answers if answer.status_code == 200)
    for answer in answers:
        if answer.status_code == 409:
            assert answer.json() == {**won, "conflict": "stale_version"}
    assert world.value(AUDIT, id=card) == 1


def test_seal_against_junk(api: Api, world: World, editor: Person, card: Any, visit: Visit) -> None:
    answers = at_once(*(partial(judge, api, editor, act, card) for act in ("seal", "junk") * 3))
    assert codes(answers) == [200] + [409] * 5
    (after,) = visit.cards(world)
    expected = ["held"] if after["status"] == "confirmed" else []
    assert [row["state"] for row in conversions(world, visit)] == expected


@pytest.mark.parametrize("_round", range(3))
def test_taps_and_a_seal_of_the_same_session(
    api: Api, world: World, editor: Person, card: Any, visit: Visit, _round: int
) -> None:
    works = [partial(visit.send, api, tap(), event()) for _ in range(10)]
    answers = at_once(*works[:5], partial(judge, api, editor, "seal", card), *works[5:])
    assert codes(answers) == [200] * 11
    cards = visit.cards(world)
    assert sum(row["phone_clicks"] for row in cards) == 11
    assert [row["status"] for row in cards] in (["confirmed"], ["confirmed", "intent"])


def test_consent_and_a_seal_of_the_same_session(
    api: Api, world: World, acme: Site, editor: Person
) -> None:
    """A tap that changes the card's consent needs the lock that the seal takes first."""
    asks = world.site("asks", consent_mode="required", events_per_minute=100000)
    editor = world.editor("asks")
    assert acme.id != asks.id
    for _ in range(6):
        visit = Visit(asks)
        visit.send(api, event(g=20000), tap(g=10000), c={"a": 1, "m": 0})
        card = visit.cards(world)[0]["id"]
        works = [partial(visit.send, api, tap(), c={"a": 1, "m": n % 2}) for n in range(1, 8)]
        answers = at_once(*works, partial(judge, api, editor, "seal", card))
        assert codes(answers) == [200] * 8, [answer.text for answer in answers]


def test_two_cards_of_one_session(
    api: Api, world: World, acme: Site, editor: Person, visit: Visit, card: Any
) -> None:
    """Sealed at the same moment, they are one conversion of the sum."""
    judge(api, editor, "junk", card)
    visit.send(api, tap())
    first, second = (row["id"] for row in visit.cards(world))
    world.rows(
        "update app.calls set status = 'confirmed', sealed_at = now(), sale_amount = 1,"
        " judged_action = 'seal' where id = %(id)s",
        id=second,
    )
    judge(api, editor, "restore", first, 2)
    world.rows(
        "update app.conversions set state = 'suppressed', reason = 'x' where site_id = %(s)s",
        s=acme.id,
    )
    answers = at_once(
        partial(judge, api, editor, "seal", first, 3),
        partial(amend, api, editor, second, 2, 250),
    )
    assert codes(answers) == [200, 200]
    (row,) = conversions(world, visit)
    assert (row["amount"], row["state"]) == (350, "held")


def amend(api: Api, person: Person, card: Any, version: int, amount: float) -> Any:
    body = {"call_id": str(card), "version": version, "amount": amount}
    return api.call("amend", body, token=person.token)


def test_restore_against_a_new_tap(
    api: Api, world: World, editor: Person, card: Any, visit: Visit
) -> None:
    """Both want to be the session's one open card."""
    for number in range(6):
        version = world.value("select version from app.calls where id = %(id)s", id=card)
        judge(api, editor, "junk", card, version)
        back, tapped = at_once(
            partial(judge, api, editor, "restore", card, version + 1),
            partial(visit.send, api, tap()),
        )
        assert tapped.status_code == 200
        if back.status_code == 409:
            assert back.json()["conflict"] == "open_card_exists"
        else:
            assert back.status_code == 200
        opened = [row for row in visit.cards(world) if row["status"] == "intent"]
        assert len(opened) == 1, number
        if opened[0]["id"] != card:
            judge(api, editor, "junk", opened[0]["id"])
            version = world.value("select version from app.calls where id = %(id)s", id=card)
            judge(api, editor, "restore", card, version)


@pytest.mark.parametrize("_round", range(5))
def test_the_job_against_a_cancel(
    api: Api, world: World, dsn: str, editor: Person, card: Any, visit: Visit, _round: int
) -> None:
    """Cancelled before it was offered: suppressed. After: a retraction. Nothing between."""
    judge(api, editor, "seal", card)

    def offer() -> int:
        with psycopg.connect(dsn, autocommit=True) as conn:
            return int(conn.execute(OFFER).fetchall()[0][0])

    def cancel() -> int:
        return judge(api, editor, "cancel", card, 2).status_code

    assert 200 in at_once(offer, cancel)
    found = conversions(world, visit)
    rows = [(row["kind"], row["state"]) for row in found]
    if found[0]["offered_at"]:
        assert rows == [("conversion", "offered"), ("retraction", "held")]
    else:
        assert rows == [("conversion", "suppressed")]


def test_the_job_twice_at_once(
    api: Api, world: World, dsn: str, editor: Person, card: Any, visit: Visit
) -> None:
    judge(api, editor, "seal", card)

    def run() -> None:
        with psycopg.connect(dsn, autocommit=True) as conn:
            conn.execute("call ops.run_job('offer_conversions')")

    at_once(run, run, run)
    assert [row["state"] for row in conversions(world, visit)] == ["offered"]
    runs = "select count(*) filter (where outcome <> 'ok') from ops.job_runs"
    assert world.value(runs) == 0


def test_judgements_of_many_cards_keep_the_chain(
    api: Api, world: World, acme: Site, editor: Person
) -> None:
    visits = [Visit(acme) for _ in range(12)]
    for visit in visits:
        visit.send(api, tap())
    cards = [visit.cards(world)[0]["id"] for visit in visits]
    assert (
        codes(at_once(*(partial(judge, api, editor, "seal", card) for card in cards))) == [200] * 12
    )
    assert world.value("select ops.verify_audit(%(site)s)", site=acme.id) is None
    seqs = world.rows("select seq from app.audit_log where site_id = %(s)s order by seq", s=acme.id)
    assert [row["seq"] for row in seqs] == list(range(1, len(seqs) + 1))
