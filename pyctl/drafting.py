"""``pyctl migrate draft``: migra writes, what it cannot see is added, the rest is marked."""

from __future__ import annotations

import datetime
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import psycopg
from psycopg import sql

from pyctl import catalogue, db, deploy, shadow, squawk, stepping, steps
from pyctl.deploy import Say
from pyctl.errors import OperatorError

# pg_identify_object's words where `comment on` has others
_KINDS = {
    "table column": "column",
    "composite type": "type",
    "table constraint": "constraint",
    "domain constraint": "constraint",
}


def _migra(left: str, right: str) -> str:
    argv = [sys.executable, "-W", "ignore", "-m", "pyctl.differ", left, right]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no word"])[-1]
        raise OperatorError(f"migra failed: {last}", "Write the step by hand; then check it.")
    return done.stdout.strip()


def _before(dsn: str, root: Path, found: list[steps.Step]) -> None:
    """The state that all steps lead to, without the source's code: it may need what is missing."""
    shadow.deploy_baseline(dsn, root)
    with db.connect(dsn, autocommit=True, name="pyctl draft") as conn:
        for step in found:
            if not step.outside:
                stepping.inside(conn, step)
            for statement in step.statements if step.outside else ():
                stepping.outside(conn, step, statement)


def _comparable(found: catalogue.Catalogue) -> catalogue.Catalogue:
    """Row security comes with the code."""
    return {
        key: "\n".join(line for line in text.splitlines() if not line.startswith("row security"))
        for key, text in found.items()
    }


def _comment(one: catalogue.Difference) -> str | None:
    """The statement, where the object's kind is one that has a simple name."""
    kind, name = _split(one.name)
    if one.kind != "comment" or kind is None:
        return None
    text = "null" if one.right is None else "'" + one.right.replace("'", "''") + "'"
    return f"comment on {kind} {name} is {text};"


def _split(identity: str) -> tuple[str | None, str]:
    for kind, word in _KINDS.items():
        if identity.startswith(f"{kind} "):
            return word, identity.removeprefix(f"{kind} ")
    kind, _, name = identity.partition(" ")
    simple = ("table", "index", "sequence", "type", "schema", "trigger")
    return (kind if kind in simple else None), name


_RENAME = re.compile(r"([a-z_]+)\.([a-z_0-9]+)\.([a-z_0-9]+):([a-z_0-9]+)")


def _first(before: str, after: str, renames: Sequence[str]) -> list[str]:
    """Runs and gives what must stand before migra's part: declared renames, domains, schema grants.

    Raises:
        OperatorError: a rename is not SCHEMA.TABLE.OLD:NEW, or fails.
    """
    made = []
    for one in renames:
        match = _RENAME.fullmatch(one)
        if match is None:
            raise OperatorError(f"{one} is no rename.", "Write SCHEMA.TABLE.OLD:NEW.", exit_code=2)
        schema, table, old, new = match.groups()
        made.append(f"alter table {schema}.{table} rename column {old} to {new};")
    with db.connect(after, name="pyctl draft") as conn:
        wanted = {(row["kind"], row["name"]): row for row in db.rows(conn, "draft_first")}
    with db.connect(before, name="pyctl draft") as conn:
        there = {(row["kind"], row["name"]): row for row in db.rows(conn, "draft_first")}
        made += [f"{row['made']};" for key, row in wanted.items() if key not in there]
        made += [
            f"{row['undone']};"
            for key, row in there.items()
            if key not in wanted and row["undone"] is not None
        ]
        conn.execute("set local role app_owner")
        for statement in made:
            try:
                conn.execute(db.as_query(statement))
            except psycopg.Error as error:
                raise OperatorError(f"{statement} {db.describe(error)}") from error
    return made


def _job(one: catalogue.Difference, after: str) -> str | None:
    """The statement for a row of ops.jobs."""
    if one.kind != "row":
        return None
    name = one.name.removeprefix("job ")
    if one.right is None:
        gone = sql.SQL("delete from ops.jobs where name = {};").format(sql.Literal(name))
        return gone.as_string(None)
    with db.connect(after, name="pyctl draft") as conn:
        rows = {row["name"]: row["statement"] for row in db.rows(conn, "draft_jobs")}
    return str(rows[name])


def _left_over(
    dsn: str, after: str, text: str, wanted: catalogue.Catalogue, path: Path
) -> list[str]:
    """What is missing after the draft: statements where that is mechanical, marks where not."""
    with db.connect(dsn, autocommit=True, name="pyctl draft") as conn:
        try:
            path.write_text(text, encoding="utf-8")
            step, _ = steps.read_one(path, datetime.datetime.now(datetime.UTC))
            stepping.inside(conn, replace(step, superuser=False))
        except db.SqlFileError as error:
            if error.sqlstate is None:
                raise
            return [
                f"{steps.LOOK}: line {error.line} does not run: {error.message.splitlines()[0]}"
            ]
        now = _comparable(catalogue.read(conn))
    wanted = _comparable(wanted)
    parts = []
    for one in catalogue.of_state(catalogue.differences(now, wanted), wanted):
        marked = one.text("with this draft", "source").replace("\n", "\n--     ")
        done = _comment(one) or _job(one, after)
        parts.append(done or f"{steps.LOOK}: still missing: {marked}")
    return parts


def _marks(path: Path) -> list[str]:
    """squawk's findings, each to be changed or explained."""
    texts = {}
    for one in squawk.findings(path, outside=False):
        renamed = " (renamed? then say rename)" if one.rule == "ban-drop-column" else ""
        texts[one.rule] = (
            f"{steps.LOOK}: line {one.line}: {one.message}{renamed} Change it, or say why:"
            f" -- squawk {one.rule}: because …"
        )
    return list(texts.values())


def draft(
    server: shadow.Server, root: Path, name: str, say: Say, renames: Sequence[str] = ()
) -> Path:
    """Writes ``db/migrations/<now>_<name>.sql`` and gives its path.

    ``renames``: columns, each SCHEMA.TABLE.OLD:NEW.

    Raises:
        OperatorError: there is no release, nothing differs, or migra failed.
    """
    if not shadow.baseline_path(root).exists():
        raise OperatorError(
            "Nothing is released yet: db/schema may simply be edited.",
            "The first release is frozen by pyctl migrate release.",
        )
    found = steps.read(root)
    version = f"{datetime.datetime.now(datetime.UTC):%Y%m%d%H%M%S}"
    path = root / steps.FOLDER / f"{version}_{name}.sql"
    with server.database() as before, server.database() as after:
        say("one database from the released state and its steps")
        _before(before, root, found)
        say("one from the source")
        # without its steps' ledger: only the state counts
        deploy.deploy(after, root)
        wanted = catalogue.of(after)
        first = _first(before, after, renames)
        text = _migra(before, after)
        parts = _left_over(before, after, text or "select 1;", wanted, path)
        text = "\n\n".join((*first, text)).strip()
    if not text and not parts:
        path.unlink(missing_ok=True)
        raise OperatorError("Nothing differs: db/schema is where the steps lead.", exit_code=1)
    head = f"-- {name.replace('_', ' ')}: why?\n"
    path.write_text("\n".join((head, text, "", *parts)).strip() + "\n", encoding="utf-8")
    marks = _marks(path)
    if marks:
        body = path.read_text(encoding="utf-8")
        path.write_text(body + "\n" + "\n".join(marks) + "\n", encoding="utf-8")
    return path
