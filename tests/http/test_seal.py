"""The card's life through HTTP: seal, amend, junk, restore, cancel, undo, and every refusal."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.harness.rest import Api
from tests.harness.world import Person, Site, World
from tests.http.visit import Visit, tap

AUDIT = "select * from app.audit_log where site_id = %(site)s and object_id = %(id)s order by seq"
Card = dict[str, Any]


class Desk:
    """One operator and the card before them; the version is the one they saw last."""

    def __init__(self, api: Api, person: Person, card: Card) -> None:
        self.api, self.person = api, person
        self.id, self.version = str(card["id"]), card["version"]

    def do(self, action: str, **said: Any) -> httpx.Response:
        body = {"call_id": self.id, "version": self.version, **said}
        answer = self.api.call(action, body, token=self.person.token)
        if answer.status_code == 200:
            self.version = answer.json()["version"]
        return answer

    def seal(self, amount: Any = 1250.5, **said: Any) -> httpx.Response:
        return self.do("seal", **{"amount": amount, "currency": "TRY", **said})

    def done(self, action: str, **said: Any) -> Card:
        answer = self.do(action, **said) if action != "seal" else self.seal(**said)
        assert answer.status_code == 200, answer.text
        found: Card = answer.json()
        return found


@pytest.fixture
def desk(api: Api, world: World, lead: Card, site: Site) -> Desk:
    return Desk(api, world.editor(site.name), lead)


def conflict(answer: httpx.Response) -> str:
    """The code of a 409, which carries the whole card."""
    assert answer.status_code == 409, answer.text
    body = answer.json()
    assert {"id", "status", "version", "sale_amount", "oci_status", "cursor"} <= set(body)
    return str(body["conflict"])


def test_seal(desk: Desk, site: Site) -> None:
    card = desk.done("seal", note="two locks")
    assert (card["status"], card["sale_amount"], card["currency"]) == ("confirmed", 1250.5, "TRY")
    assert (card["version"], card["note"], card["judged_action"]) == (2, "two locks", "seal")
    assert card["sealed_by"] == desk.person.id
    assert (card["conflict"], card["conflict_call_id"]) == (None, None)
    assert card["oci_status"] == "held"
    assert card["site_id"] == site.id
    listed = desk.api.call("recent_intents", {"site_id": site.id}, token=desk.person.token).json()
    assert listed == [card]


def test_viewer_may_look_and_not_seal(desk: Desk, world: World, site: Site) -> None:
    desk.person = world.viewer(site.name)
    for action in ("seal", "amend", "junk", "restore", "cancel", "undo"):
        answer = desk.seal() if action == "seal" else desk.do(action)
        assert answer.status_code == 403
        assert answer.json()["message"] == "editor_required"
    listed = desk.api.call("recent_intents", {"site_id": site.id}, token=desk.person.token).json()
    assert [(card["status"], card["version"]) for card in listed] == [("intent", 1)]


def test_owner_and_admin_may(world: World, desk: Desk, site: Site) -> None:
    desk.person = world.owner(site.name)
    desk.done("junk")
    desk.person = world.support(site.name)
    desk.done("restore")


@pytest.mark.parametrize("version", [0, 2, -1, None])
def test_stale_version_answers_with_the_current_row(desk: Desk, version: int | None) -> None:
    answer = desk.seal(version=version)
    assert conflict(answer) == "stale_version"
    assert (answer.json()["status"], answer.json()["version"]) == ("intent", 1)


def test_second_operator_gets_the_row_as_the_first_left_it(desk: Desk) -> None:
    first = desk.done("seal", amount=10)
    answer = desk.seal(20, version=1)
    assert conflict(answer) == "stale_version"
    current = {**first, "conflict": "stale_version"}
    assert answer.json() == current


def test_a_visitors_tap_does_not_raise_the_version(desk: Desk, api: Api, visit: Visit) -> None:
    visit.send(api, tap())
    assert desk.seal().status_code == 200


@pytest.mark.parametrize(
    ("path", "refused"),
    [
        ((), ("amend", "restore", "cancel")),
        (("seal",), ("seal", "junk", "restore")),
        (("junk",), ("seal", "junk", "amend", "cancel")),
        (("seal", "cancel"), ("seal", "junk", "amend", "cancel")),
    ],
)
def test_steps_that_are_not_allowed(
    desk: Desk, path: tuple[str, ...], refused: tuple[str, ...]
) -> None:
    for step in path:
        desk.done(step)
    for action in refused:
        answer = (
            desk.seal()
            if action == "seal"
            else desk.do(action, **({"amount": 1} if action == "amend" else {}))
        )
        assert conflict(answer) == "transition_not_allowed", action


def test_there_and_back(desk: Desk) -> None:
    assert desk.done("junk")["status"] == "junk"
    assert desk.done("restore")["status"] == "intent"
    assert desk.done("seal", amount=5)["sale_amount"] == 5
    assert desk.done("cancel")["status"] == "cancelled"
    restored = desk.done("restore")
    assert (restored["status"], restored["sale_amount"], restored["oci_status"]) == (
        "intent",
        None,
        None,
    )
    assert desk.done("seal", amount=7)["oci_status"] == "held"


def test_currency_mismatch(desk: Desk) -> None:
    assert conflict(desk.seal(currency="EUR")) == "currency_mismatch"
    for currency in ("TL", "try", "", "TRYY", None):
        answer = desk.seal(currency=currency)
        assert (answer.status_code, answer.json()["message"]) == (400, "invalid_currency")


@pytest.mark.parametrize("amount", [-1, -0.01, 1.005, 1e10, 1e12, "NaN", "Infinity", None])
def test_amounts_that_are_no_money(desk: Desk, amount: Any) -> None:
    answer = desk.seal(amount)
    assert (answer.status_code, answer.json()["message"]) == (400, "invalid_amount")


@pytest.mark.parametrize("amount", ["1.234,56", "", "abc", {}, [1], True])
def test_amounts_that_are_no_number(desk: Desk, amount: Any) -> None:
    answer = desk.seal(amount)
    assert answer.status_code == 400
    assert "app." not in answer.text


@pytest.mark.parametrize("amount", [0, 0.1, 1.5, "12.30", 9999999999.99])
def test_amounts(desk: Desk, amount: Any) -> None:
    assert desk.done("seal", amount=amount)["sale_amount"] == float(amount)


def test_amount_0_is_sealed_and_not_exported(desk: Desk) -> None:
    card = desk.done("seal", amount=0)
    assert (card["oci_status"], card["oci_reason"]) == ("suppressed", "no_amount")


def test_amend(desk: Desk) -> None:
    desk.done("seal", amount=5, note="first")
    card = desk.done("amend", amount=6)
    assert (card["sale_amount"], card["note"], card["status"]) == (6, "first", "confirmed")
    assert desk.done("amend", note="")["note"] is None
    assert desk.do("amend", note="x" * 2001).json()["message"] == "invalid_note"
    assert desk.do("amend", amount=-1).json()["message"] == "invalid_amount"


def test_undo_takes_back_the_last_step_once(desk: Desk) -> None:
    desk.done("seal", amount=5, note="mine")
    card = desk.done("undo")
    assert (card["status"], card["sale_amount"], card["note"]) == ("intent", None, None)
    assert conflict(desk.do("undo")) == "nothing_to_undo"
    desk.done("seal", amount=5)
    desk.done("amend", amount=9)
    assert desk.done("undo")["sale_amount"] == 5
    desk.done("cancel")
    card = desk.done("undo")
    assert (card["status"], card["sale_amount"], card["oci_status"]) == ("confirmed", 5, "held")


def test_nothing_to_undo(desk: Desk, world: World, site: Site) -> None:
    assert conflict(desk.do("undo")) == "nothing_to_undo"
    desk.done("junk")
    editor, desk.person = desk.person, world.owner(site.name)
    assert conflict(desk.do("undo")) == "nothing_to_undo"  # not their step
    desk.person = editor
    world.site(site.name, undo_window="0")
    assert conflict(desk.do("undo")) == "nothing_to_undo"  # too late
    world.site(site.name, undo_window="10 minutes")
    assert desk.done("undo")["status"] == "intent"


@pytest.mark.parametrize("back", ["restore", "undo"])
def test_open_card_exists(desk: Desk, api: Api, world: World, visit: Visit, back: str) -> None:
    desk.done("junk")
    visit.send(api, tap())
    (opened,) = (card for card in visit.cards(world) if card["status"] == "intent")
    answer = desk.do(back)
    assert conflict(answer) == "open_card_exists"
    assert answer.json()["conflict_call_id"] == str(opened["id"])
    assert answer.json()["status"] == "junk"


def test_note_bounds_and_hostile_notes(desk: Desk) -> None:
    assert desk.seal(note="x" * 2001).json()["message"] == "invalid_note"
    note = "=1+1 <b> \u202e '); drop table app.calls; --"
    assert desk.done("seal", note=note)["note"] == note


def test_nobody_hands_in_more_than_the_arguments(desk: Desk) -> None:
    """Unknown arguments find no function: neither site, nor actor, nor time can be said."""
    for extra in ({"site_id": "x"}, {"sealed_at": "2020-01-01"}, {"sealed_by": "x"}):
        assert desk.seal(**extra).status_code == 404
    assert desk.done("junk")["status"] == "junk"


def test_every_step_is_in_the_audit_with_its_request(
    desk: Desk, api: Api, world: World, site: Site
) -> None:
    headers = {"X-Request-Id": "walk:7", "Authorization": f"Bearer {desk.person.token}"}
    body = {"call_id": desk.id, "amount": 5, "currency": "TRY", "version": 1, "note": "Ayşe, 0532"}
    assert api.client.post("/rpc/seal", json=body, headers=headers).status_code == 200
    desk.version = 2
    desk.do("junk")  # refused: no row
    desk.done("cancel")
    rows = world.rows(AUDIT, site=site.id, id=desk.id)
    assert [(row["action"], row["request_id"]) for row in rows] == [
        ("seal", "walk:7"),
        ("cancel", None),
    ]
    assert {row["actor"] for row in rows} == {f"user:{desk.person.id}"}
    assert (rows[0]["before"]["status"], rows[0]["after"]["status"]) == ("intent", "confirmed")
    assert "Ay" not in str(rows)
    assert world.value("select ops.verify_audit(%(site)s)", site=site.id) is None
