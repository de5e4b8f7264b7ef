"""What operators do to tenants and people: one function of the database each, and its refusals."""

from __future__ import annotations

import datetime
import sys
from typing import Annotated, Any

import psycopg
import typer

from pyctl import db
from pyctl.errors import OperatorError

Since = Annotated[datetime.datetime, typer.Option(formats=["%Y-%m-%d"], help="The first day.")]
Until = Annotated[
    datetime.datetime, typer.Option(formats=["%Y-%m-%d"], help="The day after the last.")
]
# Of what concerns a site: in its audit chain too.
Reason = Annotated[
    str,
    typer.Option(help='Why; the log keeps it, the site\'s owner sees it. "ticket 4711".'),
]
# Of what concerns the installation or a person.
OwnReason = Annotated[str, typer.Option(help='Why; the operators\' log keeps it. "ticket 4711".')]


def do(conn: db.Connection, name: str, /, **arguments: Any) -> list[dict[str, Any]]:
    """Runs ``pyctl/sql/<name>.sql``; what the database refuses is a sentence and a way out.

    Raises:
        OperatorError: it was refused; nothing was changed.
    """
    try:
        return db.rows(conn, name, **arguments)
    except psycopg.errors.UniqueViolation as error:
        raise OperatorError(
            f"That name or address is taken: {error.diag.constraint_name}.", "Nothing was changed."
        ) from None
    except psycopg.errors.RaiseException as error:
        raise OperatorError(db.describe(error), "Nothing was changed.") from None
    except psycopg.errors.CheckViolation as error:
        # its detail is the whole row, secrets' digests among it
        said = error.diag.message_primary or str(error)
        raise OperatorError(said, "Nothing was changed.") from None
    except psycopg.Error as error:
        state = error.sqlstate or ""
        if not state.startswith(("PT", "55", "P0", "22")):
            raise
        detail = error.diag.message_detail or error.diag.message_primary or str(error)
        raise OperatorError(detail, error.diag.message_hint or "Nothing was changed.") from None


def find_site(conn: db.Connection, given: str, *, archived: bool = False) -> dict[str, Any]:
    """The one site of that id, domain or name, among those that stand or the archived.

    Raises:
        OperatorError: there is none, or more than one.
    """
    found = db.rows(conn, "find_sites", given=given, archived=archived)
    if len(found) == 1:
        return found[0]
    if not found and db.rows(conn, "find_sites", given=given, archived=not archived):
        state, way_out = (
            ("not archived", "pyctl site archive does that.")
            if archived
            else ("archived", "pyctl site restore brings it back; takeout takes --archived.")
        )
        raise OperatorError(f"The site {given} is {state}.", way_out, exit_code=2)
    if not found:
        kind, option = ("archived site", " --archived") if archived else ("site", "")
        raise OperatorError(
            f"There is no {kind} {given}.",
            f"Give its id or domain; pyctl site list{option} shows them.",
            exit_code=2,
        )
    each = "\n".join(f"  {site['id']} {site['domain']}" for site in found)
    raise OperatorError(f"More than one site is {given}:\n{each}", "Give the id.", exit_code=2)


def ask_password(least: int) -> str:
    """From a prompt, or from the first line of standard input; never an argument."""
    if sys.stdin.isatty():
        given: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    else:
        given = sys.stdin.readline().rstrip("\r\n")
    if len(given) < least:
        raise OperatorError(
            f"The password has {len(given)} characters; it needs {least}.",
            "Type it, or send it as the first line of standard input.",
            exit_code=2,
        )
    return given
