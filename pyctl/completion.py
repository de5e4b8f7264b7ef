"""What a shell offers at Tab; silent where the database is not reached or does not know."""

from __future__ import annotations

from collections.abc import Iterator

import click
import psycopg

from pyctl import db, target
from pyctl.errors import OperatorError

WAIT_SECONDS = 2


def _offer(context: click.Context, incomplete: str, query: str, key: str) -> Iterator[str]:
    try:
        with psycopg.connect(
            target.resolve(context.params.get("dsn")),
            connect_timeout=WAIT_SECONDS,
            options=f"-c statement_timeout={WAIT_SECONDS}s",
            application_name="pyctl completion",
        ) as conn:
            names = [str(row[key]) for row in db.rows(conn, query)]
    except (psycopg.Error, OperatorError):
        return
    yield from (name for name in names if name.startswith(incomplete))


def jobs(ctx: click.Context, incomplete: str) -> list[str]:
    """Names of jobs."""
    return list(_offer(ctx, incomplete, "jobs", "name"))


def sites(ctx: click.Context, incomplete: str) -> list[str]:
    """Domains of sites, the archived too."""
    return list(_offer(ctx, incomplete, "site_domains", "domain"))
