"""Running one pgTAP file and reading what it says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import psycopg

from pyctl import db, sqltext

SECONDS = 60
SEARCH_PATH = "tap"

Outcome = Literal["ok", "failed", "died", "not reached"]

_LINE = re.compile(
    r"(?P<no>not )?ok (?P<number>\d+)(?: - (?P<name>.*?))?(?: *# (?P<directive>.*))?$"
)
_PLAN = re.compile(r"1\.\.(\d+)")


@dataclass
class Result:
    """One assertion: its number in the file, and the line of the statement that made it."""

    number: int
    name: str
    outcome: Outcome
    line: int
    diag: str = ""
    todo: str | None = None
    skip: str | None = None

    @property
    def title(self) -> str:
        """Name of the test item: unique in the file, as numbers are."""
        return f"{self.number}: {self.name}" if self.number else self.name


@dataclass
class _Reading:
    results: list[Result] = field(default_factory=list)
    plan: int | None = None  # None: none was said, 0: no_plan()

    def take(self, text: str, line: int) -> None:
        """One value of a result; pgTAP puts an assertion and its diagnostics into one."""
        for each in text.split("\n"):
            if found := _PLAN.fullmatch(each):
                self.plan = int(found[1])
            elif found := _LINE.fullmatch(each):
                self.results.append(_result(found, line))
            elif each.strip() and self.results and not each.startswith("# Looks like"):
                self.results[-1].diag += each + "\n"


def _result(found: re.Match[str], line: int) -> Result:
    kind, _, reason = (found["directive"] or "").partition(" ")
    return Result(
        number=int(found["number"]),
        name=(found["name"] or "(no description)").strip(),
        outcome="failed" if found["no"] else "ok",
        line=line,
        todo=reason if kind.upper() == "TODO" else None,
        skip=reason if kind.upper() == "SKIP" else None,
    )


def _statements(path: Path) -> list[sqltext.Statement]:
    """Without the ``begin`` and ``rollback`` around the file, which psql would need."""
    found = sqltext.statements(path.read_text(encoding="utf-8"))
    if found and found[0].words == ("begin",):
        del found[0]
    if found and found[-1].words == ("rollback",):
        del found[-1]
    db.refuse_transactions(path, found)
    return found


def _values(cursor: psycopg.Cursor[tuple[object, ...]]) -> Iterator[str]:
    more: bool | None = True
    while more:
        if cursor.description:
            for row in cursor:
                yield from (value for value in row if isinstance(value, str))
        more = cursor.nextset()


def _is_no_plan(statement: sqltext.Statement) -> bool:
    return any(token.text.lower() == "no_plan" for token in statement.tokens)


def run_file(dsn: str, path: Path) -> list[Result]:
    """Every assertion of the file, and what else went wrong; nothing of it is kept.

    The file runs as the connecting superuser; pgTAP is found in schema ``tap``.
    """
    reading = _Reading()
    died: Result | None = None
    try:
        statements = _statements(path)
    except db.SqlFileError as error:
        return [Result(0, "file", "died", error.line, error.message)]
    with psycopg.connect(dsn, application_name=f"pgtap {path.name}") as conn:
        conn.execute("select set_config('search_path', %s, true)", [SEARCH_PATH])
        conn.execute("select set_config('statement_timeout', %s, true)", [f"{SECONDS}s"])
        for statement in statements:
            try:
                cursor = conn.execute(db.as_query(statement.text))
                for value in _values(cursor):
                    reading.take(value, statement.line)
            except psycopg.Error as error:
                position = error.diag.statement_position
                line = statement.line_at(int(position) if position else None)
                died = Result(0, "file", "died", line, f"{error.sqlstate} {db.describe(error)}")
                break
            if _is_no_plan(statement):
                reading.plan = 0
        conn.rollback()
    return reading.results + list(_verdict(reading, died, statements))


def _verdict(
    reading: _Reading, died: Result | None, statements: list[sqltext.Statement]
) -> Iterator[Result]:
    """What is to be said beside the assertions: the death, the unreached, a broken plan."""
    seen = len(reading.results)
    last_line = statements[-1].line if statements else 1
    if died is not None:
        yield died
        for number in range(seen + 1, (reading.plan or 0) + 1):
            diag = f"the file died in line {died.line}"
            yield Result(number, "not reached", "not reached", died.line, diag)
    elif reading.plan is None:
        yield Result(0, "plan", "failed", 1, "the file has no plan(): select plan(n) or no_plan()")
    elif seen == 0 or (reading.plan and reading.plan != seen):
        diag = f"planned {reading.plan} assertions, ran {seen}"
        yield Result(0, "plan", "failed", last_line, diag)
