"""``pyctl user``: people of the installation."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import typer

from pyctl import acts, completion, db, output, target
from pyctl.errors import OperatorError

app = typer.Typer(no_args_is_help=True, help="People: add, invite, promote, keep out, let in.")

Who = Annotated[str, typer.Argument(metavar="ID|E-MAIL", help="As `list` shows them.")]
Email = Annotated[str, typer.Argument(metavar="E-MAIL", help="Their address.")]
# bcrypt ignores what is behind 72 bytes; the database refuses those
MIN_PASSWORD = 10


def _find(conn: db.Connection, who: str) -> str:
    found = db.rows(conn, "users", who=who)
    if len(found) != 1:
        count = "Nobody is" if not found else f"{len(found)} people are"
        raise OperatorError(f"{count} called {who}.", "Use the id that `pyctl user list` shows.")
    return str(found[0]["id"])


def _do(query: str, who: str, dsn: str | None, said: str, **arguments: Any) -> None:
    with db.connect(target.resolve(dsn)) as conn:
        acts.do(conn, query, user=_find(conn, who), **arguments)
    output.say(said)


@app.command()
def create(
    email: Email,
    name: Annotated[str | None, typer.Option(help="How others see them.")] = None,
    admin: Annotated[
        bool, typer.Option("--admin", help="Looks after the whole installation.")
    ] = False,
    reason: acts.OwnReason = "new person",
    dsn: target.Dsn = None,
) -> None:
    """Add a person; the password is asked for, or is the first line of standard input.

    Mostly `invite` is better: the person then chooses a password that nobody else knows.

    Example: pyctl user create ayse@agency.example --name Ayşe --admin
    """
    password = acts.ask_password(MIN_PASSWORD)
    with db.connect(target.resolve(dsn)) as conn:
        (made,) = acts.do(
            conn,
            "user_create",
            email=email,
            password=password,
            name=name,
            role="admin" if admin else "user",
            reason=reason,
        )
    output.say(made["id"])


@app.command("list")
def list_users(dsn: target.Dsn = None, as_json: output.AsJson = False) -> None:
    """Everybody who has a profile, with the sites of each.

    Example: pyctl user list --json
    """
    with db.connect(target.resolve(dsn)) as conn:
        found = db.rows(conn, "users", who=None)
    columns = {"id": "id", "state": "is", "email": "e-mail", "display_name": "name"}
    columns |= {"sites": "sites", "last_seen": "last seen"}
    output.table("People", columns, found, as_json, empty="nobody yet: pyctl user create")


@app.command()
def invite(
    email: Email,
    site: Annotated[str, typer.Option(help="Id, domain or name.", autocompletion=completion.sites)],
    role: Annotated[
        Literal["viewer", "editor", "owner"], typer.Option(help="What they may do there.")
    ] = "editor",
    reason: acts.Reason = "new member",
    dsn: target.Dsn = None,
) -> None:
    """Write somebody a mail with a link to join a site; good for seven days.

    Example: pyctl user invite mehmet@shop.example --site shop.example --role viewer
    """
    with db.connect(target.resolve(dsn)) as conn:
        one = acts.find_site(conn, site)
        (made,) = acts.do(
            conn, "user_invite", site=one["id"], email=email, role=role, reason=reason
        )
    output.say(f"good until {output.cell(made['until'])}; `pyctl mail send` sends it")


@app.command()
def promote(who: Who, reason: acts.OwnReason, dsn: target.Dsn = None) -> None:
    """Make somebody admin of the whole installation.

    Example: pyctl user promote ayse@agency.example --reason "new colleague"
    """
    _do("user_role", who, dsn, "admin", admin=True, reason=reason)


@app.command()
def demote(who: Who, reason: acts.OwnReason, dsn: target.Dsn = None) -> None:
    """Make an admin an ordinary person, at once. The last admin stays.

    Example: pyctl user demote ayse@agency.example --reason "changed teams"
    """
    _do("user_role", who, dsn, "no admin any more", admin=False, reason=reason)


@app.command()
def disable(who: Who, reason: acts.OwnReason, dsn: target.Dsn = None) -> None:
    """Keep somebody out, at once and wherever they log in; what they did stays.

    Example: pyctl user disable mehmet@shop.example --reason "left the company"
    """
    _do("user_disable", who, dsn, "disabled", disabled=True, reason=reason)


@app.command()
def enable(who: Who, reason: acts.OwnReason, dsn: target.Dsn = None) -> None:
    """Let somebody in again; they log in anew.

    Example: pyctl user enable mehmet@shop.example --reason "came back"
    """
    _do("user_disable", who, dsn, "enabled", disabled=False, reason=reason)


@app.command("reset-password")
def reset_password(who: Who, reason: acts.OwnReason, dsn: target.Dsn = None) -> None:
    """Set a password and end all log-ins; the person gets a mail that it was changed.

    It is asked for, or is the first line of standard input.

    Example: pyctl user reset-password ayse@agency.example --reason "laptop was stolen"
    """
    password = acts.ask_password(MIN_PASSWORD)
    _do("user_password", who, dsn, "changed; all log-ins ended", password=password, reason=reason)
