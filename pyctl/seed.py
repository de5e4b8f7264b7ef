"""``pyctl seed``: example data."""

from __future__ import annotations

import typer

from pyctl import config, db, target
from pyctl.errors import OperatorError

app = typer.Typer(no_args_is_help=True, help="Example data.")

DEMO = config.REPO / "pyctl" / "seed" / "demo.sql"
DEMO_KEY = "de300000000000000000000000000001"


def has_customers(dsn: str) -> bool:
    """Is there any site but the demo's?"""
    with db.connect(dsn) as conn:
        found = conn.execute("select from app.sites where public_key <> %s limit 1", [DEMO_KEY])
        return found.fetchone() is not None


def demo(dsn: str) -> None:
    """Runs the demo's file in one transaction (superuser).

    Raises:
        OperatorError: nothing was deployed there yet, or the file failed (nothing is kept then).
    """
    with db.connect(dsn) as conn:
        row = conn.execute("select to_regclass('app.sites') is null").fetchone()
        if row and row[0]:
            raise OperatorError("There are no tables yet.", "Load them: pyctl migrate apply")
        db.run_file(conn, DEMO)


@app.callback()
def _group() -> None:
    """Keeps ``demo`` a verb of its own although it is the only one."""


@app.command("demo")
def demo_command(dsn: target.Dsn = None) -> None:
    """A site with its members and leads that tell a story."""
    demo(target.resolve(dsn))
    typer.echo("demo data is there")
