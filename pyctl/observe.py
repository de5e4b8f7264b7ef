"""What runs around every command: error reports to Sentry, log lines, and one clear sentence."""

from __future__ import annotations

import errno
import inspect
import os
import re
import time
import traceback
import uuid
from collections.abc import Sequence
from typing import Any, cast

import psycopg
import sentry_sdk
import typer
import typer.main
from sentry_sdk.types import Event, Hint

from pyctl import config, db, logs, scrub, settings
from pyctl.errors import OperatorError, unwritable

FLUSH_SECONDS = 3
# What a report may hold. Everything else (host name, arguments, modules, user) stays here.
_KEPT = ("event_id", "timestamp", "level", "platform", "release", "environment", "sdk", "contexts")
_SCRUBBED = ("exception", "message", "logentry", "tags", "transaction", "fingerprint")


def scrub_event(event: Event, _hint: Hint) -> Event:
    """Sentry's before_send: an allow-list, and what passes it is scrubbed."""
    source = cast(dict[str, Any], event)
    kept = {key: source[key] for key in _KEPT if key in source}
    kept["contexts"] = {"runtime": source.get("contexts", {}).get("runtime", {})}
    kept.update({key: scrub.data(source[key]) for key in _SCRUBBED if key in source})
    for error in (kept.get("exception") or {}).get("values", []):
        for frame in (error.get("stacktrace") or {}).get("frames", []):
            frame.pop("vars", None)
            frame.pop("abs_path", None)
    return cast(Event, kept)


def start_sentry(said: settings.Settings, command: str, run: str) -> bool:
    """Starts reporting when a DSN of Sentry is set; says whether it did."""
    if not said.sentry_dsn:
        return False
    sentry_sdk.init(
        dsn=said.sentry_dsn,
        before_send=scrub_event,
        default_integrations=False,  # they add argv, modules and breadcrumbs
        auto_enabling_integrations=False,
        max_breadcrumbs=0,
        include_local_variables=False,
        include_source_context=False,
        send_default_pii=False,
        server_name="",
        auto_session_tracking=False,
        environment=said.environment,
    )
    sentry_sdk.set_tags({"command": command, "run": run})
    return True


def _command_name(command: Any, arguments: Sequence[str]) -> str:
    """The verbs of the command line, without options and their (perhaps personal) values."""
    verbs = []
    for argument in arguments:
        children = getattr(command, "commands", {})
        if argument in children:
            verbs.append(argument)
            command = children[argument]
    return " ".join(verbs) or "pyctl"


def _unexpected(error: BaseException, *, reporting: bool, run: str) -> None:
    event = sentry_sdk.capture_exception(error) if reporting else None
    if reporting:
        sentry_sdk.flush(timeout=FLUSH_SECONDS)
    kind = type(error).__name__
    logs.log("error", "failed", error=kind, text=str(error), report=event or "none")
    logs.log("debug", "trace", lines="".join(traceback.format_exception(error)))
    _traceback(error)
    where = f"it was reported as {event}" if event else "it was not reported (no SENTRY_DSN is set)"
    typer.echo(
        f"Something went wrong that pyctl did not expect ({kind}, run {run}); {where}; "
        "`pyctl --debug ...` shows where it happened.",
        err=True,
    )


def _refused(error: OperatorError, cause: Exception | None = None) -> int:
    """Says what the operator can mend; gives the exit code."""
    _traceback(cause or error)
    typer.echo(error.sentence, err=True)
    if error.way_out:
        typer.echo(error.way_out, err=True)
    # info: it was just said; at a terminal, whose level is warning, once is enough
    logs.log("info", "refused", error=type(cause or error).__name__, text=error.sentence)
    return error.exit_code


def show_tracebacks() -> None:
    """What `--debug` asks for."""
    _debug.append(True)


_debug: list[bool] = []


def _traceback(error: BaseException) -> None:
    if _debug:
        typer.echo(scrub.text("".join(traceback.format_exception(error))), err=True, nl=False)


def _asks_for_help(arguments: Sequence[str]) -> bool:
    """Help and the version are there whatever the environment says."""
    return not arguments or bool({"--help", "--version", "--show-completion"} & set(arguments))


_EXAMPLE = re.compile(r"^ *(?:Example: )?pyctl ", re.MULTILINE)


def _unbroken(command: Any) -> None:
    """Joins the lines of each paragraph of help: a terminal breaks them at its own width."""
    paragraphs = inspect.cleandoc(command.help or "").split("\n\n")
    command.help = "\n\n".join(
        text if _EXAMPLE.search(text) else text.replace("\n", " ") for text in paragraphs
    )
    for one in getattr(command, "commands", {}).values():
        _unbroken(one)


# what the machine refuses, wherever it comes up
_REFUSED = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES, errno.EPERM)


def _explained(error: Exception) -> OperatorError | None:
    """The error as a sentence and a way out; None for what nobody expected."""
    if isinstance(error, psycopg.Error):
        return db.explained(error)
    if isinstance(error, PermissionError) and error.filename:
        return OperatorError(
            f"{error.filename} is closed to this user: {error.strerror}.",
            "Run this as the user whom it belongs to, or name another place.",
        )
    if isinstance(error, OSError) and error.errno in _REFUSED:
        return unwritable(error.filename or "The output", error)
    # bytes of an argument or a line that are no UTF-8
    if isinstance(error, UnicodeEncodeError) and "surrogates" in error.reason:
        return OperatorError(
            "What was typed or sent is no text in UTF-8.",
            "Set the terminal to UTF-8, or send the line in it (iconv -t UTF-8).",
            exit_code=2,
        )
    return None


def run(app: typer.Typer, arguments: Sequence[str], found: Sequence[str] = ()) -> int:
    """Runs the command line (without the program's name) and gives the exit code.

    ``found`` is what is wrong with the `.env` file.
    """
    command = typer.main.get_command(app)
    _unbroken(command)
    name = _command_name(command, arguments)
    run_id = uuid.uuid4().hex[:12]
    began = time.monotonic()
    reporting = False
    _debug.clear()
    try:
        logs.start(name, run_id)
        if not _asks_for_help(arguments):
            # every problem of the environment at once, before anything runs
            config.load(found=found)
            said = settings.read()
            logs.start(name, run_id, said.log_level)
            reporting = start_sentry(said, name, run_id)
        logs.log("debug", "started")
        command.main(args=list(arguments), prog_name="pyctl")
        code = 0
    except SystemExit as stop:
        code = stop.code if isinstance(stop.code, int) else int(stop.code is not None)
    except KeyboardInterrupt:
        code = 130
    except OperatorError as error:
        code = _refused(error)
    except Exception as error:  # the one place where everything is caught: reported, then said
        told = _explained(error)
        if told is not None:
            code = _refused(told, error)
        else:
            _unexpected(error, reporting=reporting, run=run_id)
            code = 1
    if "_PYCTL_COMPLETE" not in os.environ:  # a shell asks at Tab: nothing but its answer
        logs.log("info", "finished", exit=code, seconds=time.monotonic() - began)
    return code
