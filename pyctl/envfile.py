"""The `.env` file beside the Makefile."""

from __future__ import annotations

import os
from pathlib import Path

from pyctl.errors import OperatorError


def read(path: Path, env: dict[str, str] | os._Environ[str] = os.environ) -> None:
    """Take `NAME=value` lines of a `.env` file into `env`; what is set already stays."""
    try:
        lines = path.read_text().splitlines()
    except FileNotFoundError:
        return
    for number, line in enumerate(lines, 1):
        name, equals, value = line.strip().partition("=")
        if not name or name.startswith("#"):
            continue
        if not equals or not name.isidentifier():
            raise OperatorError(
                f"{path}, line {number}: not of the form NAME=value.",
                "Mend that line; .env.example shows how.",
                exit_code=2,
            )
        env.setdefault(name, value.strip().strip("\"'"))
