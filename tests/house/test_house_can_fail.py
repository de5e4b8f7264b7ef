"""A rule that cannot fail is no rule: each mistake is made, and house.sql must name it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pyctl import config, tap

HOUSE = config.REPO / "db/tests/house.sql"
CASES = Path(__file__).parent / "mistakes/cases.sql"

_CASE = re.compile(
    r"^--: (?P<rule>.+): (?P<named>\S.*)\n(?P<mistake>(?:(?!--:).*\n)+)", re.MULTILINE
)
_MISTAKES = [
    (case["rule"], case["named"], case["mistake"]) for case in _CASE.finditer(CASES.read_text())
]


@pytest.mark.parametrize(
    ("rule", "named", "mistake"), _MISTAKES, ids=[f"{r[:40]}-{n}" for r, n, _ in _MISTAKES]
)
def test_the_mistake_is_caught(
    dsn: str, tmp_path: Path, rule: str, named: str, mistake: str
) -> None:
    """The mistake is made in the very transaction in which house.sql then runs."""
    file = tmp_path / "house.sql"
    file.write_text(HOUSE.read_text().replace("begin;\n", f"begin;\n{mistake}", 1))
    found = {result.name: result for result in tap.run_file(dsn, file)}
    assert found.get("file") is None, found["file"].diag
    (caught,) = [result for name, result in found.items() if name.startswith(rule)]
    assert caught.outcome == "failed"
    assert named in caught.diag


def test_every_rule_has_its_mistake(dsn: str) -> None:
    rules = {result.name for result in tap.run_file(dsn, HOUSE)}
    assert len(rules) > 30
    assert not [name for name in rules if not any(name.startswith(r) for r, _, _ in _MISTAKES)]
