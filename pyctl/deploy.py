"""Deploy: the one way by which ``db/`` gets into a database, empty or live.

One transaction. An empty database gets every file in order; on a live one the pending steps of
db/migrations bring the state, and the code is replayed (docs/explanation/house.md). Steps that
cannot be in a transaction run before it.
"""

from __future__ import annotations

import contextlib
import hashlib
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import LiteralString, TypeVar

import psycopg

from pyctl import db, loader, locks, replay, source, stepping, steps
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
    steps: list[str] = field(default_factory=list)
    locked_seconds: float = 0.0


@dataclass
class _Run:
    """What an attempt works with and finds out."""

    conn: db.Connection
    root: Path
    say: Say
    todo: list[steps.Step]
    dropped: list[str] = field(default_factory=list)
    locked_at: float | None = None


def is_empty(conn: db.Connection) -> bool:
    """Was nothing ever deployed here?"""
    row = conn.execute("select to_regclass('ops.deploys') is null").fetchone()
    return bool(row and row[0])


def _load(run: _Run) -> None:
    load = loader.Loader(run.conn, run.root, db.run_as_written)
    for phase in source.PHASES:
        run.say(f"{phase.name}: {phase.folder}")
        load.run(phase)
    load.finish()
    for step in run.todo:
        steps.record(run.conn, step, "contained")


def _refuse_unknown_state(run: _Run) -> None:
    last = steps.last_deploy(run.conn)
    if last is None:
        raise DeployError(
            "ops.deploys is empty: what was this database made of? Nothing was changed.",
            "pyctl migrate baseline takes it over, if its state is this source's.",
        )
    moved = run.todo or last["is_interrupted"]
    if moved or last["state_checksum"] == source.checksum(run.root, code=False):
        return
    raise DeployError(
        "db/schema or db/partitions differ from what this database was made of, and there is no"
        " migration step for it yet. Nothing was changed.",
        "Write one: pyctl migrate draft NAME (docs/how-to/migrate.md). Nothing in it worth keeping?"
        " Drop it and deploy into an empty one; for the demo: make down, delete OPSMANTIK_HOME"
        " (.opsmantik), make up.",
    )


def _replay(run: _Run) -> None:
    _refuse_unknown_state(run)
    run.say("code: replaying")
    locks.lock_views(run.conn)
    code = replay.Code(run.conn, run.root)
    # First: replacing them keeps nobody waiting, and the tables are locked for less long.
    code.functions()
    run.locked_at = time.monotonic()
    locks.lock_tables(run.conn)
    code.reset_policies()
    ways: list[Callable[[], object]] = [lambda: _code_first(run, code), code.step_aside]
    used = _run_steps(run.conn, run.todo, run.say, ways)
    if used == len(ways):
        code.functions()
    if used != 1:
        code.policies_and_api()
    run.dropped += code.finish()


def _run_steps(
    conn: db.Connection, todo: list[steps.Step], say: Say, ways: list[Callable[[], object]]
) -> int:
    """Runs them, in the caller's transaction; where code is missing or in the way, tries the next
    of ``ways`` to change that. Gives how many were tried."""
    used = 0
    for step in todo:
        say(f"step: {step.title}")
        while True:
            try:
                stepping.inside(conn, step)
                break
            except db.SqlFileError as error:
                if used == len(ways) or error.sqlstate not in stepping.NEEDS_CODE:
                    raise
                ways[used]()
                used += 1
        steps.record(conn, step, "applied")
    return used


def _code_first(run: _Run, code: replay.Code) -> None:
    """Brings the code as far as it goes: it frees what a step drops and makes what it names."""
    code.policies_and_api()
    code.some_views()
    with contextlib.suppress(replay.ReplayError), run.conn.transaction():
        run.dropped += code.routines.drop_stale(run.conn)


def _publish(conn: db.Connection, root: Path) -> None:
    """Puts the tracker where ``/rpc/core.js`` finds it: a tree without one leaves what is there."""
    path = root.parent / "tracker" / "core.js"
    if path.is_file():
        body = path.read_bytes()
        digest = hashlib.sha256(body).hexdigest()[:16]
        script = {"name": path.name, "body": body.decode(), "digest": digest}
        conn.execute(db.query("publish_script"), script)


def _attempt(run: _Run, revision: str | None, seconds: int) -> bool:
    conn, root = run.conn, run.root
    fresh = is_empty(conn)
    settings: tuple[LiteralString, ...] = (
        "set local check_function_bodies = off",
        "set local search_path = ''",
        "set local client_min_messages = warning",
        # files wait for each other by failing; what really fails is told by us, with its line
        "set local log_min_messages = fatal",
    )
    with conn.transaction():
        for setting in settings:
            conn.execute(setting)
        limit = "0" if fresh else f"{seconds}s"
        conn.execute("select set_config('statement_timeout', %s, true)", [limit])
        (_load if fresh else _replay)(run)
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
    return fresh


def leg(conn: db.Connection, root: Path, todo: list[steps.Step], say: Say) -> replay.Code | None:
    """Steps that are committed by themselves, because one outside the transaction needs them.

    Code goes on only as far as they need it; gives it where they do.
    """
    with conn.transaction():
        conn.execute("set local search_path = ''")
        conn.execute("set local check_function_bodies = off")
        locks.lock_views(conn)
        locks.lock_tables(conn)
        made: list[replay.Code] = []

        def functions() -> None:
            made.append(replay.Code(conn, root))
            made[0].functions()

        _run_steps(conn, todo, say, [functions, lambda: made[0].step_aside()])
    return made[0] if made else None


def _live_leg(conn: db.Connection, root: Path, todo: list[steps.Step], say: Say) -> None:
    """The same where requests go on, for as long as what comes outside the transaction takes."""
    with conn.transaction():
        code = leg(conn, root, todo, say)
        if code is None:
            return
        code.as_far_as_it_goes()
        conn.execute(db.query("forbid_schemas"))
        conn.execute(db.query("definer_owners"))
        conn.execute("notify pgrst, 'reload schema'")


NOTHING = "Nothing was changed."


@contextlib.contextmanager
def _told_of(ran: list[str]) -> Iterator[None]:
    """Nobody is told that nothing was changed when something was begun outside the transaction."""
    try:
        yield
    except OperatorError as error:
        if ran:
            stays = (
                f"What was begun outside the transaction stays: {', '.join(ran)}."
                " Mend what it says, then run this again: it goes on from there."
            )
            error.sentence = error.sentence.replace(NOTHING, "").rstrip()
            error.way_out = " ".join((error.way_out.replace(NOTHING, "").rstrip(), stays)).lstrip()
        raise


def _before_the_transaction(
    conn: db.Connection,
    root: Path,
    todo: list[steps.Step],
    say: Say,
    ran: list[str],
    *,
    in_legs: bool,
) -> list[steps.Step]:
    """Runs what cannot be in the transaction; gives the steps that are left for it.

    ``ran`` gets what was begun, and is not taken back.
    """
    if not (steps.in_one_go(todo) or in_legs):
        outside = next(step for step in reversed(todo) if step.outside)
        raise DeployError(
            f"{outside.path.name} runs outside the transaction, and steps before it are not here"
            " yet. Nothing was changed.",
            "Deploy the release in between first; or, with nobody at work, all in one:"
            " pyctl migrate apply --in-legs (old code meets the new state in between).",
        )
    waiting: list[steps.Step] = []
    for step in todo:
        if not step.outside:
            waiting.append(step)
            continue
        if waiting:
            _persist(partial(_live_leg, conn, root, waiting, say), say)
            ran += [one.title for one in waiting]
            waiting = []
        say(f"step: {step.title} (outside the transaction)")
        for statement in step.statements:
            ran.append(f"{step.path.name}:{statement.line}")
            _persist(partial(stepping.outside, conn, step, statement), say)
        steps.record(conn, step, "applied")
    return waiting


def _persist(attempt: Callable[[], T], say: Say) -> tuple[int, T]:
    """Tries until nobody is in the way; gives (attempts, result)."""
    for number in range(1, ATTEMPTS + 1):
        try:
            return number, attempt()
        except (psycopg.Error, locks.LockTimeoutError, db.SqlFileError) as error:
            busy = isinstance(error, locks.LockTimeoutError) or error.sqlstate in _RETRY
            if not busy:
                raise
            said = error.sentence if isinstance(error, OperatorError) else str(error)
            if number == ATTEMPTS:
                said = f"Gave up after {ATTEMPTS} attempts: {said}"
                raise DeployError(said, f"{NOTHING} {locks.WHO}") from error
            say(f"{said}: trying again ({number} of {ATTEMPTS - 1})")
            time.sleep(random.uniform(0.1, 0.4) * number)  # noqa: S311 (jitter, no secret)
    raise AssertionError("the last attempt returns or raises")


def deploy(
    dsn: str,
    root: Path,
    *,
    revision: str | None = None,
    say: Say = lambda _: None,
    in_legs: bool = False,
    statement_seconds: int = 60,
) -> Deployed:
    """Brings the database at ``dsn`` (superuser) to the source tree ``root`` (the db folder).

    Raises:
        DeployError: refused (someone else deploys, state differs) or never got its locks.
        steps.StepError: a file of db/migrations, or its place in the ledger, is refused.
        db.SqlFileError: a file failed; the message names file and line. All is rolled back.
    """
    began = time.monotonic()
    source.check(root)
    found = steps.read(root)
    with db.connect(dsn, autocommit=True, name="pyctl deploy (control)") as control:
        held = locks.try_deploy_lock(control)
        if held is not None:
            raise DeployError(held)
        ran: list[str] = []
        with db.connect(dsn, autocommit=True, name="pyctl deploy") as conn, _told_of(ran):
            # else a statement goes on, and keeps its locks, when we are killed in it
            conn.execute("set client_connection_check_interval = '2s'")
            todo = steps.pending(found, steps.ledger(conn))
            left = todo
            if not is_empty(conn):
                steps.looked_at(todo)
                _persist(partial(conn.execute, db.query("take_back_drain")), say)
                left = _before_the_transaction(conn, root, todo, say, ran, in_legs=in_legs)

            def once() -> tuple[_Run, bool]:
                run = _Run(conn, root, say, left)
                return run, _attempt(run, revision, statement_seconds)

            attempt, (run, fresh) = _persist(once, say)
            ended = time.monotonic()
        # closing would do it too, but a busy server takes its time
        control.execute("select pg_advisory_unlock(%s, %s)", locks.DEPLOY_KEY)
    locked = ended - run.locked_at if run.locked_at else 0.0
    titles = [] if fresh else [step.title for step in todo]
    return Deployed(fresh, attempt, time.monotonic() - began, run.dropped, titles, locked)
