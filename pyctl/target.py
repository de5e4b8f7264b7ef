"""Which database a command speaks to: ``--dsn``, ``OPSMANTIK_DSN``, or our own cluster."""

from __future__ import annotations

from typing import Annotated

import typer

from pyctl import config
from pyctl.cluster import Cluster

SOURCE = config.REPO / "db"

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
    settings = config.load()
    return Cluster(settings.home, settings.pg_port).dsn(config.DATABASE)
