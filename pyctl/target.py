"""Which database a command speaks to: ``--dsn``, ``OPSMANTIK_DSN``, or our own cluster."""

from __future__ import annotations

from typing import Annotated

import typer

from pyctl import config, settings
from pyctl.cluster import Cluster
from pyctl.errors import OperatorError

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
    """The connection string to use.

    Raises:
        OperatorError: it is none, or a password is in it, which everybody on the machine can read.
    """
    if dsn:
        try:
            return settings.conninfo(dsn)
        except ValueError as error:
            raise OperatorError(
                f"--dsn {error}.", 'Such as --dsn "host=db.example dbname=opsmantik"', exit_code=2
            ) from None
    said = config.load()
    return Cluster(said.home, said.pg_port).dsn(config.DATABASE)
