"""Which database a command speaks to: ``--dsn``, ``OPSMANTIK_DSN``, or our own cluster."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

SOURCE = Path(__file__).resolve().parent.parent / "db"

Dsn = Annotated[
    str | None,
    typer.Option(
        envvar="OPSMANTIK_DSN",
        show_envvar=True,
        help="libpq connection string without a password; default: the cluster of 'pyctl up'.",
    ),
]


def resolve(dsn: str | None) -> str:
    """The connection string to use."""
    if dsn:
        return dsn
    raise typer.BadParameter("give --dsn")
