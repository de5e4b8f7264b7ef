"""Getting from the code that is live to the code in the files, inside the deploy's transaction."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from pyctl import db, source, sqltext
from pyctl.errors import OperatorError

_CREATE = re.compile(r"create\s+", re.IGNORECASE)


class ReplayError(OperatorError):
    """The live database can't be brought to the source by replaying code."""


def _key(row: dict[str, Any]) -> tuple[int, str]:
    """One version of one routine: a replaced or renamed one has another."""
    return row["oid"], row["version"]


class Routines:
    """Replaces routines in place; remembers which of the old ones no file spoke of."""

    def __init__(self, conn: db.Connection, root: Path) -> None:
        """Call after the reset: from here on a changed row means a replayed routine."""
        self._keep = source.state_routines(root)
        self._before = {_key(row): row for row in self._now(conn, schema=None, name=None)}

    @staticmethod
    def _now(conn: db.Connection, schema: str | None, name: str | None) -> list[dict[str, Any]]:
        return db.rows(conn, "routines", schema=schema, name=name)

    def _untouched(
        self, conn: db.Connection, schema: str | None = None, name: str | None = None
    ) -> list[dict[str, Any]]:
        found = self._now(conn, schema, name)
        return [row for row in found if _key(row) in self._before]

    def step(self, conn: db.Connection, path: Path, statement: sqltext.Statement) -> None:
        """Runs one statement; ``create function`` replaces. See :func:`db.run_file`."""
        if self._is_there(conn, statement):
            return
        name = source.routine_name(statement)
        if name is None:
            db.run_as_written(conn, path, statement)
            return
        replacing = _CREATE.sub("create or replace ", statement.text, count=1)
        try:
            with conn.transaction():
                db.run_statement(conn, path, statement, replacing)
        except db.SqlFileError as error:
            # A changed result or argument name can't be replaced: the old one steps aside.
            if error.sqlstate != "42P13" or not self._untouched(conn, *name):
                raise
            self._set_aside(conn, *name)
            db.run_as_written(conn, path, statement)
        # A changed argument list made an overload: nobody may bind to the old one any more.
        self._set_aside(conn, *name)

    @staticmethod
    def _is_there(conn: db.Connection, statement: sqltext.Statement) -> bool:
        """A schema or plain domain that the reset has kept."""
        if statement.words[:2] == ("create", "schema"):
            query, name = "select to_regnamespace(%s) is not null", statement.words[2]
        elif source.plain_domain(statement):
            query, name = "select to_regtype(%s) is not null", "".join(statement.words[2:5])
        else:
            return False
        found = conn.execute(query, [name]).fetchone()
        return bool(found and found[0])

    def _set_aside(self, conn: db.Connection, schema: str, name: str) -> None:
        for row in self._untouched(conn, schema, name):
            new_name = f"{name[:40]}__stale_{row['oid']}"
            conn.execute(
                sql.SQL("alter routine {} rename to {}").format(
                    sql.SQL(db.as_query(row["signature"])), sql.Identifier(new_name)
                )
            )
            renamed = self._now(conn, schema, new_name)[0]
            self._before[_key(renamed)] = self._before[_key(row)]

    def bound_to_stale(self, conn: db.Connection) -> bool:
        """Does anything depend on a routine that was set aside?"""
        stale = [row["oid"] for row in self._untouched(conn)]
        return bool(db.rows(conn, "dependents", routines=stale))

    def drop_stale(self, conn: db.Connection) -> list[str]:
        """Drops what no file speaks of any more; gives the signatures as they were.

        Raises:
            ReplayError: something that is state (a trigger, a constraint) still needs it.
        """
        rows = [r for r in self._untouched(conn) if self._was(r) not in self._keep]
        refused: psycopg.errors.DependentObjectsStillExist | None = None
        left = rows
        while left:
            todo, left = left, []
            for row in todo:
                try:
                    with conn.transaction():
                        conn.execute(db.as_query(f"drop routine {row['signature']}"))
                except psycopg.errors.DependentObjectsStillExist as error:
                    refused = error
                    left.append(row)
            if refused and len(left) == len(todo):
                names = ", ".join(self._before[_key(row)]["signature"] for row in left)
                raise ReplayError(
                    f"No longer in the source (or with another signature), but still used: {names}."
                    f"\n{refused.diag.message_detail}",
                    "Nothing was changed.",
                ) from refused
        return [self._before[_key(row)]["signature"] for row in rows]

    def _was(self, row: dict[str, Any]) -> tuple[str, str]:
        """Schema and name before it was set aside."""
        before = self._before[_key(row)]
        return before["schema"], before["name"]
