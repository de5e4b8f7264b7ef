"""Where PostgreSQL's programs are, and running them as a user who may."""

from __future__ import annotations

import os
import pwd
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

from pyctl import settings
from pyctl.errors import OperatorError

DEBIAN_ROOT = Path("/usr/lib/postgresql")
EXTENSIONS = ("pg_partman", "pgtap", "pg_cron", "plpgsql_check")
OLDEST = 15


def server_user() -> str:
    """The operating-system user PostgreSQL runs as; it refuses to run as root."""
    if os.geteuid() != 0:
        return pwd.getpwuid(os.geteuid()).pw_name
    try:
        return pwd.getpwnam("postgres").pw_name
    except KeyError:
        raise OperatorError(
            "There is no operating-system user 'postgres', and PostgreSQL refuses to run as root.",
            "Install Debian's postgresql package (make up does), or run this as an ordinary user.",
        ) from None


def run(argv: Sequence[str | Path], *, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """Run a PostgreSQL program as `server_user()`; the caller judges the exit code."""
    command = [str(part) for part in argv]
    if os.geteuid() == 0:
        command = ["runuser", "-u", server_user(), "--", *command]
    env = {"PATH": settings.search_path(), "LC_ALL": "C.UTF-8"}
    # from "/": the caller's directory may be closed to the other user
    return subprocess.run(
        command, input=stdin, capture_output=True, text=True, env=env, cwd="/", check=False
    )


def find(major: int | None = None) -> Path:
    """The directory with initdb, pg_ctl and postgres.

    OPSMANTIK_PG_BIN wins; else the newest Debian version, preferring one that has all of
    EXTENSIONS; `major` asks for the version that made an existing cluster.
    """
    override = settings.read().pg_bin
    found = [override] if override else _debian_versions()
    if major is not None:
        found = [path for path in found if program_version(path)[0] == major]
        if not found:
            raise OperatorError(
                f"The cluster was made by PostgreSQL {major}, whose programs are not installed.",
                f"Install postgresql-{major}, or point OPSMANTIK_PG_BIN at its programs.",
            )
    if not found:
        raise OperatorError(
            f"PostgreSQL {OLDEST} or newer is not installed (looked in {DEBIAN_ROOT}).",
            "Run `make up`, which installs it, or point OPSMANTIK_PG_BIN at its programs.",
        )
    complete = [path for path in found if not missing_extensions(path)]
    return (complete or found)[0]


def missing_extensions(path: Path) -> list[str]:
    """Those of EXTENSIONS that this PostgreSQL cannot create (by Debian's or pg_config's paths)."""
    share = Path("/usr/share/postgresql") / path.parent.name
    if (path / "pg_config").exists():
        answer = subprocess.run(
            [str(path / "pg_config"), "--sharedir"], capture_output=True, text=True, check=False
        )
        share = Path(answer.stdout.strip() or share)
    there = share / "extension"
    return [name for name in EXTENSIONS if not (there / f"{name}.control").exists()]


def program_version(path: Path) -> tuple[int, str]:
    """(15, '15.18') of the programs in this directory."""
    answer = subprocess.run(
        [str(path / "postgres"), "--version"], capture_output=True, text=True, check=False
    )
    match = re.search(r"\b(\d+)((?:\.\d+|devel|beta\d+|rc\d+)*)", answer.stdout)
    if not match:
        raise OperatorError(f"{path / 'postgres'} does not tell its version.", answer.stderr)
    return int(match[1]), match[1] + match[2]


def _debian_versions() -> list[Path]:
    versions = [
        path.parent
        for path in DEBIAN_ROOT.glob("*/bin/initdb")
        if path.parts[-3].isdigit() and int(path.parts[-3]) >= OLDEST
    ]
    return sorted(versions, key=lambda path: int(path.parent.name), reverse=True)
