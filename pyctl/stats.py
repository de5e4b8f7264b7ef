"""``pyctl stats``: the rollups that the dashboard reads."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Annotated

import typer

from pyctl import acts, completion, db, output, target
from pyctl.errors import OperatorError

app = typer.Typer(no_args_is_help=True, help="The rollups that the dashboard reads.")


@dataclass(frozen=True)
class Rebuilt:
    """What was done: days, counted once per site, and the sites that had none."""

    days: int
    left_out: list[str]


def rebuild(
    conn: db.Connection, site: str | None, since: datetime.date, until: datetime.date
) -> Rebuilt:
    """Makes the days [since, until) anew, a day of a site per transaction.

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
    done: dict[str, int] = {}
    days = [since + datetime.timedelta(days=n) for n in range((until - since).days)]
    steps = [(one[0], day) for one in sites for day in days]
    with output.progress("Days", len(steps)) as advance:
        for site_id, day in steps:
            row = conn.execute(
                "select ops.rebuild_stats(%s, %s, %s)",
                [site_id, day, day + datetime.timedelta(days=1)],
            ).fetchone()
            if row and row[0]:
                done[site_id] = done.get(site_id, 0) + row[0]
            advance(1)
    return Rebuilt(sum(done.values()), [one[1] for one in sites if one[0] not in done])


@app.callback()
def _group() -> None:
    """Keeps ``rebuild`` a verb of its own although it is the only one."""


@app.command("rebuild")
def rebuild_command(
    since: acts.Since,
    until: acts.Until,
    site: Annotated[
        str | None,
        typer.Option(
            help="Id, name or domain; without it every site.", autocompletion=completion.sites
        ),
    ] = None,
    dsn: target.Dsn = None,
) -> None:
    """Make the rollups of some days anew from the raw rows. UNTIL itself is not among them.

    Nobody needs to stop meanwhile. Visits of retired months stay as they are.

    Example: pyctl stats rebuild --since 2026-10-01 --until 2026-11-01 --site shop.example
    """
    if until <= since:
        raise typer.BadParameter("--until comes after --since")
    with db.connect(target.resolve(dsn), autocommit=True) as conn:
        done = rebuild(conn, site, since.date(), until.date())
    typer.echo(f"{done.days} days made again")
    if done.left_out:
        names = ", ".join(done.left_out[:5]) + (", ..." if len(done.left_out) > 5 else "")
        typer.echo(
            f"None of {len(done.left_out)} sites ({names}): the job roll_stats has not come to"
            " these days there. Until it has, they are read raw, so nothing is wrong with them."
        )
