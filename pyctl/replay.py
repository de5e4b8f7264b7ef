"""Getting from the code that is live to the code in the files, inside the deploy's transaction."""

from __future__ import annotations

import contextlib
import re
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from pyctl import db, loader, source, sqltext, views
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

    def step_aside(self, conn: db.Connection) -> None:
        """What is bound to tables lets go of them. All code has to be replayed after it."""
        rows = self._untouched(conn)
        conn.execute(db.query("step_aside"))
        now = {row["oid"]: row for row in self._now(conn, schema=None, name=None)}
        for row in rows:
            self._before[_key(now[row["oid"]])] = self._before[_key(row)]

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


class Code:
    """All of the source's code on a live database."""

    def __init__(self, conn: db.Connection, root: Path) -> None:
        """Call before anything is replayed."""
        conn.execute(db.query("reset_routines"))
        self._conn, self._root = conn, root
        self.routines = Routines(conn, root)
        self._load = loader.Loader(conn, root, self.routines.step)

    def functions(self) -> None:
        """As far as they find what they name; see :meth:`finish`."""
        self._run("functions")

    def reset_policies(self) -> None:
        """Call with the tables locked: policies, grants, and what of schema api is made again."""
        kept = "\n".join(source.plain_domains(self._root))
        self._conn.execute("select set_config('opsmantik.kept_domains', %s, true)", [kept])
        self._conn.execute(db.query("reset_policies"))

    def policies_and_api(self) -> None:
        """After :meth:`reset_policies`."""
        self._run("policies", "api")

    def step_aside(self) -> None:
        """Lets go of the tables. All of it has to be replayed after it."""
        self.reset_policies()
        self.routines.step_aside(self._conn)
        self._load = loader.Loader(self._conn, self._root, self.routines.step)

    def views(self) -> None:
        """Those of schema reporting; views.ViewsError where others need one as it was."""
        shown = views.Views(self._conn, self._root, self.routines.step)
        while True:
            load = loader.Loader(self._conn, self._root, shown.step)
            self._run("reporting", load=load)
            if not (shown.missing() and load.is_done):
                break
        shown.finish()
        load.finish()

    def some_views(self) -> None:
        """The same, or none of them."""
        with contextlib.suppress(db.SqlFileError, psycopg.Error), self._conn.transaction():
            self.views()

    def as_far_as_it_goes(self) -> None:
        """All of it; what needs a step that comes later comes with that one."""
        self.reset_policies()
        self.functions()
        self.policies_and_api()
        self.some_views()

    def finish(self) -> list[str]:
        """Raises for what never found its objects; drops what is no longer in the source."""
        self._load.again()
        self.views()
        self._load.finish()
        if self.routines.bound_to_stale(self._conn):
            # A file that came before the one with the new signature still calls the old one.
            again = loader.Loader(self._conn, self._root, self.routines.step)
            self._run("functions", load=again)
            again.finish()
        return self.routines.drop_stale(self._conn)

    def _run(self, *names: str, load: loader.Loader | None = None) -> None:
        for phase in source.PHASES:
            if phase.code and phase.name in names:
                (load or self._load).run(phase)
