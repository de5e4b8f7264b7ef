"""docs/reference/contract.txt is what the database offers: its change shows in review."""

from __future__ import annotations

import difflib
import os
from pathlib import Path

from pyctl import config
from tests.harness.world import World

SNAPSHOT = config.REPO / "docs" / "reference" / "contract.txt"
SQL = Path(__file__).parent / "sql"
HEAD = """\
# Every function of schema api: arguments, answer, who may call it.
# Made by `make contract`, not by hand. A line that goes or changes breaks callers.
"""


def offered(world: World) -> str:
    parts = [
        str(row["said"])
        for name in ("functions", "types")
        for row in world.rows((SQL / f"{name}.sql").read_text(encoding="utf-8"))
    ]
    return HEAD + "\n" + "\n\n".join(parts) + "\n"


def test_the_contract_is_the_one_on_paper(world: World) -> None:
    now = offered(world)
    if os.environ.get("OPSMANTIK_TEST_RENEW"):
        SNAPSHOT.write_text(now, encoding="utf-8")
    written = SNAPSHOT.read_text(encoding="utf-8")
    difference = "\n".join(
        difflib.unified_diff(
            written.splitlines(),
            now.splitlines(),
            "docs/reference/contract.txt",
            "database",
            "",
            "",
            2,
            "",
        )
    )
    assert written == now, f"The contract has changed. If it is meant: make contract\n{difference}"


def test_a_change_shows(world: World) -> None:
    """Arguments, defaults, columns, grants, volatility: none of it can change unnoticed."""
    before = offered(world)
    for change in (
        "alter function api.sites() volatile",
        "alter function api.sites() security definer",
        "grant execute on function api.sites() to anon",
        "comment on function api.sites() is 'Something else.'",
        "alter function api.sites() rename to places",
        "create function api.another(a integer, b text default 'x') returns table (c date)"
        " language sql as 'select null::date'",
        "alter type app.card add attribute surprise text",
        "create domain api.new as text",
    ):
        with world.conn.transaction(force_rollback=True):
            world.rows(change)
            assert offered(world) != before, change
    assert offered(world) == before
