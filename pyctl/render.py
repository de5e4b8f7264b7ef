"""``pyctl render``: files that are written from what pyctl knows."""

from __future__ import annotations

import getpass
import string
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from pyctl import config, settings

app = typer.Typer(no_args_is_help=True, help="Print files that are made from what pyctl knows.")


UNITS = Path(__file__).parent / "systemd"


class Unit(StrEnum):
    """Which file: the loop's service, or the pair of a timer and what it starts."""

    loop = "loop"
    timer = "timer"
    due = "due"


_FILES = {
    Unit.loop: "opsmantik-jobs.service",
    Unit.timer: "opsmantik-jobs-due.timer",
    Unit.due: "opsmantik-jobs-due.service",
}


@app.command()
def env() -> None:
    """Every setting with its default and meaning, as `.env.example` holds it.

    Example: pyctl render env > .env
    """
    typer.echo(settings.example(), nl=False)


@app.command()
def systemd(
    unit: Annotated[Unit, typer.Argument(help="loop, or timer and due.")] = Unit.loop,
    user: Annotated[
        str | None, typer.Option(help="Whom it runs as. Default: you.", show_default=False)
    ] = None,
) -> None:
    """A systemd unit that runs the jobs: the loop as a service, or a timer and its service.

    One way is enough: the loop, the timer, or pg_cron (`pyctl jobs sync`).

    Examples:

        pyctl render systemd > /etc/systemd/system/opsmantik-jobs.service

        pyctl render systemd timer > /etc/systemd/system/opsmantik-jobs-due.timer
    """
    text = (UNITS / _FILES[unit]).read_text(encoding="utf-8")
    values = {"repo": config.REPO, "python": sys.executable, "user": user or getpass.getuser()}
    typer.echo(string.Template(text).substitute(values), nl=False)
