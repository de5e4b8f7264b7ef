"""``pyctl stats``: the rollups that the dashboard reads."""

from __future__ import annotations

import datetime
from typing import Annotated

import typer

from pyctl import db, target
from pyctl.errors import OperatorError

app = typer.Typer(no_args_is_help=True, help="The rollups that the dashboard reads.")

Day = Annotated[datetime.datetime, typer.Option(formats=["%Y-%m-%d"])]


def rebuild(
    conn: db.Connection, site: str | None, since: datetime.date, until: datetime.date
) -> int:
    """Makes the days [since, until) anew, a day of a site per transaction; gives how many.

    Raises:
        OperatorError: there is no such site.
    """
    sites = conn.execute(
        "select id, name from app.sites where %s::text is null or %s in (id::text, name, domain)"
        " order by id",
        [site, site],
    ).fetchall()
    if not sites:
        raise OperatorError(
            f"There is no site {site}.", "Give its id, name or domain.", exit_code=2
        )
    done = 0
    days = [since + datetime.timedelta(days=n) for n in range((until - since).days)]
    with typer.progressbar([(one[0], day) for one in sites for day in days], label="Days") as steps:
        for site_id, day in steps:
            row = conn.execute(
                "select ops.rebuild_stats(%s, %s, %s)",
                [site_id, day, day + datetime.timedelta(days=1)],
            ).fetchone()
            done += row[0] if row else 0
    return done


@app.callback()
def _group() -> None:
    """Keeps ``rebuild`` a verb of its own although it is the only one."""


@app.command("rebuild")
def rebuild_command(
    since: Day,
    until: Day,
    site: Annotated[
        str | None, typer.Option(help="Id, name or domain; without it every site.")
    ] = None,
    dsn: target.Dsn = None,
) -> None:
    """Make the rollups of some days anew from the raw rows. UNTIL itself is not among them.

    Nobody needs to stop meanwhile. Visits of retired months stay as they are.
    """
    if until <= since:
        raise typer.BadParameter("--until comes after --since")
    with db.connect(target.resolve(dsn), autocommit=True) as conn:
        done = rebuild(conn, site, since.date(), until.date())
    typer.echo(f"{done} days made again")
