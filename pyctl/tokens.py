"""``pyctl token``: tokens of machines (metrics, servers); each is listed and can be revoked."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from pyctl import acts, db, output, target
from pyctl.errors import OperatorError

app = typer.Typer(no_args_is_help=True, help="Tokens of machines: make, list, revoke.")


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="Which machine.")],
    role: Annotated[
        Literal["monitor", "service_role"], typer.Option(help="What it may be.")
    ] = "monitor",
    days: Annotated[int, typer.Option(min=1, max=3650, help="How long it is good.")] = 365,
    reason: acts.Reason = "new machine",
    dsn: target.Dsn = None,
) -> None:
    """Print a new token; it is kept nowhere.

    Example: pyctl token create prometheus --role monitor --days 90
    """
    with db.connect(target.resolve(dsn)) as conn:
        made = conn.execute(
            "select access.create_machine_token(%s, %s, %s)", [name, role, days]
        ).fetchone()
        acts.do(conn, "record_act", action="token_create", object=f"{role} {name}", reason=reason)
    assert made is not None  # noqa: S101
    typer.echo(made[0])


@app.command("list")
def list_tokens(
    dsn: target.Dsn = None,
    as_json: output.AsJson = False,
) -> None:
    """Every token, without the token.

    Example: pyctl token list
    """
    with db.connect(target.resolve(dsn)) as conn:
        found = db.rows(conn, "machine_tokens")
    columns = {
        "id": "Id",
        "name": "Machine",
        "role": "Role",
        "state": "State",
        "expires_at": "Good until",
    }
    output.table("Tokens", columns, found, as_json, empty="there is no token: pyctl token create")


@app.command()
def revoke(
    token_id: Annotated[str, typer.Argument(metavar="ID", help="As `list` shows it.")],
    reason: acts.Reason = "not needed any more",
    dsn: target.Dsn = None,
) -> None:
    """End a token at once.

    Example: pyctl token revoke 11111111-2222-4333-8444-555555555555
    """
    with db.connect(target.resolve(dsn)) as conn:
        done = conn.execute(
            "update access.machine_tokens set revoked_at = now()"
            " where id::text = %s and revoked_at is null",
            [token_id],
        )
        if done.rowcount != 1:
            raise OperatorError(f"No token {token_id} is in use.", "pyctl token list shows them.")
        acts.do(conn, "record_act", action="token_revoke", object=token_id, reason=reason)
    typer.echo("revoked")
