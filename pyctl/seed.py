"""``pyctl seed``: example data."""

from __future__ import annotations

import signal
import time
from datetime import UTC, datetime
from typing import Annotated

import typer

from pyctl import config, db, output, processes, target
from pyctl.load import write

app = typer.Typer(no_args_is_help=True, help="Example data.")

DEMO = config.REPO / "pyctl" / "seed" / "demo.sql"
DEMO_KEY = "de300000000000000000000000000001"
Among = Annotated[
    str | None,
    typer.Option(metavar="DATABASE", help="Name of the database, where it holds others' sites."),
]


def has_customers(dsn: str) -> bool:
    """Is there any site but the demo's?"""
    with db.connect(dsn) as conn:
        found = conn.execute("select from app.sites where public_key <> %s limit 1", [DEMO_KEY])
        return found.fetchone() is not None


def demo(dsn: str, forced: str | None = None) -> None:
    """Runs the demo's file in one transaction (superuser).

    Raises:
        OperatorError: nothing was deployed there yet, it holds customers' sites and was not named
            in full, or the file failed (nothing is kept then).
    """
    write.refuse_others(dsn, forced, besides=DEMO_KEY)
    with db.connect(dsn) as conn:
        db.run_file(conn, DEMO)


@app.callback()
def _group() -> None:
    """Example data."""


@app.command("demo")
def demo_command(among_sites_of: Among = None, dsn: target.Dsn = None) -> None:
    """A site with its members and leads that tell a story. Its passwords are public.

    Example: pyctl seed demo
    """
    demo(target.resolve(dsn), among_sites_of)
    output.say("demo data is there")


@app.command("load")
def load_command(
    sites: Annotated[int, typer.Option(min=1, max=10000, help="How many sites.")] = 10,
    days: Annotated[int, typer.Option(min=1, max=400, help="How many days back.")] = 30,
    events: Annotated[int, typer.Option(min=1, help="How many events in all.")] = 100_000,
    seed: Annotated[int, typer.Option(help="The same seed gives the same rows.")] = 1,
    until: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Last day; default: yesterday.")
    ] = None,
    among_sites_of: Among = None,
    dsn: target.Dsn = None,
) -> None:
    """Many realistic visits with leads and sales, by COPY. Runs as the superuser.

    Example: pyctl seed load --sites 20 --days 60 --events 1000000 --seed 7
    """
    where = target.resolve(dsn)
    write.refuse_others(where, among_sites_of)
    last = until.date() if until else datetime.fromtimestamp(time.time() - 86400, UTC).date()
    plan = write.Plan(sites, days, events, seed, last)
    began = time.monotonic()
    ends = processes.as_ctrl_c(signal.SIGTERM, signal.SIGHUP)  # its processes with it
    with ends, output.progress("events", events) as advance:
        write.load(where, plan, advance)
        took = time.monotonic() - began
    with output.progress("conversions") as advance:
        write.settle(where, advance)
    typer.echo(f"{events} events in {took:.1f} s ({events / took:,.0f} a second)")
