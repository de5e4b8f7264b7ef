"""What answers rows can be selected from, ordered, filtered and had as CSV: every one of them."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest

from tests.harness.requests import REQUESTS
from tests.harness.rest import Api
from tests.harness.world import Site, World
from tests.http.visit import Visit

# functions that read and answer rows of a composite type or returns table, with their columns
TABLES = """
select
    function.proname as name,
    case when function.proargmodes is null
        then array(
            select attname::text from pg_attribute
            where attrelid = answer.typrelid and attnum > 0 and not attisdropped order by attnum
        )
        else array(
            select part.name from unnest(function.proargnames, function.proargmodes)
                with ordinality as part (name, mode, ordinal)
            where part.mode = 't' order by part.ordinal
        )
    end as columns
from pg_proc as function join pg_type as answer on answer.oid = function.prorettype
where function.pronamespace = 'api'::regnamespace and function.proretset
    and function.provolatile = 's'
order by 1
"""
MORE: dict[str, dict[str, Any]] = {
    "dashboard_breakdown": {"dimension": "city"},
}


def test_every_table(
    api: Api, world: World, site: Site, visit: Visit, lead: dict[str, Any]
) -> None:
    """As owner and, where only they may, as admin."""
    owner, admin = world.owner(site.name), world.admin()
    real = {
        "site_id": site.id,
        "call_id": str(lead["id"]),
        "session_id": visit.session,
        "visitor_id": visit.visitor,
        "since": world.value("select (now() - interval '2 days')::text"),
        "until": world.value("select (now() + interval '1 minute')::text"),
    }
    tables = world.rows(TABLES)
    assert len(tables) > 15
    for table in tables:
        name, columns = table["name"], table["columns"]
        arguments = REQUESTS[name]
        said = {**arguments, **{key: real[key] for key in real if key in arguments}}
        said |= MORE.get(name, {})
        token = admin.token if name.startswith("admin_") else owner.token
        whole = api.call(name, said, token=token)
        assert whole.status_code == 200, (name, whole.text)
        rows = whole.json()
        assert all(set(row) == set(columns) for row in rows), name
        for column in columns:
            picked = api.call(
                name,
                said,
                token=token,
                params={"select": column, "order": f"{column}.desc.nullslast"},
            )
            assert picked.status_code == 200, (name, column, picked.text)
            assert [set(row) for row in picked.json()] == [{column}] * len(rows), (name, column)
        first = columns[0]
        none = api.call(name, said, token=token, params={first: "is.null", "limit": "1"})
        assert none.status_code == 200, (name, none.text)
        one = api.call(name, said, token=token, params={"limit": "1"})
        assert len(one.json()) == min(len(rows), 1), name
        sheet = api.call(name, said, token=token, headers={"Accept": "text/csv"})
        assert sheet.status_code == 200, (name, sheet.text)
        assert sheet.headers["Content-Type"].startswith("text/csv")
        lines = list(csv.reader(io.StringIO(sheet.text)))
        if rows:
            assert lines[0] == columns, name
            assert len(lines) == len(rows) + 1, name
        read = api.call(name, said, token=token, method="GET")
        assert read.status_code == 200, (name, read.text)


def test_the_dashboard_by_postgrest(
    api: Api, world: World, site: Site, lead: dict[str, Any]
) -> None:
    """Columns, order, filters and CSV on what a dashboard draws."""
    token = world.viewer(site.name).token
    said = {
        "site_id": site.id,
        "since": world.value("select (now() - interval '3 days')::text"),
        "until": world.value("select (now() + interval '1 minute')::text"),
        "ads_only": False,
    }

    def ask(name: str, more: dict[str, Any] | None = None, **params: str) -> Any:
        answer = api.call(f"dashboard_{name}", {**said, **(more or {})}, token=token, params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    assert ask("stats", select="intents,phone") == [{"intents": 1, "phone": 1}]
    assert ask("stats", {"compare": True}, select="period", order="period.desc") == [
        {"period": "previous"},
        {"period": "current"},
    ]
    assert ask("stats", {"compare": True}, period="eq.previous", select="period,intents") == [
        {"period": "previous", "intents": 0}
    ]
    days = ask("timeline", {"granularity": "day"}, select="label,intents")
    back = ask("timeline", {"granularity": "day"}, select="label,intents", order="label.desc")
    assert len(days) == 4
    assert back == days[::-1]
    lead_day = ask("timeline", {"granularity": "day"}, intents="gt.0", select="label,intents")
    assert lead_day == [day for day in days if day["intents"]]
    assert len(lead_day) == 1
    rows = ask("breakdown", {"dimension": "device"}, select="label,intents", intents="gte.1")
    assert [row["intents"] for row in rows] == [1]
    assert ask("breakdown", {"dimension": "device"}, is_other="is.true") == []
    for name, more in (("timeline", {"granularity": "day"}), ("breakdown", {"dimension": "os"})):
        sheet = api.call(
            f"dashboard_{name}",
            {**said, **more},
            token=token,
            headers={"Accept": "text/csv"},
            params={"select": "intents,label", "intents": "gt.0"},  # by the alphabet: contract.md
        )
        assert sheet.status_code == 200, sheet.text
        (row,) = csv.DictReader(io.StringIO(sheet.text))
        assert (set(row), row["intents"]) == ({"label", "intents"}, "1")
    assert lead is not None
    for wrong in ({"select": "no_such"}, {"select": "intents", "period": "eq.current"}):
        assert api.call("dashboard_stats", said, token=token, params=wrong).status_code == 400


@pytest.mark.parametrize(("separator", "amount"), [(";", "1600,50"), (",", "1600.50")])
def test_a_download_of_leads(
    api: Api, world: World, site: Site, lead: dict[str, Any], separator: str, amount: str
) -> None:
    editor = world.editor(site.name)
    card = api.call(
        "seal",
        {
            "call_id": str(lead["id"]),
            "version": 1,
            "amount": 1600.5,
            "currency": "TRY",
            "note": '=HYPERLINK("http://evil.example";"Işık; Şişli")\nikinci satır',
        },
        token=editor.token,
    )
    assert card.status_code == 200, card.text
    said = {
        "site_id": site.id,
        "since": world.value("select (now() - interval '2 days')::text"),
        "until": world.value("select (now() + interval '1 minute')::text"),
        "separator": separator,
    }
    for method in ("GET", "POST"):
        answer = api.call("export_intents", said, token=editor.token, method=method)
        assert answer.status_code == 200, answer.text
        assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
        disposition = answer.headers["Content-Disposition"]
        assert disposition.startswith(f'attachment; filename="intents_{site.domain}_')
        assert answer.content.startswith(b"\xef\xbb\xbf")
        text = answer.content.decode("utf-8-sig")
        assert text.endswith("\r\n")
        head, row = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
        found = dict(zip(head, row, strict=True))
        assert found["sale_amount"] == amount
        assert found["note"] == '\'=HYPERLINK("http://evil.example";"Işık; Şişli")\nikinci satır'
        assert found["target"] == "tel:+905321112233"
        # Named as in recent_intents: source is where the card came from, not the campaign's.
        assert (found["source"], found["utm_source"]) == ("click", "")
        assert found["card_id"] == str(lead["id"])


def test_a_download_of_numbers(api: Api, world: World, site: Site, lead: dict[str, Any]) -> None:
    editor, viewer = world.editor(site.name), world.viewer(site.name)
    said = {
        "site_id": site.id,
        "since": world.value("select (now() - interval '2 days')::text"),
        "until": world.value("select (now() + interval '1 minute')::text"),
    }
    answer = api.call("export_stats", said, token=editor.token)
    assert answer.status_code == 200, answer.text
    assert answer.content.startswith(b"\xef\xbb\xbf")
    assert 'filename="stats_' in answer.headers["Content-Disposition"]
    head, *rows = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";")
    days = api.call("dashboard_timeline", {**said, "granularity": "day"}, token=editor.token).json()
    assert [row[0] for row in rows] == [day["label"] for day in days]
    intents = head.index("intents")
    assert sum(int(row[intents]) for row in rows) == 1 == sum(day["intents"] for day in days)
    assert lead is not None
    assert api.call("export_stats", said, token=viewer.token).status_code == 403


def test_too_much_for_one_download(api: Api, world: World, site: Site) -> None:
    world.rows(
        "insert into app.calls (site_id, intent_action, intent_stamp, tapped_at, last_tap_at,"
        " last_action, currency)"
        " select %(site)s, 'phone', 'bulk ' || n, now(), now(), 'phone', 'TRY'"
        " from generate_series(1, 50001) as n",
        site=site.id,
    )
    said = {
        "site_id": site.id,
        "since": world.value("select (now() - interval '2 days')::text"),
        "until": world.value("select (now() + interval '1 minute')::text"),
    }
    token = world.editor(site.name).token
    answer = api.call("export_intents", said, token=token)
    assert (answer.status_code, answer.json()["message"]) == (400, "too_many_rows")
    for fewer in ({"status": "confirmed"}, {"ads_only": True}):
        answer = api.call("export_intents", {**said, **fewer}, token=token)
        assert (answer.status_code, answer.text.count("\r\n")) == (200, 1), answer.text
