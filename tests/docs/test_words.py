"""docs/reference/words.md and docs/how-to/dashboard.md say all that the source can say."""

from __future__ import annotations

import re

import pytest

from pyctl import config
from tests.harness.world import World

WORDS = (config.REPO / "docs/reference/words.md").read_text(encoding="utf-8")
DASHBOARD = (config.REPO / "docs/how-to/dashboard.md").read_text(encoding="utf-8")
# the tracker's, machines', and what a URL of its own fetches
NOT_A_SCREENS = {"sync", "call_event", "core.js", "key_login"}


def section(title: str) -> list[list[str]]:
    """The cells of a section's table rows, without heads."""
    text = re.split(rf"^## {re.escape(title)}\n", WORDS, flags=re.MULTILINE)[1]
    lines = text.split("\n## ")[0].splitlines()
    heads = {place - 1 for place, line in enumerate(lines) if line.startswith("|---")}
    return [
        [cell.strip() for cell in line.strip("|").split(" | ")]
        for place, line in enumerate(lines)
        if line.startswith("| ") and place not in heads
    ]


def codes(rows: list[list[str]], column: int = 0) -> set[str]:
    return {code for row in rows for code in re.findall(r"`([^`]+)`", row[column])}


def source(world: World, function: str) -> str:
    text: str = world.value("select pg_get_functiondef(%(name)s::regproc)", name=function)
    return text


def results(world: World, function: str) -> set[str]:
    """What the branches of its one case answer."""
    return set(re.findall(r"(?:THEN|ELSE) '([^']+)'", source(world, function), re.IGNORECASE))


def test_the_status_machine(world: World) -> None:
    rows = world.rows("select action, from_status, to_status from app.call_transitions")
    said = [tuple(cell.strip("`") for cell in row) for row in section("Status of a card")]
    assert sorted(said) == sorted(tuple(row.values()) for row in rows)


def test_signals_and_their_points(world: World) -> None:
    points = re.findall(r"WHEN '(\w+)'(?:::text)? THEN (\d+)", source(world, "app.signal_points"))
    assert len(points) > 5
    rows = section("Signals of the score")
    said = {row[0].strip("`"): re.match(r"\d+", row[1]) for row in rows}
    assert {name: match[0] for name, match in said.items() if match} == dict(points)


@pytest.mark.parametrize(
    ("title", "function"),
    [
        ("Reasons of a high risk", "app.risk_reasons"),
        ("Attribution", "app.attribution"),
    ],
)
def test_lists(world: World, title: str, function: str) -> None:
    found = results(world, function)
    assert len(found) > 3
    assert codes(section(title)) == found


def test_dimensions(world: World) -> None:
    known = set(world.value("select app.stats_dimensions()"))
    assert codes(section("Dimensions of a breakdown")) == known


def test_states_and_reasons_of_the_ad_platform(world: World) -> None:
    check = world.value(
        "select pg_get_constraintdef(oid) from pg_constraint"
        " where conname = 'conversions_state_check'"
    )
    kinds = world.value(
        "select pg_get_constraintdef(oid) from pg_constraint"
        " where conname = 'conversions_kind_check'"
    )
    quoted = r"'(\w+)'"
    known = set(re.findall(quoted, check)) | set(re.findall(quoted, kinds)) - {"conversion"}
    known |= results(world, "app.conversion_refusal") | results(world, "app.correction_refusal")
    known |= set(re.findall(r"cards = 0 then '(\w+)'", source(world, "app.refresh_conversion")))
    for function in ("app.correct_conversion", "ops.erase"):
        known |= set(re.findall(r"\n\s.*\breason = '(\w+)'", source(world, function)))
    assert codes(section("At the ad platform")) == known


def test_settings(world: World) -> None:
    known = set(re.findall(r"\('(\w+)', '\w+', \w+, \d", source(world, "app.setting_fault")))
    assert len(known) > 15
    assert codes(section("Settings of a site")) == known


def test_what_is_audited() -> None:
    said = {
        (kind, action)
        for row in section("What `activity` tells")
        for kind in codes([row])
        for action in codes([row], 1)
    }
    written = re.compile(
        r"write_audit\(\s*[\w.]+,\s*'(\w+)',\s*'(\w+)',",
    )
    found = {
        (kind, action)
        for path in (config.REPO / "db").rglob("*.sql")
        for action, kind in written.findall(path.read_text(encoding="utf-8"))
        if "tests" not in path.parts
    }
    assert len(found) > 10
    assert found <= said
    assert {kind for kind, _ in said} == {kind for kind, _ in found} | {"call", "site_member"}


def test_columns_of_a_card(world: World) -> None:
    known = set(
        world.value(
            "select array_agg(attname::text) from pg_attribute"
            " where attrelid = 'app.card'::regclass and attnum > 0"
        )
    )
    assert codes(section("Columns of a card that need a word")) - known == {"session_*"}


def test_each_function_has_its_screen(world: World) -> None:
    known = set(
        world.value(
            "select array_agg(proname::text) from pg_proc"
            " where pronamespace = 'api'::regnamespace"
            " and (has_function_privilege('authenticated', oid, 'execute')"
            " or has_function_privilege('anon', oid, 'execute'))"
            " and proname not like '%%.csv'"
        )
    )
    rows = [line for line in DASHBOARD.splitlines() if line.startswith("| ")]
    named = {name for line in rows for name in re.findall(r"`(\w+)`", line)} - {"compare"}
    assert named == known - NOT_A_SCREENS
