"""``pyctl user``: people of the installation; keep one out, let one in again."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from pyctl import db, target
from pyctl.errors import OperatorError

app = typer.Typer(no_args_is_help=True, help="People: list them, keep one out, let one in again.")

Who = Annotated[str, typer.Argument(metavar="ID|E-MAIL", help="As `list` shows them.")]


@app.command("list")
def list_users(
    dsn: target.Dsn = None,
    as_json: Annotated[bool, typer.Option("--json", help="For scripts.")] = False,
) -> None:
    """Everybody who has a profile."""
    with db.connect(target.resolve(dsn)) as conn:
        found = db.rows(conn, "users", who=None)
    if as_json:
        typer.echo(json.dumps(found))
        return
    for user in found:
        state = "disabled" if user["is_disabled"] else user["role"]
        typer.echo(f"{user['id']}  {state:<8} {user['email'] or user['display_name'] or '-'}")


@app.command()
def disable(who: Who, dsn: target.Dsn = None) -> None:
    """Keep somebody out, at once and wherever they log in; what they did stays."""
    _set(who, dsn, True)


@app.command()
def enable(who: Who, dsn: target.Dsn = None) -> None:
    """Let somebody in again; they log in anew."""
    _set(who, dsn, False)


def _set(who: str, dsn: str | None, is_disabled: bool) -> None:
    said = "disabled" if is_disabled else "enabled"
    with db.connect(target.resolve(dsn)) as conn:
        found = db.rows(conn, "users", who=who)
        if len(found) != 1:
            count = "Nobody is" if not found else f"{len(found)} people are"
            raise OperatorError(
                f"{count} called {who}.", "Use the id that `pyctl user list` shows."
            )
        conn.execute("select access.set_disabled(%s, %s)", [found[0]["id"], is_disabled])
    typer.echo(said)
