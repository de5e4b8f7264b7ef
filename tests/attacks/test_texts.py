"""SQL, HTML, formulas, letters that run backwards or are not seen: text, or refused clearly."""

from __future__ import annotations

import csv
import hashlib
import hmac
import io
import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.harness.rest import Api
from tests.harness.world import Site, World
from tests.http.test_errors import tells_nothing
from tests.http.visit import Visit, bad_rows, event, said, tap

pytestmark = pytest.mark.usefixtures("fresh_buckets")

TEXTS = {
    "SQL": "'); drop table calls; -- $1 %s %I \\",
    "HTML": "<img src=x onerror=alert(1)><script>alert(1)</script>&amp;",
    "formula": '=HYPERLINK("http://evil.example","x")',
    "formula behind a blank": " \t=cmd|'/c calc'!A1",
    "formula with a plus": "+1+cmd|'/c calc'!A1",
    "formula with a minus": "-2+3",
    "formula with an at": "@SUM(1+1)",
    "formula in full width": "\uff1d1+1",
    "formula behind a separator": "x;=1+1\r\n,=1+1",
    "right to left": "\u202egnp.exe\u2066x\u2069",
    "zero width": "a\u200b\u200d\ufeffb",
    "combining": "Z\u0351\u036b\u0343\u036a",
    "emoji": "\U0001f468\u200d\U0001f469\u200d\U0001f467",
    "line breaks": "a\r\nSet-Cookie: x=1\r\n\r\n<html>",
    "line separators": "a\u2028b\u0085c",
    "escape": "\x1b[31mred\x1b]0;x\x07",
    "Turkish": "\u0130\u0131\u011f\u015f\u00e7\u00f6\u00fc",
    "quotes": "\"'`\u2019{{7*7}}${7*7}#{7*7}",
    "null word": "null",
    "long": "x" * 150,
}
CONTROL = {chr(n) for n in (*range(32), *range(127, 160))}


def same(sent: str, found: Any) -> bool:
    """Unharmed, but for blanks at its ends."""
    return isinstance(found, str) and found.strip() == sent.strip()


@pytest.mark.parametrize("kind", TEXTS)
def test_in_every_field_of_the_contract(
    api: Api, world: World, site: Site, lead: dict[str, Any], kind: str
) -> None:
    text = TEXTS[kind]
    owner = world.owner(site.name)
    at = {"site_id": site.id}

    def ask(name: str, /, **arguments: Any) -> Any:
        answer = api.call(name, arguments, token=owner.token)
        if answer.status_code >= 400:
            tells_nothing(answer)
        return answer

    def kept(answer: Any, found: Callable[[], Any], codes: set[str]) -> None:
        """It is there as it was sent, or it was refused by its name."""
        if answer.status_code < 300:
            assert same(text, found()), (kind, found())
        else:
            assert answer.status_code == 400
            assert answer.json()["message"] in codes, answer.text

    card = ask("create_call", **at, note=text, keyword=text, campaign=text)
    inbox = ask("recent_intents", **at).json()
    for field in ("note", "keyword", "utm_campaign"):
        kept(card, lambda f=field: next(  # type: ignore[misc]
            one for one in inbox if one["id"] == card.json()["id"])[f],
            {"invalid_text", "invalid_note"})  # fmt: skip
    sale = {"amount": 1, "currency": "TRY", "note": text}
    sealed = ask("seal", call_id=str(lead["id"]), version=1, **sale)
    kept(sealed, lambda: sealed.json()["note"], {"invalid_note"})
    kept(
        ask("update_profile", display_name=text),
        lambda: ask("profile").json()[0]["display_name"],
        {"invalid_name"},
    )
    for setting in ("name", "conversion_name"):
        (version,) = world.rows("select version from app.sites where id = %(s)s", s=site.id)
        changed = ask("update_site", **at, version=version["version"], changes={setting: text})
        kept(changed, lambda s=setting, c=changed: c.json()[s], {"invalid_setting"})  # type: ignore[misc]
    (version,) = world.rows("select version from app.sites where id = %(s)s", s=site.id)
    config = {"colour": text, text[:40]: [text]}
    changed = ask("update_site", **at, version=version["version"], changes={"config": config})
    assert changed.status_code == 200, changed.text
    assert changed.json()["config"] == config
    key = ask("create_api_key", **at, name=text, scopes=["read"])
    kept(key, lambda: ask("api_keys", **at).json()[0]["name"], {"invalid_name"})
    # only looked for, never kept
    for name, argument in (
        ("recent_intents", "search"), ("visitor_sessions", "visitor_id"),
        ("export_person", "visitor_id"), ("recent_intents", "cursor"), ("pulse", "since"),
    ):  # fmt: skip
        assert ask(name, **at, **{argument: text}).status_code in (200, 400), (name, argument)
    audit = world.rows(
        "select actor, action, before, after, request_id from app.audit_log"
        " where site_id = %(s)s and object_type = 'call'",
        s=site.id,
    )
    assert audit
    assert [row for row in audit if text in row.values() or f'"{text}"' in json.dumps(row)] == []


@pytest.mark.parametrize("kind", TEXTS)
def test_in_every_field_of_a_batch(api: Api, world: World, visit: Visit, kind: str) -> None:
    text = TEXTS[kind]
    visit.visitor = text
    odd = event("interaction", "note", l=text, u=f"/{text}", m={text[:40]: text, "list": [text]})
    page = {"u": f"https://{visit.site.domain}/{text}?utm_term={text}", "r": text, "t": text,
            "ch": {"platform": text, "mobile": text}}  # fmt: skip
    answer = visit.send(api, event(), odd, tap(l=text), v=text, p=page)
    assert said(answer)[0] == 200, answer.text
    assert answer.json()["accepted"] + answer.json()["rejected"] == 3
    assert len(visit.cards(world)) == 1
    rows = world.rows("select * from app.events where site_id = %(s)s", s=visit.site.id)
    if bad_rows(world, visit.site) == []:
        assert text in [row["label"] for row in rows]
    owner = world.owner(visit.site.name)
    at = {"site_id": visit.site.id, "session_id": visit.session}
    for name in ("session_details", "session_timeline"):
        tells = api.call(name, at, token=owner.token)
        assert tells.status_code == 200
        assert tells.headers["Content-Type"].startswith("application/json")


@pytest.mark.parametrize("kind", TEXTS)
def test_in_every_field_of_a_reported_call(api: Api, world: World, site: Site, kind: str) -> None:
    text = TEXTS[kind]
    secret = "s" * 43
    world.rows(
        "insert into access.call_secrets (site_id, current_secret) values (%(s)s, %(x)s)",
        s=site.id, x=secret,
    )  # fmt: skip
    for field in ("id", "at", "from", "to", "visitor", "click_id", "extra"):
        body = json.dumps({"k": site.key, "id": f"call-{field}", field: text})
        now = str(int(time.time()))
        sign = hmac.new(secret.encode(), f"{now}.{body}".encode(), hashlib.sha256).hexdigest()
        headers = {"Content-Type": "application/json", "X-Signature": f"t={now},v1={sign}"}
        answer = api.client.post("/rpc/call_event", content=body, headers=headers)
        tells_nothing(answer)
        assert answer.status_code in ((200,) if field != "id" else (200, 400)), answer.text


@pytest.mark.parametrize("separator", [";", ","])
def test_sheets_are_defused(api: Api, world: World, site: Site, separator: str) -> None:
    """Every text in every cell: read with either separator, none begins as a formula."""
    owner = world.owner(site.name)
    at = {"site_id": site.id}
    for text in TEXTS.values():
        visit = Visit(site, query="gclid=x")
        page = {
            "u": f"https://{site.domain}/?utm_term={text}&utm_campaign={text}",
            "r": "",
            "t": "",
        }
        assert visit.send(api, tap(l=text), p=page).status_code == 200
        card = api.call("create_call", {**at, "note": text, "keyword": text}, token=owner.token)
        assert card.status_code == 200, card.text
    span = {
        "since": world.value("select (now() - interval '2 days')::text"),
        "until": world.value("select (now() + interval '1 minute')::text"),
    }
    for name in ("export_intents", "export_stats"):
        answer = api.call(name, {**at, **span, "separator": separator}, token=owner.token)
        assert answer.status_code == 200, answer.text
        sheet = answer.content.decode("utf-8-sig")
        rows = list(csv.reader(io.StringIO(sheet, newline=""), delimiter=separator))
        assert len({len(row) for row in rows}) == 1
        for reader in (separator, ";" if separator == "," else ","):
            for row in csv.reader(io.StringIO(sheet, newline=""), delimiter=reader):
                for cell in row:
                    assert not harmful(cell), cell


def harmful(cell: str) -> bool:
    """What a spreadsheet would run; a number, also with a sign, is none."""
    bare = cell.strip()
    if not bare or bare[0] not in "=+-@\uff1d\uff0b\uff0d\uff20\t\r":
        return False
    try:
        float(bare.replace(",", "."))
    except ValueError:
        return True
    return bare[0] == "+" and not bare[1:].isdigit()
