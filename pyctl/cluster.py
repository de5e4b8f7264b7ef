"""A project-local PostgreSQL cluster: made, started, stopped, removed.

It listens on loopback and on a socket only. The superuser `postgres` comes in over the socket
by the operating-system user (peer); over TCP every role needs its password.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import psycopg

from pyctl import clusterchecks, clusterconf, clustermake, pgbin, processes
from pyctl.errors import OperatorError

START_SECONDS = 60


class Cluster:
    """One cluster under `home`: data in `home/pg`, log in `home/log/postgres.log`.

    `preload` names shared libraries; `cron_database` preloads pg_cron for that database, which
    `create()` then makes (pg_cron's launcher restarts for ever while its database is missing).
    Every method raises OperatorError with a sentence and a way out.
    """

    def __init__(
        self,
        home: Path,
        port: int,
        *,
        preload: tuple[str, ...] = (),
        cron_database: str | None = None,
    ) -> None:
        self.home = home.absolute()
        self.port = port
        self.data = self.home / "pg"
        self.log = self.home / "log" / "postgres.log"
        self.cron_database = cron_database
        self.preload = (*preload, "pg_cron") if cron_database else preload
        # short and outside `home`: a socket path over 107 bytes does not work
        digest = hashlib.sha256(str(self.home.resolve()).encode()).hexdigest()[:10]
        self.sockets = Path("/tmp") / f"opsm-{os.geteuid()}-{digest}"  # noqa: S108

    def dsn(self, dbname: str, user: str = "postgres") -> str:
        """A libpq URI over the socket."""
        host = quote(str(self.sockets), safe="")
        return f"postgresql://{user}@/{quote(dbname, safe='')}?host={host}&port={self.port}"

    def exists(self) -> bool:
        """True for a complete data directory, False for none; a half-made one is an error."""
        try:
            complete = all((self.data / n).exists() for n in ("PG_VERSION", "global/pg_control"))
            if complete or not self.data.exists() or not any(self.data.iterdir()):
                return complete
        except PermissionError:
            raise self._foreign() from None
        raise OperatorError(
            f"{self.data} holds files, but not a complete PostgreSQL cluster.",
            f"Look what is in it, then move it away (mv {self.data} {self.data}.broken) "
            "and start again.",
        )

    def create(self) -> None:
        """Make the cluster, all or nothing; does nothing when it is there."""
        if not self.exists():
            clustermake.make(self.home, self.data, self.cron_database)

    def start(self, *, say: Callable[[str], None] = lambda _: None) -> None:
        """Start; a running server is restarted when it is not the one that is asked for."""
        if not self.exists():
            raise OperatorError(f"There is no cluster in {self.data}.", "Make one with `make up`.")
        programs = pgbin.find(int((self.data / "PG_VERSION").read_text()))
        if self.is_running():
            reason = self._why_restart(programs)
            if not reason:
                return
            if self._listens_on() != str(self.port):  # while the running one still serves
                clusterchecks.port_free(self.port, "PostgreSQL", "OPSMANTIK_PG_PORT")
            say(f"restarting PostgreSQL: {reason}")
            self.stop()
        clusterchecks.reachable(self.home)
        clusterchecks.port_free(self.port, "PostgreSQL", "OPSMANTIK_PG_PORT")
        clusterchecks.socket_directory(self.sockets)
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self.log.touch(mode=0o640)
        clusterchecks.give_to_server(self.log)
        clustermake.write(
            self.data / "opsmantik.conf",
            clusterconf.settings(self.port, self.sockets, self.preload, self.cron_database),
        )
        clusterchecks.lock_file(self.data)
        began = self.log.stat().st_size
        control: list[str | Path] = [programs / "pg_ctl", "start", "-w", "-t", str(START_SECONDS)]
        result = pgbin.run([*control, "-s", "-D", self.data, "-l", self.log])
        if result.returncode != 0:
            with self.log.open() as log:
                log.seek(began)
                tail = "\n".join(f"    {line}" for line in log.read().splitlines()[-8:])
            raise OperatorError(
                f"PostgreSQL did not start. Its last words:\n{tail}", f"Whole log: {self.log}"
            )

    def stop(self, *, mode: str = "fast") -> None:
        """Stop and wait, if it is running. `mode` is pg_ctl's."""
        if self.is_running():
            programs = pgbin.find(int((self.data / "PG_VERSION").read_text()))
            control: list[str | Path] = [programs / "pg_ctl", "stop", "-s", "-w", "-t", "60"]
            clustermake.must([*control, "-m", mode, "-D", self.data], "PostgreSQL did not stop")
        with contextlib.suppress(OSError):  # not there, or not empty and so not only ours
            self.sockets.rmdir()

    def remove(self) -> None:
        """Stop without ceremony and delete the data: for clusters of tests."""
        self.stop(mode="immediate")
        shutil.rmtree(self.data, ignore_errors=True)
        shutil.rmtree(self.sockets, ignore_errors=True)

    def pid(self) -> int | None:
        """The running server's process id; None when none runs on this data directory."""
        try:
            pid = int((self.data / "postmaster.pid").read_text().split("\n", 1)[0])
        except PermissionError:
            raise self._foreign() from None
        except (OSError, ValueError):
            return None
        return pid if processes.working_directory(pid) == self.data.resolve() else None

    def is_running(self) -> bool:
        return self.pid() is not None

    def version(self) -> str | None:
        """The running server's version ('15.18'), None when it cannot be asked."""
        try:
            with psycopg.connect(self.dsn("postgres"), connect_timeout=5) as connection:
                return (connection.info.parameter_status("server_version") or "?").split()[0]
        except psycopg.Error:
            return None

    def _why_restart(self, programs: Path) -> str:
        pid = self.pid()
        running, installed = self.version(), pgbin.program_version(programs)[1]
        upgraded = pid is not None and processes.program(pid).endswith(" (deleted)")
        if upgraded or running not in (None, installed):
            # new backends load the new programs' libraries and die of them
            return f"the installed programs are newer ({installed})"
        if self._listens_on() != str(self.port):
            return f"from port {self._listens_on()} to {self.port}"
        if not (self.sockets / f".s.PGSQL.{self.port}").exists():
            return f"its socket in {self.sockets} was removed"
        return ""

    def _listens_on(self) -> str:
        return (self.data / "postmaster.pid").read_text().split("\n")[3]

    def _foreign(self) -> OperatorError:
        return OperatorError(
            f"The cluster in {self.data} belongs to another user.",
            "Run this as the user who made it, or choose another place with OPSMANTIK_HOME.",
        )
