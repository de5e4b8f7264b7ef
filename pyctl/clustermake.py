"""Making a cluster's data directory, all or nothing."""

from __future__ import annotations

import os
import pwd
import shutil
from collections.abc import Sequence
from pathlib import Path

from pyctl import clusterchecks, clusterconf, pgbin
from pyctl.errors import OperatorError

INITDB = ("--username=postgres", "--auth=peer", "--encoding=UTF8", "--locale=C.UTF-8")


def make(home: Path, data: Path, first_database: str | None) -> None:
    """Make `data` (in `home`, there or empty) with our configuration and a first database.

    It is made beside its place and moved there when it is whole.
    """
    programs = pgbin.find()
    home.mkdir(parents=True, exist_ok=True)
    clusterchecks.reachable(home)
    for left in home.glob("pg.new*"):  # never served: what an interrupted run left
        shutil.rmtree(left, ignore_errors=True)
    # a name of its own: an initdb that outlived a killed run may still write into the last
    draft = home / f"pg.new-{os.getpid()}"
    draft.mkdir(mode=0o700)
    clusterchecks.give_to_server(draft)
    must([programs / "initdb", f"--pgdata={draft}", "--data-checksums", *INITDB], "initdb failed")
    write(draft / "pg_hba.conf", clusterconf.HBA)
    users = (pwd.getpwuid(os.geteuid()).pw_name, pgbin.server_user(), "root")
    write(draft / "pg_ident.conf", clusterconf.ident(users))
    base = (draft / "postgresql.conf").read_text()
    write(draft / "postgresql.conf", base + "\ninclude 'opsmantik.conf'\n")
    write(draft / "opsmantik.conf", "")
    if first_database:
        single: list[str | Path] = [programs / "postgres", "--single", "-D", draft, "template1"]
        statement = f'create database "{first_database}"\n'
        must(single, "the first database could not be made", stdin=statement)
    if data.exists():
        data.rmdir()
    draft.rename(data)


def must(argv: Sequence[str | Path], failure: str, *, stdin: str = "") -> None:
    """Run a PostgreSQL program; an OperatorError with its words when it fails."""
    result = pgbin.run(argv, stdin=stdin)
    if result.returncode != 0:
        said = (result.stderr or result.stdout).strip()
        raise OperatorError(f"{failure}: {said}", "Mend that and start again; nothing was lost.")


def write(path: Path, text: str) -> None:
    """A configuration file that only the server's user reads."""
    path.write_text(text)
    path.chmod(0o600)
    clusterchecks.give_to_server(path)
