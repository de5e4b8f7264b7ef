"""One poisonous event in a good batch: its mates are stored, it is a bad row with a reason."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.harness.rest import Api
from tests.harness.world import World
from tests.http.visit import Visit, bad_rows, event, post, said, tap

EVENTS = "select * from app.events where site_id = %(site)s order by id"
DEEP = "[" * 5000 + "]" * 5000


def around(visit: Visit, poison: str) -> str:
    """The batch as text: a page view, the poison as it stands, a tap."""
    batch = visit.batch(event(), {"x": "POISON"}, tap())
    return json.dumps(batch).replace('{"x": "POISON"}', poison)


def one(**fields: Any) -> str:
    return json.dumps(event(**fields))


def raw(field: str, value: str) -> str:
    """An event with one field written exactly so."""
    said_ = event()
    said_[field] = "RAW"
    return json.dumps(said_).replace('"RAW"', value)


BAD = {
    "1e400 as value": (raw("v", "1e400"), "invalid_number"),
    "1e9000 as value": (raw("v", "1e9000"), "invalid_number"),
    "1e999999 as value": (raw("v", "1e999999"), "invalid_number"),
    "-1e999999 as age": (raw("g", "-1e999999"), "invalid_number"),
    "1e999999 as id": (raw("i", "1e999999"), "invalid_number"),
    "past 53 bits": (raw("i", "9007199254740992"), "invalid_id"),
    "negative id": (raw("i", "-1"), "invalid_id"),
    "id with a fraction": (raw("i", "1.5"), "invalid_id"),
    "id as text": (one(i="7"), "invalid_id"),
    "no id": ('{"c":"page","a":"page_view"}', "invalid_id"),
    "category as number": (one(category=5), "invalid_category"),
    "category as list": (raw("c", '["page"]'), "invalid_category"),
    "unknown category": (one(category="Page"), "invalid_category"),
    "action as object": (raw("a", "{}"), "invalid_action"),
    "empty action": (one(action=""), "invalid_action"),
    "long action": (one(action="x" * 65), "invalid_action"),
    "unknown conversion": (one(category="conversion", action="purchase"), "unknown_conversion"),
    "age as text": (one(g="5"), "invalid_age"),
    "label as number": (one(l=5), "invalid_label"),
    "label as object": (one(l={}), "invalid_label"),
    "value as text": (one(v="5"), "invalid_value"),
    "value as bool": (one(v=True), "invalid_value"),
    "value too large": (one(v=100000000000), "invalid_value"),
    "url as list": (one(u=[]), "invalid_url"),
    "metadata as list": (one(m=[1]), "invalid_metadata"),
    "metadata past 4 kB": (one(m={"x": "y" * 4100}), "invalid_metadata"),
    "nested 5,000 deep": (raw("m", f'{{"x":{DEEP}}}'), "invalid_metadata"),
    "a number": ("5", "not_an_object"),
    "null": ("null", "not_an_object"),
    "a list": ("[]", "not_an_object"),
    "text": ('"DROP TABLE app.events"', "not_an_object"),
}


@pytest.mark.parametrize("name", BAD)
def test_poison_costs_nobody_but_itself(
    api: Api, world: World, visit: Visit, name: str, subtests: pytest.Subtests
) -> None:
    poison, reason = BAD[name]
    answer = post(api, visit.site, around(visit, poison), {"X-Request-Id": "poison:1"})
    assert said(answer) == (200, "stored", 2, 0, 1)
    (row,) = bad_rows(world, visit.site)
    assert (row["reason"], row["request_id"]) == (reason, "poison:1")
    assert len(visit.cards(world)) == 1
    with subtests.test("replayed by the same path"):
        assert said(post(api, visit.site, row["payload"]))[0] in (200, 202)


def test_a_number_that_outgrows_its_bound_is_kept_all_the_same(
    api: Api, world: World, visit: Visit
) -> None:
    """1e100000 is 8 characters here and 100 kB once spelled out."""
    body = around(visit, raw("v", "1e100000"))
    assert said(post(api, visit.site, body)) == (200, "stored", 2, 0, 1)
    (row,) = bad_rows(world, visit.site)
    assert row["reason"] == "invalid_number"
    assert "1e100000" in row["payload"]
    assert len(row["payload"]) < 2 * len(body)


GOOD = {
    "NUL escape": ("a\\u0000b", "a\ufffdb"),
    "lone high surrogate": ("a\\ud83db", "a\ufffdb"),
    "lone low surrogate": ("a\\ude00b", "a\ufffdb"),
    "surrogates the wrong way round": ("\\ude00\\ud83d", "\ufffd\ufffd"),
    "a pair": ("\\ud83d\\ude00", "\U0001f600"),
    "an escaped backslash before u0000": ("\\\\u0000", "\\u0000"),
    "SQL": ("'); drop table app.events; --", "'); drop table app.events; --"),
    "HTML": ("<script>alert(1)</script>", "<script>alert(1)</script>"),
    "formula": ("=cmd|'/c calc'!A1", "=cmd|'/c calc'!A1"),
    "right to left": ("\u202egnp.exe", "\u202egnp.exe"),
    "zero width": ("a\u200b\ufeffb", "a\u200b\ufeffb"),
    "combining": ("Z\u0351\u036b\u0343", "Z\u0351\u036b\u0343"),
    "Turkish": ("İstanbul ığüşöç", "İstanbul ığüşöç"),
}


@pytest.mark.parametrize("name", GOOD)
@pytest.mark.parametrize("field", ["l", "m"])
def test_hostile_text_is_only_text(
    api: Api, world: World, visit: Visit, name: str, field: str
) -> None:
    sent, kept = GOOD[name]
    poison = raw(field, f'"{sent}"' if field == "l" else f'{{"x":"{sent}"}}')
    assert said(post(api, visit.site, around(visit, poison))) == (200, "stored", 3, 0, 0)
    found = [row["label" if field == "l" else "metadata"] for row in rows(world, visit)]
    assert (kept if field == "l" else {"x": kept}) in found


def rows(world: World, visit: Visit) -> list[dict[str, Any]]:
    return world.rows(EVENTS, site=visit.site.id)


def test_hostile_text_everywhere_else(api: Api, world: World, visit: Visit) -> None:
    """Envelope fields of any type and any text cost no event."""
    junks: list[Any] = [None, 5, [], {}, "x" * 3000, "\u0000'\"<\u202e", True]
    for junk in junks:
        other = Visit(visit.site, "utm_source=%00%ff'%3Cscript%3E&gclid=%20%2Fx%20&utm_medium=CPC")
        page = {"u": f"https://{visit.site.domain}/?{other.query}", "r": junk, "t": junk}
        for fields in ({"f": junk}, {"v": junk}, {"c": junk}, {"p": junk}, {"x": junk}):
            answer = other.send(api, tap(), **fields)
            assert said(answer)[:3] == (200, "stored", 1), (fields, answer.text)
        answer = other.send(api, tap(), p={**page, "sw": junk, "ch": junk})
        assert said(answer)[:3] == (200, "stored", 1), (junk, answer.text)
        assert len(other.cards(world)) == 1
    assert bad_rows(world, visit.site) == []


def test_urls_with_anything_in_them(api: Api, world: World, visit: Visit) -> None:
    for url in (
        "https://[::1/%",
        "x" * 5000,
        "javascript:alert(1)",
        "https://h/%zz?%=%&&&==?##",
        "https://h/" + "%F0%9F%98%80" * 300,
        "https://h/?gclid=%E2%28%A1",
        "//h/p",
        "",
    ):
        assert said(visit.send(api, event(u=url), p={"u": url, "r": url}))[:3] == (
            200,
            "stored",
            1,
        ), url
    assert bad_rows(world, visit.site) == []


def test_duplicate_keys(api: Api, world: World, visit: Visit) -> None:
    """The last one wins, as everywhere in JSON; in the envelope and in an event."""
    body = around(visit, '{"i":1,"i":2,"c":"nonsense","c":"page","a":"page_view"}')
    body = body[:-1] + f',"s":"{visit.session}"' + "}"
    assert said(post(api, visit.site, body)) == (200, "stored", 3, 0, 0)
    assert 2 in [row["id"] for row in rows(world, visit)]


def test_the_same_id_twice_in_one_batch(api: Api, world: World, visit: Visit) -> None:
    assert said(visit.send(api, tap(i=7), tap(i=7))) == (200, "stored", 1, 1, 0)
    assert [card["phone_clicks"] for card in visit.cards(world)] == [1]


def test_ages_are_clamped(api: Api, world: World, visit: Visit) -> None:
    sent = [event(i=1, g=-5e9), event(i=2, g=1e99), event(i=3, g=0.5), event(i=4, g=None)]
    assert said(visit.send(api, *sent)) == (200, "stored", 4, 0, 0)
    ages = "select id, received_at - occurred_at as age from app.events where site_id = %(site)s"
    found = {row["id"]: row["age"].total_seconds() for row in world.rows(ages, site=visit.site.id)}
    assert found == {1: 0, 2: 7 * 86400, 3: pytest.approx(0.0005, abs=1e-6), 4: 0}


def test_bytes_that_are_no_text(api: Api, world: World, visit: Visit) -> None:
    """What is not UTF-8 or holds a NUL byte never was a browser's: refused, and nothing leaks."""
    for junk in (b"\xff\xfe", b"\x00", b"\xed\xa0\xbd"):
        body = json.dumps(visit.batch(tap(), x="JUNK")).encode().replace(b"JUNK", junk)
        answer = post(api, visit.site, body)
        assert answer.status_code in (202, 400), answer.text
        assert "app." not in answer.text
    assert visit.cards(world) == []


def test_forged_request_id_is_not_carried(api: Api, world: World, visit: Visit) -> None:
    for header in ("x" * 65, "a b", "<script>"):
        post(api, visit.site, visit.batch(event(i="x")), {"X-Request-Id": header})
    assert {row["request_id"] for row in bad_rows(world, visit.site)} == {None}


def test_a_list_that_came_as_text(api: Api, world: World, visit: Visit) -> None:
    """What no list is in it stays a bad row; a number that grows is not let out."""
    batch = visit.batch(event(), tap())
    batch["e"] = json.dumps(batch["e"])
    assert said(api.sync(batch)) == (200, "stored", 2, 0, 0)
    assert len(visit.cards(world)) == 1
    for text in ("[", "7", '[{"i": 1e131071}]', json.dumps(json.dumps([tap()]))):
        assert said(api.sync({**batch, "e": text}))[:2] == (202, "kept")
    assert {row["reason"] for row in bad_rows(world, visit.site)} == {"invalid_batch"}
