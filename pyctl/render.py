"""``pyctl render``: files that are written from what pyctl knows."""

from __future__ import annotations

import typer

from pyctl import settings

app = typer.Typer(no_args_is_help=True, help="Print files that are made from what pyctl knows.")


@app.callback()
def _group() -> None:
    """Keeps ``env`` a verb of its own although it is the only one."""


@app.command()
def env() -> None:
    """Every setting with its default and meaning, as `.env.example` holds it.

    Example: pyctl render env > .env
    """
    typer.echo(settings.example(), nl=False)
