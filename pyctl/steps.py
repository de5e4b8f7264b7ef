"""The steps of ``db/migrations``: reading them, and which of them a database still needs."""

from __future__ import annotations

import datetime
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from psycopg import sql

from pyctl import db, sqltext
from pyctl.errors import OperatorError

FOLDER = "migrations"
BASELINE = "baseline.sql"
LOOK = "-- LOOK"
OUTSIDE = "outside transaction"
SUPERUSER = "as superuser"

_NAME = re.compile(r"(\d{14})_([a-z0-9_]+)\.sql")
_DIRECTIVE = re.compile(r"^-- migrate: *(.+?) *$", re.MULTILINE)
_REASON = re.compile(r"^-- squawk ([a-z0-9-]+): *(\S.*)$", re.MULTILINE)
_ALLOWED_OUTSIDE = (
    r"create (unique )?index concurrently [^ ]+ on ",
    r"drop index concurrently if exists ",
    r"reindex .*concurrently ",
    r"alter type .* add value if not exists ",
    r"alter table .* validate constraint ",
    r"(do|call|vacuum|analyze)\b",
)
_CODE = re.compile(r"(create|alter|drop) (or replace )?(function|procedure|routine|policy|view) ")
CLOCK_SKEW = datetime.timedelta(minutes=10)


class StepError(OperatorError):
    """A file of db/migrations, or its place among the others, is refused. Nothing was changed."""

    def __init__(self, problems: list[str]) -> None:
        text = "\n".join(f"  - {problem}" for problem in problems)
        super().__init__(f"The migrations are refused:\n{text}", "Nothing was changed.")
        self.problems = problems


@dataclass(frozen=True)
class Step:
    """One file. ``outside``: run before the deploy's transaction, statement by statement."""

    version: str
    name: str
    path: Path
    checksum: str
    outside: bool
    superuser: bool
    reasons: dict[str, str]
    looks: tuple[int, ...]
    statements: tuple[sqltext.Statement, ...]

    @property
    def title(self) -> str:
        return f"{self.version}_{self.name}"


def _flat(statement: sqltext.Statement) -> str:
    text = re.sub(r" ?\. ?", ".", statement.canonical)
    return text.lower()


def concurrent_index(statement: sqltext.Statement) -> tuple[str, str, str] | None:
    """(schema, table, index) of a ``create index concurrently``."""
    pattern = r"create (?:unique )?index concurrently (\S+) on (?:only )?(\w+)\.(\w+) "
    match = re.match(pattern, _flat(statement))
    return (match[2], match[3], match[1].strip('"')) if match else None


def concurrent_index_on(
    statement: sqltext.Statement,
    index: sql.Identifier,
    relation: sql.Identifier,
    *,
    only: bool = False,
) -> sql.Composed:
    """The same index by another name on another relation; ``only``: on no partition, and plain."""
    words = [token.text.lower() for token in statement.tokens]
    table = words.index("on", words.index("concurrently")) + 3 + ("only" in words[:8])
    rest = statement.text[statement.tokens[table].end - statement.start :]
    return sql.SQL("create {}index {} {} on {} {} {}").format(
        sql.SQL("unique " if words[1] == "unique" else ""),
        sql.SQL("" if only else "concurrently"),
        index,
        sql.SQL("only" if only else ""),
        relation,
        sql.SQL(db.as_query(rest)),
    )


def _problems(step: Step) -> list[str]:
    found: list[str] = []
    for statement in step.statements:
        text, where = _flat(statement), f"{step.path.name}:{statement.line}"
        if sqltext.transaction_statement(statement):
            found.append(f"{where}: '{statement.words[0]}' escapes the transaction")
        elif _CODE.match(text):
            found.append(f"{where}: that is code, its file elsewhere in db/ brings it")
        elif step.outside and not any(re.match(one, text) for one in _ALLOWED_OUTSIDE):
            found.append(
                f"{where}: may not run outside the transaction, or not twice; allowed are create,"
                " drop (if exists) and reindex … concurrently, add value if not exists, validate"
                " constraint, do, call, vacuum, analyze"
            )
        elif not step.outside and re.match(r"(create|drop|reindex)\b.* concurrently ", text):
            found.append(f"{where}: concurrently needs a file with '-- migrate: {OUTSIDE}'")
    return found


def read_one(path: Path, now: datetime.datetime) -> tuple[Step, list[str]]:
    """A file, and what is wrong with it."""
    match = _NAME.fullmatch(path.name)
    if match is None:
        raise StepError([f"{path.name}: the name is not <YYYYMMDDHHMMSS>_<what>.sql"])
    text = path.read_text(encoding="utf-8")
    directives = _DIRECTIVE.findall(text)
    statements = tuple(sqltext.statements(text))
    digest = hashlib.sha256()
    for part in (*sorted(directives), *(one.canonical for one in statements)):
        digest.update(f"{part};\n".encode())
    looks = tuple(n for n, line in enumerate(text.splitlines(), 1) if line.startswith(LOOK))
    step = Step(
        match[1], match[2], path, digest.hexdigest(), OUTSIDE in directives,
        SUPERUSER in directives, dict(_REASON.findall(text)), looks, statements,
    )  # fmt: skip
    problems = [
        f"{path.name}: no directive: {one}" for one in directives if one not in (OUTSIDE, SUPERUSER)
    ]
    try:
        made = datetime.datetime.strptime(f"{match[1]}+0000", "%Y%m%d%H%M%S%z")
    except ValueError:
        problems.append(f"{path.name}: {match[1]} is no time")
    else:
        if made > now + CLOCK_SKEW:
            problems.append(f"{path.name}: is dated in the future (now: {now:%Y%m%d%H%M%S} UTC)")
    if not statements:
        problems.append(f"{path.name}: is empty")
    return step, problems + _problems(step)


def read(root: Path, *, now: datetime.datetime | None = None) -> list[Step]:
    """All steps in order of their versions; StepError names every problem at once."""
    now = now or datetime.datetime.now(datetime.UTC)
    found: list[Step] = []
    problems: list[str] = []
    for path in sorted((root / FOLDER).glob("*.sql")):
        if path.name == BASELINE:
            continue
        try:
            step, wrong = read_one(path, now)
        except StepError as error:
            problems += error.problems
            continue
        problems += wrong
        if found and found[-1].version == step.version:
            problems.append(f"{path.name}: has the version of {found[-1].path.name}")
        found.append(step)
    if problems:
        raise StepError(problems)
    return found


def pending(steps: list[Step], ledger: list[dict[str, Any]]) -> list[Step]:
    """What is still to do; StepError when files and ledger contradict each other."""
    files = {step.version: step for step in steps}
    problems = []
    for row in ledger:
        title = f"{row['version']}_{row['name']}"
        step = files.get(row["version"])
        if step is None:
            problems.append(
                f"{title}: was {row['how']} here on {row['applied_at']}, but its file is missing"
                " (is the source older than the database?)"
            )
        elif step.checksum != row["checksum"]:
            problems.append(
                f"{step.path.name}: was edited after it was {row['how']} here on"
                f" {row['applied_at']}; put it back, and write a further step"
            )
    done = {row["version"] for row in ledger}
    newest = max(done, default="")
    todo = [step for step in steps if step.version not in done]
    problems += [
        f"{step.path.name}: is older than {newest}, which this database already has; give it a"
        " newer version"
        for step in todo
        if step.version < newest
    ]
    if problems:
        raise StepError(problems)
    return todo


def looked_at(todo: list[Step]) -> None:
    """Refuses drafts that still carry marks."""
    problems = [
        f"{step.path.name}:{line}: still says '{LOOK}': look, then delete the mark"
        for step in todo
        for line in step.looks
    ]
    if problems:
        raise StepError(problems)


def ledger(conn: db.Connection) -> list[dict[str, Any]]:
    """The steps that the database has behind it; none where nothing was deployed yet."""
    if not _deployed(conn):
        return []
    return db.rows(conn, "migrations")


def last_deploy(conn: db.Connection) -> dict[str, Any] | None:
    """What the last deploy left in ``ops.deploys``."""
    return next(iter(db.rows(conn, "last_deploy")), None) if _deployed(conn) else None


def _deployed(conn: db.Connection) -> bool:
    deploys, migrations = conn.execute(
        "select to_regclass('ops.deploys') is not null, to_regclass('ops.migrations') is not null"
    ).fetchone() or (False, False)
    if deploys and not migrations:
        raise OperatorError(
            "This database is older than its ledger of migrations (there is no table"
            " ops.migrations): no step leads from it to this source. Nothing was changed.",
            "Deploy into an empty database: createdb NEW, pyctl migrate apply --dsn ...;"
            " for the demo of `make up`, which loses its data by it: make down, delete"
            " OPSMANTIK_HOME (.opsmantik), make up.",
        )
    return bool(deploys)


def record(conn: db.Connection, step: Step, how: str) -> None:
    """Writes the ledger's row."""
    arguments = {"version": step.version, "name": step.name, "checksum": step.checksum, "how": how}
    conn.execute(db.query("record_migration"), arguments)


def in_one_go(todo: list[Step]) -> bool:
    """Do all that run outside the transaction come before the others?"""
    outside = [step.outside for step in todo]
    return outside == sorted(outside, reverse=True)
