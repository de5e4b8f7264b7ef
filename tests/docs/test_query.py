"""Each question of docs/how-to/query.md, asked by a real analyst of the demo, has its answer."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import dict_row
from typer.testing import CliRunner

from pyctl import analyst, config, db, seed
from tests.harness.world import World

PAGE = (config.REPO / "docs" / "how-to" / "query.md").read_text(encoding="utf-8")
QUESTIONS = {
    int(number): query
    for number, query in re.findall(
        r"^### (\d+)\. [^\n]+\n\n```sql\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL
    )
}
Rows = list[dict[str, Any]]
PASSWORD = "a long enough password"


@pytest.fixture(scope="module")
def ask(dsn: str, world: World) -> Iterator[Callable[[int], Rows]]:
    seed.demo(dsn)
    # somebody else's site, whose numbers would show
    other = world.site("neighbour")
    world.rows(
        "insert into app.calls (site_id, intent_action, intent_stamp, tapped_at, last_tap_at,"
        " last_action, currency, status, sale_amount, sealed_at) values (%(site)s, 'phone', 'x',"
        " now(), now(), 'phone', 'TRY', 'confirmed', 1000000, now())",
        site=other.id,
    )
    while world.value("select ops.roll_stats()"):
        pass
    arguments = ["create", "query_page", "--email", "a@agency.example", "--dsn", dsn]
    arguments += ["--site", "kadikoy-cilingir.example"]
    done = CliRunner().invoke(analyst.app, arguments, input=PASSWORD + "\n")
    assert done.exit_code == 0, done.output
    login: dict[str, Any] = conninfo_to_dict(dsn) | {
        "host": "127.0.0.1",
        "user": "query_page",
        "password": PASSWORD,
    }
    with psycopg.connect(**login, row_factory=dict_row) as conn:
        yield lambda number: conn.execute(db.as_query(QUESTIONS[number])).fetchall()
    world.rows("drop owned by query_page cascade; drop schema query_page; drop role query_page")


def total(rows: Rows, column: str) -> Any:
    return sum(row[column] for row in rows)


def test_there_are_fifteen() -> None:
    assert list(QUESTIONS) == list(range(1, 16))


def test_leads_by_day(ask: Callable[[int], Rows]) -> None:
    rows = ask(1)
    assert total(rows, "leads") == 11
    assert {row["action"] for row in rows} == {"phone", "whatsapp", "form"}


def test_keywords(ask: Callable[[int], Rows]) -> None:
    rows = ask(2)
    assert rows[0]["keyword"] == "oto çilingir"
    assert (rows[0]["leads"], rows[0]["sales"], rows[0]["revenue"]) == (2, 2, 4300)
    assert "gece çilingir" in {row["keyword"] for row in rows}


def test_funnel(ask: Callable[[int], Rows]) -> None:
    rows = {row["attribution"]: row for row in ask(3)}
    assert total(list(rows.values()), "revenue") == 10000
    assert total(list(rows.values()), "sessions") == 11
    paid = rows["First Click (Paid)"]
    assert (paid["sessions"], paid["lead_rate"], paid["sale_rate"]) == (7, 100, Decimal("57.1"))


def test_time_to_seal(ask: Callable[[int], Rows]) -> None:
    rows = ask(4)
    assert total(rows, "sales") == 5
    assert all(0 < row["median_hours"] <= row["longest"] < 24 for row in rows)


def test_hours(ask: Callable[[int], Rows]) -> None:
    rows = ask(5)
    assert (total(rows, "leads"), total(rows, "sales")) == (11, 5)
    assert all(0 <= row["hour"] <= 23 for row in rows)


def test_landing_pages(ask: Callable[[int], Rows]) -> None:
    rows = {row["page"]: row for row in ask(6)}
    assert rows["/oto-cilingir"]["sessions"] == 2
    assert rows["/"]["lead_rate"] == 100
    assert not [page for page in rows if "?" in page]


def test_junk(ask: Callable[[int], Rows]) -> None:
    rows = ask(7)
    assert total(rows, "junk") == 2
    assert {row["attribution"] for row in rows if row["junk"]} == {"Organic", "Ads Assisted"}


def test_revenue_by_day(ask: Callable[[int], Rows], world: World) -> None:
    rows = ask(8)
    # what lies in closed days; the demo's youngest sale is 31 hours old
    assert total(rows, "by_lead_day") == 10000
    assert total(rows, "by_seal_day") == 10000
    assert all(row["is_exact"] for row in rows)
    assert world.value("select count(*) from app.stats_marks") == 0


def test_who_came_back(ask: Callable[[int], Rows]) -> None:
    assert ask(9) == [{"first_by": "First Click (Paid)", "last_by": "Ads Assisted", "visitors": 1}]


def test_visits_until_the_first_lead(ask: Callable[[int], Rows]) -> None:
    assert ask(10) == [{"visits": 1, "visitors": 10}]


def test_what_is_not_exported(ask: Callable[[int], Rows]) -> None:
    assert ask(11) == [{"why": "no_click_id", "sales": 1, "amount": 650}]


def test_scrolled(ask: Callable[[int], Rows], world: World) -> None:
    rows = ask(12)
    assert total(rows, "taps") == 11
    assert {row["scrolled"] for row in rows} == {50}
    # who taps at once has scrolled nothing, and has tapped
    at_once = "from app.events where id = 4711 and created_month > now() - interval '2 months'"
    world.rows(
        "insert into app.events (site_id, session_id, id, created_month, occurred_at, category,"
        " action) select site_id, id, 4711, created_month, created_at - interval '1 hour',"
        " 'conversion', 'phone_call' from app.sessions"
        " where created_month > now() - interval '2 months' limit 1"
    )
    assert world.value(f"select count(*) {at_once}") == 1
    assert total(ask(12), "taps") == 12
    world.rows(f"delete {at_once}")


def test_devices(ask: Callable[[int], Rows]) -> None:
    (row,) = ask(13)
    assert row == {
        "device_type": "mobile", "sessions": 11, "seconds": 48, "pages": 1, "with_tap": 11
    }  # fmt: skip


def test_who_judged(ask: Callable[[int], Rows]) -> None:
    rows = ask(14)
    assert {row["action"]: row["actions"] for row in rows if row["actor"] != "system"} == {
        "seal": 6,
        "junk": 2,
        "cancel": 1,
    }


def test_weeks(ask: Callable[[int], Rows]) -> None:
    rows = ask(15)
    assert total(rows, "sales") == 5
    # the youngest two may be of today, which is not over
    assert 8 <= total(rows, "leads") <= 11
    assert all(row["week"].isoweekday() == 1 for row in rows)
