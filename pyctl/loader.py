"""Loading files that depend on each other in an order that nobody wrote down."""

from __future__ import annotations

from pathlib import Path

from psycopg import sql

from pyctl import db, source

_NOT_YET = ("42883", "42P01", "42704", "42703")  # function, table, type, column not there yet
# Nor is the type that a column will have after a step: what else a body says may be right then.
_OF_TYPES = ("42804", "42846", "42P13", "42P18", "42803", "42702", "22P02", "22007")


def set_role(conn: db.Connection, role: str | None) -> None:
    """Until the transaction ends; None: the connecting user again."""
    name = sql.Identifier(role) if role else sql.SQL("none")
    conn.execute(sql.SQL("set local role {}").format(name))


class Loader:
    """Runs files in order; a file that names what is not there yet is run again after the others.

    So nobody keeps a load list by hand: functions bind to each other and to tables, and triggers
    to functions, whatever their files are called.
    """

    def __init__(self, conn: db.Connection, root: Path, step: db.Step) -> None:
        self._conn, self._root, self._step = conn, root, step
        self._waiting: list[tuple[source.Phase, Path]] = []
        self._errors: dict[Path, db.SqlFileError] = {}

    def run(self, phase: source.Phase) -> None:
        """Runs a phase's files, then as many of those that waited as now can."""
        if phase.makes_schema:
            self._conn.execute(db.query("allow_schemas"))  # app_owner makes api and reporting
        self._settle([(phase, path) for path in phase.files(self._root)] + self._waiting)

    def again(self) -> None:
        """Runs those that wait once more: something else has made what they name."""
        self._settle(self._waiting)

    def _settle(self, todo: list[tuple[source.Phase, Path]]) -> None:
        while todo:
            self._waiting = [one for one in todo if not self._try(*one)]
            if len(self._waiting) == len(todo):
                break
            todo = self._waiting

    @property
    def is_done(self) -> bool:
        """Does no file wait any more?"""
        return not self._waiting

    def finish(self) -> None:
        """Raises what a file said that never found its objects."""
        errors = [self._errors[path] for _, path in self._waiting]
        # what only misses something may miss what another file failed to make
        for error in sorted(errors, key=lambda one: one.sqlstate in _NOT_YET):
            raise error

    def _try(self, phase: source.Phase, path: Path) -> bool:
        try:
            with self._conn.transaction():
                set_role(self._conn, phase.role)
                db.run_file(self._conn, path, self._step)
                set_role(self._conn, None)
        except db.SqlFileError as error:
            if error.sqlstate not in _NOT_YET + _OF_TYPES:
                raise
            self._errors[path] = error
            return False
        return True
