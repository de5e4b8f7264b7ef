"""The run's own cluster: made when first needed, removed at the end, whatever happens."""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
import socket
import tempfile
from functools import cached_property
from pathlib import Path

from psycopg import sql

from pyctl import config, db, deploy, processes, secretfiles
from pyctl.cluster import Cluster
from pyctl.services import Service

PARENT = Path("/var/tmp")
PREFIX = "opsm-test-"
TEMPLATE = "template_opsmantik"
HELPERS = Path(__file__).parent / "sql"


def free_port() -> int:
    """A loopback port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Stage:
    """Cluster, secrets and services of one test run; ``close`` ends and removes all of it."""

    def __init__(self) -> None:
        remove_leftovers()
        self.home = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-", dir=PARENT))
        self.home.chmod(0o755)  # the server's user passes through
        self.secrets = self.home / "secrets"
        self.services: list[Service] = []
        self.cluster = Cluster(self.home, free_port())
        self._numbers = itertools.count(1)
        (self.home / "port").write_text(str(self.cluster.port))
        try:
            self.jwt_secret = secretfiles.jwt_secret(self.secrets, may_make=True)
            secretfiles.write_key_set(self.secrets, self.jwt_secret, [])
            self.cluster.create()
            self.cluster.start()
        except BaseException:
            self.close()
            raise

    @cached_property
    def _template(self) -> str | Exception:
        try:
            self._make_template()
        except Exception as error:  # told to everyone who needs it, made only once
            return error
        return TEMPLATE

    def _make_template(self) -> None:
        self.create_database(TEMPLATE)
        dsn = self.cluster.dsn(TEMPLATE)
        deploy.deploy(dsn, config.REPO / "db")
        password = secretfiles.authenticator_password(self.secrets)
        with db.connect(dsn) as conn:
            for helper in (
                HELPERS / "pgtap.sql",
                *sorted((config.REPO / "db/tests").glob("_*.sql")),
            ):
                db.run_file(conn, helper)
            conn.execute("select ops.set_jwt_secret(%s)", [self.jwt_secret])
            conn.execute(
                sql.SQL("alter role authenticator password {}").format(sql.Literal(password))
            )

    def create_database(self, name: str, *, template: str = "template1") -> str:
        """A new database; gives its connection string."""
        with db.connect(self.cluster.dsn("postgres"), autocommit=True) as conn:
            conn.execute(
                sql.SQL("create database {} template {}").format(
                    sql.Identifier(name), sql.Identifier(template)
                )
            )
        return self.cluster.dsn(name)

    def copy(self) -> str:
        """The name of a fresh copy of the deployed database."""
        if isinstance(self._template, Exception):
            raise self._template
        name = f"copy_{next(self._numbers)}"
        self.create_database(name, template=TEMPLATE)
        return name

    def drop(self, name: str) -> None:
        """Removes a database, whoever is connected."""
        with db.connect(self.cluster.dsn("postgres"), autocommit=True) as conn:
            conn.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))

    @cached_property
    def pgtap_dsn(self) -> str:
        """Where pgTAP files run; each rolls back, so they share it."""
        return self.cluster.dsn(self.copy())

    def service(self, name: str) -> Service:
        """A process that ``close`` will end."""
        service = Service(f"{name}-{next(self._numbers)}", self.home / "run", self.home / "log")
        self.services.append(service)
        return service

    def close(self) -> None:
        """Ends every process and removes the directory."""
        for service in self.services:
            with contextlib.suppress(Exception):
                service.stop()
        try:
            self.cluster.remove()
        finally:
            shutil.rmtree(self.home, ignore_errors=True)


def remove_leftovers() -> None:
    """Ends what a killed run left behind: its directory's name holds the number of its process."""
    for home in PARENT.glob(f"{PREFIX}*"):
        owner = home.name.removeprefix(PREFIX).split("-")[0]
        if not owner.isdigit() or processes.start_ticks(int(owner)) is not None:
            continue
        with contextlib.suppress(Exception):
            for note in (home / "run").glob("*.json"):
                Service(note.stem, home / "run", home / "log").stop()
            Cluster(home, int((home / "port").read_text())).remove()
            shutil.rmtree(home, ignore_errors=True)
