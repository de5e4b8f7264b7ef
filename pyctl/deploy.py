"""Deploy: the one way by which ``db/`` gets into a database, empty or live.

One transaction. An empty database gets every file in order; on a live one state must be the same
as at the last deploy, and the code is replayed (docs/explanation/house.md).
"""

from __future__ import annotations

import hashlib
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import LiteralString, TypeVar

import psycopg

from pyctl import db, loader, locks, replay, source, views
from pyctl.errors import OperatorError

Say = Callable[[str], None]
ATTEMPTS = 12
_RETRY = ("55P03", "40P01")  # lock timeout, deadlock
T = TypeVar("T")


class DeployError(OperatorError):
    """A deploy was refused or gave up. Nothing was changed."""


@dataclass(frozen=True)
class Deployed:
    """What a deploy did."""

    fresh: bool
    attempts: int
    seconds: float
    dropped: list[str] = field(default_factory=list)


def is_empty(conn: db.Connection) -> bool:
    """Was nothing ever deployed here?"""
    row = conn.execute("select to_regclass('ops.deploys') is null").fetchone()
    return bool(row and row[0])


def _load(conn: db.Connection, root: Path, say: Say) -> list[str]:
    load = loader.Loader(conn, root, db.run_as_written)
    for phase in source.PHASES:
        say(f"{phase.name}: {phase.folder}")
        load.run(phase)
    load.finish()
    return []


def _replay(conn: db.Connection, root: Path, say: Say) -> list[str]:
    last = db.rows(conn, "last_deploy")
    if not last:
        raise DeployError("ops.deploys is empty: this database was not loaded by a deploy")
    if last[0]["state_checksum"] != source.checksum(root, code=False):
        raise DeployError(
            "db/schema or db/partitions differ from what this database was made of, and there is no"
            " migration step for it yet. Nothing was changed.",
            "Nothing in it worth keeping? Drop it and deploy into an empty one; for the demo:"
            " make down, delete OPSMANTIK_HOME (.opsmantik), make up.",
        )
    say("code: replaying")
    locks.lock_views(conn)
    conn.execute(db.query("reset_routines"))
    routines = replay.Routines(conn, root)
    load = loader.Loader(conn, root, routines.step)
    # Functions first: replacing them keeps nobody waiting, and the tables are locked for less long.
    for phase in source.PHASES:
        if phase.name == "functions":
            load.run(phase)
    locks.lock_tables(conn)
    kept = "\n".join(source.plain_domains(root))
    conn.execute("select set_config('opsmantik.kept_domains', %s, true)", [kept])
    conn.execute(db.query("reset_policies"))
    for phase in source.PHASES:
        if phase.code and phase.name not in ("functions", "reporting"):
            load.run(phase)
    _replay_views(conn, root, routines)
    load.finish()
    if routines.bound_to_stale(conn):
        # A file that came before the one with the new signature still calls the old one: once more.
        again = loader.Loader(conn, root, routines.step)
        for phase in source.PHASES:
            if phase.name == "functions":
                again.run(phase)
        again.finish()
    return routines.drop_stale(conn)


def _publish(conn: db.Connection, root: Path) -> None:
    """Puts the tracker where ``/rpc/core.js`` finds it: a tree without one leaves what is there."""
    path = root.parent / "tracker" / "core.js"
    if path.is_file():
        body = path.read_bytes()
        digest = hashlib.sha256(body).hexdigest()[:16]
        script = {"name": path.name, "body": body.decode(), "digest": digest}
        conn.execute(db.query("publish_script"), script)


def _replay_views(conn: db.Connection, root: Path, routines: replay.Routines) -> None:
    shown = views.Views(conn, root, routines.step)
    while True:
        load = loader.Loader(conn, root, shown.step)
        for phase in source.PHASES:
            if phase.name == "reporting":
                load.run(phase)
        if not (shown.missing() and load.is_done):
            break
    shown.finish()
    load.finish()


def _attempt(
    conn: db.Connection, root: Path, revision: str | None, say: Say
) -> tuple[bool, list[str]]:
    settings: tuple[LiteralString, ...] = (
        "set local check_function_bodies = off",
        "set local search_path = ''",
        "set local statement_timeout = 0",
        "set local client_min_messages = warning",
        # files wait for each other by failing; what really fails is told by us, with its line
        "set local log_min_messages = fatal",
    )
    with conn.transaction():
        for setting in settings:
            conn.execute(setting)
        fresh = is_empty(conn)
        dropped = (_load if fresh else _replay)(conn, root, say)
        conn.execute(db.query("forbid_schemas"))
        conn.execute(db.query("definer_owners"))
        try:
            conn.execute(db.query("validate_routines"))
        except psycopg.Error as error:
            if error.sqlstate in _RETRY:
                raise
            raise DeployError(db.describe(error), "Nothing was changed.") from error
        state, code = source.checksum(root, code=False), source.checksum(root, code=True)
        conn.execute(
            db.query("record_deploy"), {"state": state, "code": code, "revision": revision}
        )
        _publish(conn, root)
        conn.execute("notify pgrst, 'reload schema'")
    return fresh, dropped


def _persist(attempt: Callable[[], T], say: Say) -> tuple[int, T]:
    """Tries until nobody is in the way; gives (attempts, result)."""
    for number in range(1, ATTEMPTS + 1):
        try:
            return number, attempt()
        except (psycopg.Error, locks.LockTimeoutError, db.SqlFileError) as error:
            busy = isinstance(error, locks.LockTimeoutError) or error.sqlstate in _RETRY
            if not busy:
                raise
            if number == ATTEMPTS:
                said = f"Gave up after {ATTEMPTS} attempts: {error}"
                raise DeployError(said, "Nothing was changed.") from error
            say(f"{error}: trying again ({number} of {ATTEMPTS - 1})")
            time.sleep(random.uniform(0.1, 0.4) * number)  # noqa: S311 (jitter, no secret)
    raise AssertionError("the last attempt returns or raises")


def deploy(
    dsn: str, root: Path, *, revision: str | None = None, say: Say = lambda _: None
) -> Deployed:
    """Brings the database at ``dsn`` (superuser) to the source tree ``root`` (the db folder).

    Raises:
        DeployError: refused (someone else deploys, state differs) or never got its locks.
        db.SqlFileError: a file failed; the message names file and line. All is rolled back.
    """
    began = time.monotonic()
    source.check(root)
    with db.connect(dsn, autocommit=True, name="pyctl deploy (control)") as control:
        held = locks.try_deploy_lock(control)
        if held is not None:
            raise DeployError(held)
        with db.connect(dsn, autocommit=True, name="pyctl deploy") as conn:
            attempt, outcome = _persist(lambda: _attempt(conn, root, revision, say), say)
    fresh, dropped = outcome
    return Deployed(fresh, attempt, time.monotonic() - began, dropped)
