"""Pages that promise cite tests that exist, no promise is without one, and no rule is skipped."""

from __future__ import annotations

import re

import pytest

from pyctl import config

PAGES = ["docs/rules.md", "docs/explanation/tenancy.md", "SECURITY.md"]
TEXTS = {page: (config.REPO / page).read_text(encoding="utf-8") for page in PAGES}
ALL = "\n".join(TEXTS.values())
IN_PYTHON = sorted(set(re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", ALL)))
IN_SQL = sorted(set(re.findall(r"`(db/tests/[\w/]+\.sql)` \"([^\"]+)\"", ALL)))
CITED = re.compile(r"`tests/[\w/]+\.py::\w+`|`db/tests/[\w/]+\.sql` \"[^\"]+\"")


@pytest.mark.parametrize(("file", "name"), IN_PYTHON)
def test_cited_test_exists(file: str, name: str) -> None:
    text = (config.REPO / file).read_text(encoding="utf-8")
    assert re.search(rf"^(async )?def {name}\(", text, re.MULTILINE)


@pytest.mark.parametrize(("file", "description"), IN_SQL)
def test_cited_assertion_exists(file: str, description: str) -> None:
    text = (config.REPO / file).read_text(encoding="utf-8").replace("''", "'")
    assert f"'{description}'" in text


@pytest.mark.parametrize("page", PAGES[1:])
def test_no_promise_is_without_a_test(page: str) -> None:
    (table,) = re.findall(r"^\| promise \| test \|\n\|---\|---\|\n((?:\|.*\n)+)", TEXTS[page], re.M)
    rows = table.splitlines()
    assert len(rows) > 15
    assert [row for row in rows if not CITED.search(row.split(" | ")[-1])] == []


def test_each_of_the_predecessors_failures_has_its_row() -> None:
    rows = re.findall(
        r"^\| (\d+) \|.*`(?:tests|db/tests)/.*$", TEXTS["docs/rules.md"], re.MULTILINE
    )
    assert [int(number) for number in rows] == list(range(1, 31))
