"""``pyctl erasures``: keep the list of who was erased outside of the backups, and use it on one."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Annotated, Any, Literal

import psycopg
import typer

from pyctl import acts, completion, db, output, target
from pyctl.errors import OperatorError, unwritable

app = typer.Typer(
    no_args_is_help=True, help="Who was erased, as digests: a restored backup is cleaned again."
)

FORMAT = 1
NAMES = ("visitor", "phone", "session")
Site = Annotated[
    str,
    typer.Argument(metavar="SITE", help="Id, domain or name.", autocompletion=completion.sites),
]
File = Annotated[Path, typer.Argument(help="The list.", dir_okay=False, show_default=False)]


def gather(conn: db.Connection) -> dict[str, Any]:
    """The whole list, with what tells whether a database has the same key."""
    key = db.rows(conn, "erasure_key")[0]["key_check"]
    return {"format": FORMAT, "key_check": key, "erasures": db.rows(conn, "erasures")}


def read(path: Path) -> dict[str, Any]:
    """A list that ``export`` wrote.

    Raises:
        OperatorError: it is not there, or is something else.
    """
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise OperatorError(f"{path} can't be read: {error}", exit_code=2) from error
    if not isinstance(said, dict) or said.get("format") != FORMAT:
        raise OperatorError(
            f"{path} is no list of erasures.", "`pyctl erasures export` writes one.", exit_code=2
        )
    return said


def repeat_in(conn: db.Connection, said: dict[str, Any] | None) -> tuple[int, int]:
    """Adds the list, erases again; gives how many entries were added or known, and rows erased.

    Raises:
        OperatorError: the digests of the list were made with another key.
    """
    added = 0
    if said is not None:
        if said["key_check"] != db.rows(conn, "erasure_key")[0]["key_check"]:
            raise OperatorError(
                "The list was made with another key: nobody can be found by it here.",
                "Is this a backup of the same installation? Its row 'erasure' of access.secrets"
                " must be the one of then.",
            )
        listed = json.dumps(said["erasures"])
        added = len(db.rows(conn, "remember_erasures", erasures=listed))
    return added, db.rows(conn, "repeat_erasures")[0]["done"]


@app.command()
def export(path: File, dsn: target.Dsn = None) -> None:
    """Write the list to a file. It holds digests, no names; keep it apart from the backups.

    Example: pyctl erasures export /srv/keep/erasures.json
    """
    with db.connect(target.resolve(dsn)) as conn:
        said = gather(conn)
    # Whole or not at all: a list that ends in the middle forgets people.
    beside = path.with_name(f".{path.name}.new")
    try:
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(said, file, indent=1)
            file.write("\n")
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError as error:
        raise unwritable(path, error) from error
    output.say(f"{len(said['erasures'])} erasures written to {path}")


@app.command()
def person(
    site: Site,
    by: Annotated[Literal["visitor", "phone", "session"], typer.Option(help="What names them.")],
    reason: acts.Reason,
    why: Annotated[
        Literal["request", "authority", "mistake", "other"],
        typer.Option(help="For the site's audit log."),
    ] = "request",
    dsn: target.Dsn = None,
    as_json: output.AsJson = False,
) -> None:
    """Erase a person who has too many visits for `erase_person`. It can't be undone.

    Their visitor id, own telephone number or visit is asked for, or read from standard input.

    Example: pyctl erasures person shop.example --by phone --reason "ticket 4711"
    """
    if sys.stdin.isatty():
        given: str = typer.prompt(by)
    else:
        given = sys.stdin.readline().strip()
    named = dict.fromkeys(NAMES) | {by: given}
    with db.connect(target.resolve(dsn)) as conn:
        one = acts.find_site(conn, site)
        acts.do(conn, "erase_act", site=one["id"], reason=reason)
        (done,) = acts.do(conn, "erase_person", site=one["id"], why=why, **named)
    if as_json:
        output.dump(done)
        return
    output.say(
        f"{done['sessions']} visits, {done['events']} events, {done['calls']} leads and"
        f" {done['bad_rows']} unread batches are anonymous now"
    )
    columns = {"order_id": "order", "conversion_name": "conversion", "kind": "kind"}
    columns |= {"occurred_at": "occurred", "state": "state"}
    if done["exported"]:
        title = "The ad platform may have these: have them deleted there"
        output.table(title, columns, done["exported"], as_json=False)


@app.command()
def repeat(
    path: Annotated[
        Path | None,
        typer.Argument(help="The list; without it the database's own.", dir_okay=False),
    ] = None,
    dsn: target.Dsn = None,
) -> None:
    """After a restore: erase again whom the backup brought back. Safe to repeat.

    Example: pyctl erasures repeat /srv/keep/erasures.json
    """
    said = read(path) if path else None
    with db.connect(target.resolve(dsn)) as conn:
        try:
            added, done = repeat_in(conn, said)
        except psycopg.Error as error:
            raise OperatorError(f"Nothing was erased: {db.describe(error)}") from error
    if path:
        output.say(f"{added} erasures of {path} are known here")
    output.say(f"{done} visits and cards erased again")
