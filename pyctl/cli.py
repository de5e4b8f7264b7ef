"""The `pyctl` command: parses, calls, prints; decides nothing."""

from __future__ import annotations

import importlib.metadata
import io
import json
import sys
from typing import Annotated, Any

import typer
import typer.core

from pyctl import config, docs, doctor, envfile, observe, output, smoke, status, testing, up
from pyctl.analyst import app as analyst_app
from pyctl.erasures import app as erasures_app
from pyctl.exports import app as export_app
from pyctl.feeds import app as feed_app
from pyctl.issuers import app as issuer_app
from pyctl.jobs import app as jobs_app
from pyctl.mail import app as mail_app
from pyctl.migrate import app as migrate_app
from pyctl.partition import app as partition_app
from pyctl.render import app as render_app
from pyctl.rotation import app as secrets_app
from pyctl.seed import app as seed_app
from pyctl.sites import app as site_app
from pyctl.stats import app as stats_app
from pyctl.tokens import app as token_app
from pyctl.users import app as user_app

# under what `pyctl --help` lists a command
INSTALLATION = "The installation"
DATABASE = "Its database"
CUSTOMERS = "Customers and their people"
SOURCE = "Working on the source"
PANELS = (INSTALLATION, DATABASE, CUSTOMERS, SOURCE)


class _InPanels(typer.core.TyperGroup):
    def list_commands(self, ctx: Any) -> list[str]:
        """In the order of the panels, in each as they were added."""
        names = super().list_commands(ctx)
        panels = {name: getattr(self.commands[name], "rich_help_panel", SOURCE) for name in names}
        return sorted(names, key=lambda name: PANELS.index(panels[name]))


app = typer.Typer(
    cls=_InPanels,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="OpsMantik's own tool: starts the database, its HTTP API and the demo page; brings db/"
    " into a database; runs the jobs; looks after customers.\n\nBegin with `pyctl up`, then"
    " `pyctl doctor`. Each command's --help has examples; --json, where there is one, is for"
    " scripts. Exit codes: 0 fine, 1 found something wrong, 2 used wrongly.",
)
app.add_typer(migrate_app, name="migrate", rich_help_panel=DATABASE)
app.add_typer(partition_app, name="partition", rich_help_panel=DATABASE)
app.add_typer(jobs_app, name="jobs", rich_help_panel=DATABASE)
app.add_typer(mail_app, name="mail", rich_help_panel=CUSTOMERS)
app.add_typer(erasures_app, name="erasures", rich_help_panel=DATABASE)
app.add_typer(seed_app, name="seed", rich_help_panel=SOURCE)
app.add_typer(analyst_app, name="analyst", rich_help_panel=CUSTOMERS)
app.add_typer(stats_app, name="stats", rich_help_panel=DATABASE)
app.add_typer(token_app, name="token", rich_help_panel=INSTALLATION)
app.add_typer(render_app, name="render", rich_help_panel=INSTALLATION)
app.add_typer(issuer_app, name="issuer", rich_help_panel=INSTALLATION)
app.add_typer(user_app, name="user", rich_help_panel=CUSTOMERS)
app.add_typer(site_app, name="site", rich_help_panel=CUSTOMERS)
app.add_typer(feed_app, name="feed", rich_help_panel=CUSTOMERS)
app.add_typer(export_app, name="export", rich_help_panel=CUSTOMERS)
app.add_typer(secrets_app, name="secrets", rich_help_panel=INSTALLATION)


def say(text: str) -> None:
    typer.echo(f"  {text}")


def _debug(wanted: bool) -> None:
    if wanted:
        observe.show_tracebacks()


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"pyctl {importlib.metadata.version('opsmantik')}")
        raise typer.Exit


@app.callback()
def _common(
    _: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Say which this is."),
    ] = False,
    _debugging: Annotated[
        bool,
        typer.Option("--debug", callback=_debug, help="Show where an error happened."),
    ] = False,
) -> None:
    """Options that go before a command."""


@app.command(name="up", rich_help_panel=INSTALLATION)
def up_command(
    new_jwt_secret: Annotated[
        bool, typer.Option("--new-jwt-secret", help="Replace a lost or weak one.")
    ] = False,
) -> None:
    """Start PostgreSQL, PostgREST and the web server; load the database.

    Example: pyctl up
    """
    settings = config.load()
    if up.up(settings, say, new_jwt_secret=new_jwt_secret):
        typer.echo(f"\n{up.welcome(settings)}", nl=False)


@app.command(name="down", rich_help_panel=INSTALLATION)
def down_command() -> None:
    """Stop all that `up` started. The data stays.

    Example: pyctl down
    """
    settings = config.load()
    with up.only_one(settings):
        up.down(settings, say)


app.command("smoke", rich_help_panel=INSTALLATION)(smoke.command)
app.command("test", rich_help_panel=SOURCE)(testing.command)


@app.command(name="status", rich_help_panel=INSTALLATION)
def status_command(
    as_json: Annotated[bool, typer.Option("--json", help="For scripts.")] = False,
) -> None:
    """What runs, where. Exit code 0: all of it. 1: not all.

    Example: pyctl status --json
    """
    found = status.gather(config.load())
    if as_json:
        typer.echo(json.dumps(found, indent=2))
    else:
        output.table("Parts", status.COLUMNS, status.rows(found))
    if not status.all_running(found):
        raise typer.Exit(1)


app.command(rich_help_panel=INSTALLATION)(doctor.doctor)
app.command(rich_help_panel=SOURCE)(docs.docs)


def main() -> None:
    """Run `pyctl`; what an operator can mend is a sentence and an exit code, no traceback."""
    if isinstance(sys.stdout, io.TextIOWrapper):  # names have letters that a terminal may not have
        sys.stdout.reconfigure(errors="backslashreplace")
    problems = envfile.read(config.REPO / ".env")
    sys.exit(observe.run(app, sys.argv[1:], problems))
