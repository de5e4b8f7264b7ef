"""docs/rules.md cites tests that exist, and skips no rule."""

from __future__ import annotations

import re

import pytest

from pyctl import config

RULES = (config.REPO / "docs" / "rules.md").read_text(encoding="utf-8")
IN_PYTHON = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", RULES)
IN_SQL = re.findall(r"`(db/tests/[\w/]+\.sql)` \"([^\"]+)\"", RULES)


@pytest.mark.parametrize(("file", "name"), IN_PYTHON)
def test_cited_test_exists(file: str, name: str) -> None:
    assert f"def {name}(" in (config.REPO / file).read_text(encoding="utf-8")


@pytest.mark.parametrize(("file", "description"), IN_SQL)
def test_cited_assertion_exists(file: str, description: str) -> None:
    text = (config.REPO / file).read_text(encoding="utf-8").replace("''", "'")
    assert f"'{description}'" in text


def test_each_of_the_predecessors_failures_has_its_row() -> None:
    rows = re.findall(r"^\| (\d+) \|.*`(?:tests|db/tests)/.*$", RULES, re.MULTILINE)
    assert [int(number) for number in rows] == list(range(1, 31))
