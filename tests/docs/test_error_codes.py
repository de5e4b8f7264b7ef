"""docs/reference/errors.md names every code of the source, and no other."""

from __future__ import annotations

import re

from pyctl import config

PAGE = config.REPO / "docs/reference/errors.md"
ROW = re.compile(r"^\| `([a-z_]+)` \| (\d{3}) \| (.+) \| (.+) \|$", re.MULTILINE)
ASSIGNED = re.compile(
    r"\b(?:message|v_conflict|conflict|code) :?=\s*(?:coalesce\(message, )?'([a-z]+(?:_[a-z]+)*)'"
)
# the conflicts of one step are the branches of one case
BRANCH = re.compile(r"\bthen '([a-z]+(?:_[a-z]+)+)'")
RAISED = re.compile(r"sqlstate 'PT(\d{3})' using\s+message = '([a-z_]+)'")
ROLES = {
    "viewer_required",
    "editor_required",
    "owner_required",
}  # message = min_role || '_required'


def sources() -> dict[str, str]:
    """Name and text of each file that can answer with a code."""
    folders = (config.REPO / "db/functions", config.REPO / "db/rpc")
    return {
        path.name: path.read_text(encoding="utf-8")
        for folder in folders
        for path in folder.rglob("*.sql")
    }


def test_the_list_is_the_sources() -> None:
    texts = sources()
    found = {code for text in texts.values() for code in ASSIGNED.findall(text)}
    found |= set(BRANCH.findall(texts["judge_locked.sql"])) | ROLES
    assert len(found) > 60
    assert {row[0] for row in ROW.findall(PAGE.read_text(encoding="utf-8"))} == found


def test_every_code_has_its_status_and_both_languages() -> None:
    rows = ROW.findall(PAGE.read_text(encoding="utf-8"))
    codes = [code for code, *_ in rows]
    assert codes == sorted(set(codes))
    statuses = dict(row[:2] for row in rows)
    raised = [pair for text in sources().values() for pair in RAISED.findall(text)]
    assert len(raised) > 50
    assert not [(code, http) for http, code in raised if statuses[code] != http]
    assert all(
        text.strip() == text and len(text) > 10
        for *_, turkish, english in rows
        for text in (turkish, english)
    )
