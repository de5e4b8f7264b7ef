"""Schema reporting in a replay: analysts' views stand on ours, so ours are replaced in place."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from psycopg import sql

from pyctl import db, source, sqltext
from pyctl.errors import OperatorError

SCHEMA = "reporting"
_CREATE = re.compile(r"create\s+", re.IGNORECASE)
_CHANGED = "42P16"  # a column went, or has another name or type


class ViewsError(OperatorError):
    """A view has to be dropped, and objects of others need it."""


def _name(statement: sqltext.Statement) -> str | None:
    """The view that the statement makes in schema reporting."""
    words = statement.words
    if words[:4] != ("create", "view", SCHEMA, "."):
        return None
    return words[4].strip('"')


class Views:
    """Replaces views; drops and makes anew where that can't be and nobody else would lose by it."""

    def __init__(self, conn: db.Connection, root: Path, step: db.Step) -> None:
        """``step`` runs every statement that makes no view."""
        self._conn, self._step = conn, step
        self._wanted = {
            name
            for phase in source.PHASES
            if phase.folder == SCHEMA
            for path in phase.files(root)
            for statement in db.read_statements(path)
            if (name := _name(statement))
        }
        self._refused: dict[str, list[dict[str, Any]]] = {}

    def step(self, conn: db.Connection, path: Path, statement: sqltext.Statement) -> None:
        """Runs one statement of a file. See :func:`db.run_file`."""
        name = _name(statement)
        if name is None:
            self._step(conn, path, statement)
            return
        replacing = _CREATE.sub("create or replace ", statement.text, count=1)
        try:
            with conn.transaction():
                db.run_statement(conn, path, statement, replacing)
        except db.SqlFileError as error:
            if error.sqlstate != _CHANGED:
                raise
            if self._can_go(name):
                # what goes with it is ours; missing() tells that it has to be made again
                self._drop([name], "cascade")
                db.run_as_written(conn, path, statement)

    def missing(self) -> bool:
        """Has a view of the source gone together with one that it stands on?"""
        return bool(self._wanted - self._refused.keys() - {v["name"] for v in self._live()})

    def finish(self) -> None:
        """Drops views that no file makes any more.

        Raises:
            ViewsError: for all at once, each with who needs it.
        """
        stale = [v["name"] for v in self._live() if v["name"] not in self._wanted]
        going = [name for name in stale if self._can_go(name)]
        if self._refused:
            raise ViewsError(
                "\n".join(self._refusal(name) for name in sorted(self._refused)),
                "Their owners (or you) drop them, and make them again after the deploy."
                " Nothing was changed.",
            )
        if going:
            self._drop(going, "restrict")

    def _refusal(self, name: str) -> str:
        what = "changes its columns" if name in self._wanted else "is no longer in the source"
        needed = "".join(
            f"\n  {one['kind']} {one['name']}, owner {one['owner'] or 'unknown'}"
            for one in self._refused[name]
        )
        return f"{SCHEMA}.{name} {what}, but these depend on it:{needed}"

    def _live(self) -> list[dict[str, Any]]:
        return db.rows(self._conn, "reporting_views")

    def _can_go(self, name: str) -> bool:
        """Notes who would lose something."""
        others = db.rows(self._conn, "view_dependents", view=f'{SCHEMA}."{name}"')
        if others:
            self._refused[name] = others
        return not others

    def _drop(self, names: list[str], how: str) -> None:
        views = sql.SQL(", ").join(sql.Identifier(SCHEMA, name) for name in names)
        self._conn.execute(sql.SQL("drop view {} {}").format(views, sql.SQL(db.as_query(how))))
