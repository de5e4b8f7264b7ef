"""Throw-away databases made from a source tree, to hold against each other or a live one."""

from __future__ import annotations

import os
import re
import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg.conninfo
from psycopg import sql

from pyctl import db, deploy, source, steps
from pyctl.cluster import Cluster
from pyctl.errors import OperatorError

_MARK = "--:: "


class Server:
    """A server on which databases may be made and dropped."""

    def __init__(self, dsn: str, *, is_own: bool = False) -> None:
        """``is_own``: nobody else uses its roles."""
        self._dsn, self._is_own = dsn, is_own

    def forget_roles(self) -> None:
        """So that a role which one tree made has nothing left of it when another is loaded.

        Does nothing on a server of others: roles belong to the whole of it.
        """
        if self._is_own:
            with db.connect(self._dsn, autocommit=True, name="pyctl shadow") as conn:
                conn.execute(db.query("forget_roles"))

    @contextmanager
    def database(self) -> Iterator[str]:
        """An empty database's connection string; it is gone afterwards."""
        name = f"shadow_{os.urandom(6).hex()}"
        with db.connect(self._dsn, autocommit=True, name="pyctl shadow") as conn:
            conn.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
            try:
                yield psycopg.conninfo.make_conninfo(self._dsn, dbname=name)
            finally:
                conn.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


@contextmanager
def server(dsn: str | None) -> Iterator[Server]:
    """The server at ``dsn``, or without one a cluster of our own, gone afterwards."""
    if dsn is not None:
        yield Server(dsn)
        return
    # not under /tmp, which may be small, nor in a directory closed to the server's user
    home = Path(tempfile.mkdtemp(prefix="opsm-shadow-", dir="/var/tmp"))
    home.chmod(0o755)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    cluster = Cluster(home, port)
    try:
        cluster.create()
        cluster.start()
        yield Server(cluster.dsn("postgres"), is_own=True)
    finally:
        cluster.remove()
        shutil.rmtree(home, ignore_errors=True)


def baseline_path(root: Path) -> Path:
    return root / steps.FOLDER / steps.BASELINE


def freeze(root: Path) -> Path:
    """Writes the tree as it is now into one file: the state that the first release has.

    Raises:
        OperatorError: there is one already, or there are steps, which only come after it.
    """
    path = baseline_path(root)
    if path.exists():
        raise OperatorError(f"{path} is there already: what was released stays released.")
    if steps.read(root):
        raise OperatorError(f"{path.parent} holds steps, but nothing they would start from.")
    path.parent.mkdir(exist_ok=True)
    parts = [
        "-- The tree that the first release deploys, in one file. By pyctl migrate release;",
        "-- never edited. Steps start here.",
    ]
    seen: set[Path] = set()
    for phase in source.PHASES:
        for file in phase.files(root):
            if file not in seen:
                parts.append(f"{_MARK}{file.relative_to(root)}")
                parts.append(file.read_text(encoding="utf-8").rstrip("\n"))
                seen.add(file)
    path.write_text("\n".join(parts) + "\n", encoding="utf-8")
    return path


def unpack(path: Path, into: Path) -> None:
    """Makes files of what :func:`freeze` has written."""
    parts = re.split(rf"^{_MARK}(.+)$\n", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    for name, text in zip(parts[1::2], parts[2::2], strict=True):
        file = into / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")


def deploy_baseline(dsn: str, root: Path) -> bool:
    """Loads the released state; without a release gives False and loads the source."""
    path = baseline_path(root)
    if not path.exists():
        deploy.deploy(dsn, root)
        return False
    with tempfile.TemporaryDirectory(prefix="opsm-baseline-") as folder:
        root = Path(folder) / "db"
        unpack(path, root)
        deploy.deploy(dsn, root)
    return True
