"""The one seam between Python and SQL."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, LiteralString

import psycopg
from psycopg.rows import TupleRow, dict_row

from pyctl import sqltext
from pyctl.errors import OperatorError

Connection = psycopg.Connection[TupleRow]
QUERIES = Path(__file__).parent / "sql"


class SqlFileError(OperatorError):
    """A file could not be run; ``sqlstate`` is None when it was we who refused it."""

    def __init__(self, path: Path, line: int, message: str, sqlstate: str | None = None) -> None:
        self.path, self.line, self.sqlstate, self.message = path, line, sqlstate, message
        super().__init__(f"{path}:{line}: {message}", "Nothing was changed.")


def connect(dsn: str, *, autocommit: bool = False, name: str = "pyctl") -> Connection:
    """A connection; the caller closes it (or uses it as a context manager).

    Raises:
        OperatorError: nobody answers there, or we are not let in.
    """
    try:
        return psycopg.connect(
            dsn,
            autocommit=autocommit,
            application_name=name,
            connect_timeout=10,
            prepare_threshold=None,
        )
    except psycopg.OperationalError as error:
        raise _no_way_in(str(error).strip()) from error


def _no_way_in(said: str) -> OperatorError:
    # libpq gives no SQLSTATE for a failed connection, only the server's words
    if "password" in said or "authentication failed" in said:
        return OperatorError(
            f"The database does not let us in: {said}",
            "Check the user in the connection string, and the password in ~/.pgpass (or the file"
            " that PGPASSFILE names).",
        )
    if "FATAL:" in said:
        return OperatorError(
            f"The database does not let us in: {said}",
            "It is running; what it says itself stands above.",
        )
    return OperatorError(
        f"The database cannot be reached: {said}",
        "Is it running (`pyctl status`)? `make up` starts it.",
    )


def as_query(text: str) -> LiteralString:
    """Text read from one of our own files: the only text that may be run as it stands."""
    return text


def query(name: str) -> LiteralString:
    """The text of ``pyctl/sql/<name>.sql``."""
    return as_query((QUERIES / f"{name}.sql").read_text(encoding="utf-8"))


def rows(conn: Connection, name: str, /, **arguments: Any) -> list[dict[str, Any]]:
    """Runs one named query and gives its rows as dictionaries."""
    with conn.cursor(row_factory=dict_row) as cursor:
        cursor.execute(query(name), arguments or None)
        return cursor.fetchall() if cursor.description else []


_NOT_OURS = (
    "This database is not as this source knows it",
    "Was it deployed? `pyctl migrate status` tells. If it was, this is a defect: `pyctl --debug`.",
)
# SQLSTATE (or its class) of what an operator meets: what is said before the server's words, and
# the way out.
_MET: dict[str, tuple[str, str]] = {
    **dict.fromkeys(("42P01", "42703", "42704", "42883", "3F000"), _NOT_OURS),
    "42501": (
        "The database does not let this login do it",
        "Come as the superuser: --dsn, or OPSMANTIK_DSN.",
    ),
    "25006": (
        "The database takes no writes",
        "It is a standby, or set so: point --dsn or OPSMANTIK_DSN at the primary.",
    ),
    "55P03": ("Somebody else has it locked", "Run it again; pg_stat_activity shows who."),
    "57014": ("It took too long and was ended", "Run it again when there is less to do."),
    "40": ("Somebody else changed it just then", "Nothing was changed; run it again."),
    "53": ("The server has no room left", "`pyctl doctor` looks at the disk; its log says more."),
    "57P": ("The connection was lost", "`pyctl status` tells what runs; then run it again."),
    "08": ("The connection was lost", "`pyctl status` tells what runs; then run it again."),
}


def explained(error: psycopg.Error) -> OperatorError | None:
    """The error as a sentence and a way out; None for what nobody expected."""
    if isinstance(error, psycopg.DataError) and "NUL" in str(error):  # psycopg's own refusal
        return OperatorError(f"What was sent is no text: {error}.", "Leave them out.", exit_code=2)
    state = error.sqlstate or ("08" if isinstance(error, psycopg.OperationalError) else "-")
    for length in (5, 3, 2):
        if found := _MET.get(state[:length]):
            what, way_out = found
            said = error.diag.message_primary or str(error).strip()
            return OperatorError(f"{what}: {said}", way_out)
    return None


def is_there(conn: Connection, table: str) -> bool:
    """Is there a relation of that name?"""
    found = conn.execute("select to_regclass(%s) is not null", [table]).fetchone()
    return bool(found and found[0])


def describe(error: psycopg.Error) -> str:
    """The server's message with detail, hint and context, for a person who reads a terminal."""
    diag = error.diag
    parts = [diag.message_primary or str(error).strip()]
    for label, text in (("detail", diag.message_detail), ("hint", diag.message_hint)):
        if text:
            parts.append(f"  {label}: {text}")
    if diag.context:
        parts.append("  in: " + diag.context.splitlines()[0])
    return "\n".join(parts)


def run_statement(conn: Connection, path: Path, statement: sqltext.Statement, text: str) -> None:
    """Runs one statement of a file (``text``: perhaps rewritten); errors name file and line."""
    try:
        conn.execute(as_query(text))
    except psycopg.Error as error:
        position = error.diag.statement_position
        line = statement.line_at(int(position) if position else None)
        raise SqlFileError(path, line, describe(error), error.sqlstate) from error


def refuse_transactions(path: Path, statements: list[sqltext.Statement]) -> None:
    """Raises SqlFileError when a statement would end the transaction that we run the file in."""
    for statement in statements:
        if sqltext.transaction_statement(statement):
            said = f"'{statement.words[0]}' is refused: it escapes the transaction"
            raise SqlFileError(path, statement.line, said)


def read_statements(path: Path) -> list[sqltext.Statement]:
    """The file's statements, none of which touches the transaction (else SqlFileError)."""
    found = sqltext.statements(path.read_text(encoding="utf-8"))
    refuse_transactions(path, found)
    return found


Step = Callable[[Connection, Path, sqltext.Statement], None]


def run_as_written(conn: Connection, path: Path, statement: sqltext.Statement) -> None:
    """The plain way to run a statement."""
    run_statement(conn, path, statement, statement.text)


def run_file(conn: Connection, path: Path, step: Step = run_as_written) -> None:
    """Runs a file in the caller's transaction, statement by statement.

    One by one, because only so an error at run time (which has no position) still has its line.
    """
    for statement in read_statements(path):
        step(conn, path, statement)
