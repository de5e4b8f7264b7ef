"""``pyctl test``: the tests of db/tests by pytest, from any directory."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from typing import Annotated

import typer

from pyctl import config
from pyctl.errors import OperatorError

# pytest's exit codes: 4 is a wrong argument, 5 that nothing was found to run
CODES = {0: 0, 4: 2, 5: 2}


def command(
    paths: Annotated[
        list[str] | None,
        typer.Argument(metavar="PATH", help="A file or a folder; all of db/tests if none."),
    ] = None,
    expression: Annotated[
        str | None, typer.Option("-k", metavar="EXPR", help="Report only what the names match.")
    ] = None,
    workers: Annotated[
        int, typer.Option("-n", "--workers", min=1, help="Share the files among so many.")
    ] = 1,
) -> None:
    """Run the tests in SQL, on a cluster of their own: the line of each assertion that fails.

    Exit code 0: all passed. 1: not all. 2: nothing to run.

    Example: pyctl test

    Example: pyctl test db/tests/rls -k owner

    Example: pyctl test -n 2
    """
    if importlib.util.find_spec("pytest") is None:
        raise OperatorError(
            "pytest is not installed.", "`pyctl/bootstrap.sh test` installs what the tests need."
        )
    said = ["-k", expression] if expression else []
    said += ["-n", str(workers)] if workers > 1 else []
    where = paths or [str(config.REPO / "db/tests")]
    root = ["-c", str(config.REPO / "pyproject.toml"), "--rootdir", str(config.REPO)]
    # its words go by this terminal, or wherever ours go
    done = subprocess.run([sys.executable, "-m", "pytest", *root, *said, *where], check=False)
    if code := CODES.get(done.returncode, 1):
        raise typer.Exit(code)
