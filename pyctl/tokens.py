"""``pyctl token``: of machines, listed and revocable; and a short one for support."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from pyctl import acts, completion, db, output, secretfiles, target

app = typer.Typer(
    no_args_is_help=True, help="Tokens of machines: make, list, revoke; a short one for support."
)


@app.command()
def create(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Which machine.")],
    role: Annotated[
        Literal["monitor", "service_role"], typer.Option(help="What it may be.")
    ] = "monitor",
    days: Annotated[int, typer.Option(min=1, max=3650, help="How long it is good.")] = 365,
    out: secretfiles.Out = None,
    show: secretfiles.Print = False,
    reason: acts.OwnReason = "new machine",
    dsn: target.Dsn = None,
) -> None:
    """Make a token, which is shown once and kept nowhere.

    Example: pyctl token create prometheus --role monitor --days 90 --out prometheus.token
    """
    secretfiles.check_way_out(out, show)
    with db.connect(target.resolve(dsn)) as conn:
        (made,) = acts.do(conn, "token_create", name=name, role=role, days=days, reason=reason)
        secretfiles.hand_out(made["token"], out)


@app.command()
def support(
    site: Annotated[
        str,
        typer.Argument(metavar="SITE", help="Id, domain or name.", autocompletion=completion.sites),
    ],
    admin: Annotated[str, typer.Option(metavar="E-MAIL", help="The admin who will use it.")],
    reason: acts.Reason,
    minutes: Annotated[int, typer.Option(min=1, max=60, help="How long it is good.")] = 30,
    out: secretfiles.Out = None,
    show: secretfiles.Print = False,
    dsn: target.Dsn = None,
) -> None:
    """Make a short-lived token by which an admin works on a site as its owner would.

    It is support access: the site's owners see who, why and until when, and may end it. It can't
    be refreshed.

    Example: pyctl token support shop.example --admin me@agency.example --reason "ticket 4711: feed"
    """
    secretfiles.check_way_out(out, show)
    with db.connect(target.resolve(dsn)) as conn:
        one = acts.find_site(conn, site)
        said = {"admin": admin, "minutes": minutes, "reason": reason}
        (made,) = acts.do(conn, "token_support", site=one["id"], **said)
        secretfiles.hand_out(made["token"], out)
    typer.echo(f"good until {output.cell(made['expires_at'])}", err=True)


@app.command("list")
def list_tokens(dsn: target.Dsn = None, as_json: output.AsJson = False) -> None:
    """Every token of a machine, without the token.

    Example: pyctl token list
    """
    with db.connect(target.resolve(dsn)) as conn:
        found = db.rows(conn, "machine_tokens")
    columns = {"id": "id", "name": "machine", "role": "role", "state": "is"}
    columns |= {"expires_at": "good until"}
    output.table("Tokens", columns, found, as_json, empty="there is none: pyctl token create")


@app.command()
def revoke(
    token_id: Annotated[str, typer.Argument(metavar="ID", help="As `list` shows it.")],
    reason: acts.OwnReason = "not needed any more",
    dsn: target.Dsn = None,
) -> None:
    """End a machine's token at once.

    Example: pyctl token revoke 11111111-2222-4333-8444-555555555555
    """
    with db.connect(target.resolve(dsn)) as conn:
        acts.do(conn, "token_revoke", id=token_id, reason=reason)
    output.say("revoked")
