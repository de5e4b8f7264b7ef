"""``pyctl migrate draft``: migra writes, what it cannot see is added, the rest is marked."""

from __future__ import annotations

import contextlib
import datetime
import re
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from psycopg import sql

from pyctl import (
    catalogue,
    db,
    deploy,
    facts,
    loader,
    shadow,
    source,
    sqltext,
    squawk,
    stepping,
    steps,
)
from pyctl.deploy import Say
from pyctl.errors import OperatorError

ROUNDS = 3  # what one statement makes, another may speak of
_ALONE = f"Only the superuser may: a step of its own, with '-- migrate: {steps.SUPERUSER}', dated"

# What a statement does to rows that are there, which squawk does not say or says too softly.
_DANGERS = (
    (r"drop table (\S+)", "all rows of {} are lost. Has it a new name? --rename SCHEMA.OLD:NEW"),
    (
        r"alter table (\S+) drop column (\S+)",
        "what stands in {} is lost. A new name? --rename SCHEMA.TABLE.OLD:NEW. Else carry it over.",
    ),
    (
        r"alter table (\S+) alter column (\S+) (?:set data )?type (.+) using ",
        "each value of {} becomes {}: what does not fit is refused, cut or rounded.",
    ),
    (
        r"alter table (\S+) alter column (\S+) set not null",
        "a row without {} stops the step. Say before it what such rows become (update ...).",
    ),
    (
        r"alter table (\S+) add column (\S+) (?!.*\b(?:default|generated)\b).*\bnot null",
        (
            "a row that is there has no {}, and stops the step. Give it a default; or set it not"
            " null later, after saying what such rows get (update ...)."
        ),
    ),
    (
        (
            r"(?:create unique index \S+ on (?:only )?(\S+) |alter table (\S+) add constraint \S+"
            r" (?:primary key|unique|exclude)(?! using index))"
        ),
        "two rows of {} that are the same in it stop the step. Look for them on the live database.",
    ),
    (
        r"alter table (\S+) (?:validate|add) constraint (\S+)(?= foreign|$)(?!.* not valid)",
        "a row that breaks {} stops the step. Look for such rows on the live database.",
    ),
    (
        r"alter domain (\S+) add constraint (\S+)",
        (
            "a row that breaks {} stops the step. Look for such rows on the live database, in each"
            " column of that type."
        ),
    ),
    (
        r"alter domain (\S+) set not null",
        "a null of type {} stops the step. Say before it what such rows become (update ...).",
    ),
    (r"alter table (\S+) set unlogged", "a crash will empty {}."),
    (r"drop sequence (?:if exists )?(\S+)", "what {} has counted is lost."),
)
_HINTS = (
    (r"(role|default privileges|schema|setting of the database) ", f"{_ALONE} before this one."),
    (r"extension ", f"{_ALONE} before this one, or after it to drop."),
    (
        r"table (?s:.*)partitioned by",
        "This can't be changed in place: make another table, carry the rows over, swap the names.",
    ),
    (
        r"row months of",
        "Tell pg_partman as db/partitions does; months that are there stay as they were made.",
    ),
    (r"row of ", "Where operators may have changed it, say what becomes of theirs."),
    (r"partitions of ", "app.secure_partitions() closes what is open."),
    (r"type (?s:.*)\bover ", "Make a domain of another name, and give it to the columns."),
)
_RENAME = re.compile(r"([a-z_]+\.[a-z_0-9]+)(?:\.([a-z_0-9]+))?:([a-z_0-9]+)")
_VALUES = f"""-- New values of enums: nothing can use one before it is committed.
-- migrate: {steps.OUTSIDE}

"""
_SAME = (
    "If `apply` says it differs, only the text does (columns in another order, a statement in"
    " another file). A step of one line, `select 1;`, says that this is known."
)
_MADE = re.compile(r"create (?:unlogged )?table (\S+)")
_TYPED = re.compile(r'alter table (\S+) alter column "?(\w+)"? (?:set data )?type ')
_COUNTED = re.compile(r'alter table "(\w+)"\."(\w+)" alter column "(\w+)" add generated')


def _migra(left: str, right: str) -> list[str]:
    argv = [sys.executable, "-W", "ignore", "-m", "pyctl.differ", left, right]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no word"])[-1]
        raise OperatorError(f"migra failed: {last}", "Write the step by hand; then check it.")
    texts = []
    for statement in sqltext.statements(done.stdout):
        texts.append(statement.text)
        counted = _COUNTED.match(statement.text)
        if counted:
            texts.append(_count_on(*counted.groups()))
    return texts


def _count_on(schema: str, table: str, column: str) -> str:
    """A new counter begins past what others have counted."""
    text = sql.SQL(
        "select pg_catalog.setval(pg_catalog.pg_get_serial_sequence({}, {}),"
        " coalesce(max({}), 0) + 1, false) from {}"
    )
    named = sql.Identifier(schema, table)
    return text.format(
        sql.Literal(f"{schema}.{table}"), sql.Literal(column), sql.Identifier(column), named
    ).as_string(None)


def _before(dsn: str, root: Path, found: list[steps.Step], say: Say) -> None:
    """The state that all steps lead to; of the source's code only what they need: it may need what
    is missing."""
    shadow.deploy_baseline(dsn, root)
    with db.connect(dsn, autocommit=True, name="pyctl draft") as conn:
        for step in found:
            if not step.outside:
                deploy.leg(conn, root, [step], say)
            for statement in step.statements if step.outside else ():
                stepping.outside(conn, step, statement)


def _comparable(found: catalogue.Catalogue) -> catalogue.Catalogue:
    """Row security comes with the code."""
    return {
        key: "\n".join(line for line in text.splitlines() if not line.startswith("row security"))
        for key, text in found.items()
    }


@dataclass
class _Draft:
    """Statements, each tried on the database that the step starts from, and marks."""

    conn: db.Connection
    statements: list[str] = field(default_factory=list)
    marks: list[str] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)
    values: list[str] = field(default_factory=list)

    def add(self, texts: Iterable[str]) -> bool:
        """Runs those that are new; one that fails stays, with a mark. Was any new?"""
        new = [text for text in dict.fromkeys(texts) if text not in self.statements]
        for text in new:
            self.statements.append(text)
            self.parts += self._tried(text)
        return bool(new)

    def _tried(self, text: str) -> list[str]:
        """The statement, with the triggers that have to go meanwhile, or with why it fails."""
        try:
            self.run(text)
            return [f"{text};"]
        except psycopg.Error as error:
            fails = _fails(error)
        if match := _TYPED.match(text):
            found = db.rows(self.conn, "draft_triggers", table=match[1], column=match[2])
            texts = [one["undone"] for one in found] + [text] + [one["made"] for one in found]
            with contextlib.suppress(psycopg.Error):
                self.run(";\n".join(texts))
                return [f"{one};" for one in texts]
        return [fails, f"{text};"]

    def run(self, text: str, role: str | None = stepping.OWNER) -> None:
        with self.conn.transaction():
            loader.set_role(self.conn, role)
            self.conn.execute("set local search_path = ''")
            self.conn.execute("set local check_function_bodies = off")
            self.conn.execute(db.as_query(text))


def _fails(error: psycopg.Error) -> str:
    said = f"{steps.LOOK}: the next statement does not run: {error.diag.message_primary}"
    if error.sqlstate in stepping.NEEDS_CODE:
        said += ". Perhaps it will, where the source's code is: delete the mark, and check tells."
    return said


def _declared(draft: _Draft, renames: Sequence[str]) -> None:
    """Runs what is declared as renamed.

    Raises:
        OperatorError: one is not SCHEMA.TABLE.OLD:NEW or SCHEMA.OLD:NEW, or fails.
    """
    for one in renames:
        match = _RENAME.fullmatch(one)
        if match is None:
            raise OperatorError(
                f"{one} is no rename.",
                "Write SCHEMA.TABLE.OLD:NEW for a column, SCHEMA.OLD:NEW for a table.",
                exit_code=2,
            )
        table, column, new = match.groups()
        texts = [f"alter table {table} rename {f'column {column} ' if column else ''}to {new}"]
        if column is None and db.is_there(draft.conn, "partman.part_config"):
            moved = f"{table.split('.')[0]}.{new}"
            found = db.rows(draft.conn, "draft_moved_months", old=table, new=moved)
            texts += [row["statement"] for row in found]
        for text in texts:
            try:
                draft.run(text)
            except psycopg.Error as error:
                raise OperatorError(f"{text}: {db.describe(error)}") from error
            draft.statements.append(text)
            draft.parts.append(f"{text};")


def _bring_code(draft: _Draft, root: Path, wanted: db.Connection) -> None:
    """The source's functions as far as they go, instead of the old ones."""
    draft.conn.execute(db.query("draft_code"))
    for _ in range(2):  # they name each other
        for phase in source.PHASES:
            for path in phase.files(root) if phase.name == "functions" else ():
                for statement in db.read_statements(path):
                    text = re.sub(r"^create\s+", "create or replace ", statement.text, flags=re.I)
                    with contextlib.suppress(psycopg.Error):
                        draft.run(text, None)
    kept = {row["signature"] for row in db.rows(wanted, "routines", schema=None, name=None)}
    for row in db.rows(draft.conn, "routines", schema=None, name=None):
        if row["signature"] not in kept:
            with contextlib.suppress(psycopg.Error):
                draft.run(f"drop routine {row['signature']}", None)
    draft.conn.execute(db.query("step_aside"))


def _superusers(draft: _Draft, wanted: db.Connection) -> None:
    """What comes first in a step of its own: made here, so that the rest can be drafted."""
    made, undone = facts.superusers(draft.conn, wanted)
    for text in made:
        draft.marks.append(f"{text}; {_ALONE} before this one.")
        with contextlib.suppress(psycopg.Error):
            draft.run(text, None)
    draft.marks += [f"{text}; {_ALONE} after this one." for text in undone]


def _missing(draft: _Draft, wanted: catalogue.Catalogue) -> list[catalogue.Difference]:
    now = _comparable(catalogue.read_shadow(draft.conn))
    return catalogue.of_state(catalogue.differences(now, wanted), wanted)


def _fill(
    draft: _Draft, root: Path, left: str, right: str, renames: Sequence[str], roles: list[str]
) -> None:
    """All that can be written, then marks for the rest."""
    with db.connect(right, autocommit=True, name="pyctl draft") as conn:
        target, wanted = facts.read(conn), _comparable(catalogue.read_shadow(conn))
        _superusers(draft, conn)
        _declared(draft, renames)
        _bring_code(draft, root, conn)
    draft.values = facts.new_values(facts.read(draft.conn), target)
    for text in draft.values:
        draft.run(text)
    draft.add(facts.renames(facts.read(draft.conn), target))
    there = facts.read(draft.conn)
    draft.add(facts.between(there, target, "before"))
    texts, marks = facts.composites(there, target)
    draft.add(texts)
    draft.marks += marks
    draft.add(_migra(left, right))
    for _ in range(ROUNDS):
        is_new = draft.add(facts.between(facts.read(draft.conn), target, "after"))
        if not (draft.add(facts.comments(_missing(draft, wanted))) or is_new):
            break
    draft.marks += roles
    draft.marks += [
        _look(one)
        for one in _missing(draft, wanted)
        if not (one.kind == "role" or (one.kind == "extension" and None in (one.left, one.right)))
    ]


def _look(one: catalogue.Difference) -> str:
    text = one.text("with this draft", "source")
    hint = next((hint for pattern, hint in _HINTS if re.match(pattern, text)), "")
    return f"still missing: {text}" + (f"\n{hint}" if hint else "")


def _dangers(statements: list[str], there: facts.Side) -> list[str]:
    """What becomes of the rows that are there."""
    found = []
    plain = [text.replace('"', "") for text in statements]
    made = {match[1] for text in plain if (match := _MADE.match(text))}
    for text in plain:
        for pattern, says in _DANGERS:
            match = re.match(pattern, text, re.IGNORECASE)
            if match is None:
                continue
            table, *rest = (group for group in match.groups() if group is not None)
            if table in made and not text.startswith("drop "):  # it has no rows yet
                continue
            name = ".".join((table, *rest[:1]))
            # computed from the others, it holds nothing of its own
            if ("generated column", name) not in there.facts or "is lost" not in says:
                found.append(f"DATA: {says.format(name, *rest[1:])}")
    return list(dict.fromkeys(found))


def _marks(path: Path) -> list[str]:
    """squawk's findings, each to be changed or explained."""
    texts = {}
    for one in squawk.findings(path, outside=False):
        texts[one.rule] = (
            f"line {one.line}: {one.message} Change it, or say why: -- squawk {one.rule}: because …"
        )
    return list(texts.values())


def _marked(texts: Iterable[str]) -> list[str]:
    return [f"{steps.LOOK}: " + text.replace("\n", "\n--     ") for text in texts]


def draft(
    server: shadow.Server, root: Path, name: str, say: Say, renames: Sequence[str] = ()
) -> Path:
    """Writes ``db/migrations/<now>_<name>.sql`` and gives its path.

    ``renames``: columns and tables, each SCHEMA.TABLE.OLD:NEW or SCHEMA.OLD:NEW.

    Raises:
        OperatorError: there is no release, nothing differs, or migra failed.
    """
    if not shadow.baseline_path(root).exists():
        raise OperatorError(
            "Nothing is released yet: db/schema may simply be edited.",
            "The first release is frozen by pyctl migrate release.",
        )
    squawk.program()  # without it nothing is written
    found = steps.read(root)
    now = datetime.datetime.now(datetime.UTC)
    path = root / steps.FOLDER / f"{now:%Y%m%d%H%M%S}_{name}.sql"
    with server.database() as before, server.database() as after:
        say("one database from the released state and its steps")
        _before(before, root, found, say)
        # read before the other is made: roles belong to both
        old = catalogue.of(before)
        server.forget_roles()
        say("one from the source")
        # without its steps' ledger: only the state counts
        deploy.deploy(after, root)
        roles = [
            _look(one)
            for one in catalogue.differences(old, catalogue.of(after))
            if one.kind == "role"
        ]
        with db.connect(before, autocommit=True, name="pyctl draft") as conn:
            step = _Draft(conn)
            there = facts.read(conn)
            _fill(step, root, before, after, renames, roles)
    if step.values:
        early = now - datetime.timedelta(seconds=1)
        first = root / steps.FOLDER / f"{early:%Y%m%d%H%M%S}_{name}_values.sql"
        first.write_text(_VALUES + "".join(f"{text};\n" for text in step.values), encoding="utf-8")
        if not step.parts and not step.marks:
            return first
        say(f"also written, new values of enums: {first}")
    if not step.parts and not step.marks:
        raise OperatorError("Nothing differs: db/schema is where the steps lead.", _SAME)
    head = [f"-- {name.replace('_', ' ')}: why?", *_marked(_dangers(step.statements, there))]
    body = "\n".join((*head, "", "\n".join(step.parts), "", *_marked(step.marks))).strip() + "\n"
    path.write_text(body, encoding="utf-8")
    marks = _marked(_marks(path))
    if marks:
        path.write_text("\n".join((body, *marks)) + "\n", encoding="utf-8")
    return path
