"""``pyctl feed credentials``: with what an ad platform fetches a site's conversions."""

from __future__ import annotations

from typing import Annotated

import typer

from pyctl import acts, completion, db, output, secretfiles, target

app = typer.Typer(no_args_is_help=True, help="The feeds that ad platforms fetch.")
credentials = typer.Typer(no_args_is_help=True, help="User names and secrets of the feeds.")
app.add_typer(credentials, name="credentials")

Name = Annotated[str, typer.Argument(metavar="USER", help="User name of the feed.")]


@app.callback()
def _group() -> None:
    """The feeds that ad platforms fetch."""


@credentials.command()
def create(
    site: Annotated[
        str,
        typer.Argument(metavar="SITE", help="Id, domain or name.", autocompletion=completion.sites),
    ],
    user: Name,
    out: secretfiles.Out = None,
    show: secretfiles.Print = False,
    reason: acts.Reason = "new feed",
    dsn: target.Dsn = None,
) -> None:
    """Make a user name and its secret, which is shown once.

    Example: pyctl feed credentials create shop.example shop-ads --out shop-ads.secret
    """
    secretfiles.check_way_out(out, show)
    with db.connect(target.resolve(dsn)) as conn:
        one = acts.find_site(conn, site)
        made = acts.do(conn, "feed_create", site=one["id"], user=user, reason=reason)
        secretfiles.hand_out(made[0]["secret"], out)


@credentials.command("list")
def list_credentials(dsn: target.Dsn = None, as_json: output.AsJson = False) -> None:
    """Every user name, without secrets.

    Example: pyctl feed credentials list
    """
    with db.connect(target.resolve(dsn)) as conn:
        found = db.rows(conn, "feeds")
    columns = {"user_name": "user", "site": "site", "state": "is"}
    columns |= {"old_secret_until": "old secret until", "created_at": "made"}
    empty = "there are none: pyctl feed credentials create"
    output.table("Feed credentials", columns, found, as_json, empty=empty)


@credentials.command()
def rotate(
    user: Name,
    reason: acts.Reason,
    hours: Annotated[
        int, typer.Option(min=0, max=24 * 31, help="How long the old secret is still good.")
    ] = 48,
    out: secretfiles.Out = None,
    show: secretfiles.Print = False,
    dsn: target.Dsn = None,
) -> None:
    """Give a user name a new secret; the old one is good for two days more, or --hours 0.

    Example: pyctl feed credentials rotate shop-ads --hours 0 --reason "was in a screenshot"
    """
    secretfiles.check_way_out(out, show)
    with db.connect(target.resolve(dsn)) as conn:
        made = acts.do(conn, "feed_rotate", user=user, hours=hours, reason=reason)
        secretfiles.hand_out(made[0]["secret"], out)


@credentials.command()
def revoke(user: Name, reason: acts.Reason, dsn: target.Dsn = None) -> None:
    """End a user name at once.

    Example: pyctl feed credentials revoke shop-ads --reason "campaign ended"
    """
    with db.connect(target.resolve(dsn)) as conn:
        acts.do(conn, "feed_revoke", user=user, reason=reason)
    output.say("revoked")
