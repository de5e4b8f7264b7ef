"""The `.env` file beside the Makefile."""

from __future__ import annotations

import os
from pathlib import Path


def read(path: Path, env: dict[str, str] | os._Environ[str] = os.environ) -> list[str]:
    """Take `NAME=value` lines of a `.env` file into `env`; what is set already stays.

    Gives what is wrong with it, to be told with whatever else is wrong.
    """
    problems = []
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return []
    except OSError as error:
        return [f"{path} can't be read: {error.strerror}."]
    except UnicodeDecodeError:
        return [f"{path} is no text in UTF-8."]
    for number, line in enumerate(lines, 1):
        name, equals, value = line.strip().partition("=")
        if not name or name.startswith("#"):
            continue
        if equals and name.isidentifier():
            env.setdefault(name, value.strip().strip("\"'"))
        else:
            problems.append(f"{path}, line {number}: not of the form NAME=value.")
    return problems
