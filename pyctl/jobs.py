"""``pyctl jobs``: the jobs of ``ops.jobs``, by hand, in a loop, or by pg_cron."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Annotated, Any

import psycopg
import typer

from pyctl import completion, db, issuers, jobloop, logs, mail, output, settings, target
from pyctl.errors import OperatorError

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="markdown",
    help="What runs by itself, and when it last did.\n\nWhat to do at night: docs/how-to/jobs.md.",
)


def listed(conn: db.Connection) -> list[dict[str, Any]]:
    """Every job with its last run and whether it is due."""
    return db.rows(conn, "jobs")


def run_one(conn: db.Connection, job: dict[str, Any]) -> dict[str, Any]:
    """Runs a job (``conn`` in autocommit, as it commits for itself) and gives its run's record.

    The job's time limit is the statement's: the runner cannot limit itself.

    Raises:
        OperatorError: it failed; the run is recorded.
    """
    conn.execute(
        "select set_config('statement_timeout', %s, false)", [f"{job['limit_seconds'] * 1000:.0f}"]
    )
    try:
        conn.execute("call ops.run_job(%s)", [job["name"]])
    except psycopg.Error as error:
        raise OperatorError(f"Job {job['name']}: {db.describe(error)}") from error
    finally:
        if not conn.closed:
            conn.execute("reset statement_timeout")
    run = next(iter(db.rows(conn, "job_last_run", job=job["name"])), None)
    if run is None:
        return {"job": job["name"], "outcome": "skipped", "done": None, "error": None}
    if run["outcome"] == "failed":
        raise OperatorError(f"Job {job['name']} failed: {run['error']}")
    return run


@app.command("list")
def list_jobs(dsn: target.Dsn = None, as_json: output.AsJson = False) -> None:
    """Every job, its last run, and whether it is due.

    Examples:

        pyctl jobs list

        pyctl jobs list --json | jq '.[] | select(.is_late)'
    """
    with db.connect(target.resolve(dsn)) as conn:
        jobs = listed(conn)
    for job in [] if as_json else jobs:
        job["state"] = _state(job)
        job["last"] = job["last_outcome"] or "never ran"
    columns = {
        "name": "job",
        "every": "every",
        "state": "state",
        "last": "last run",
        "last_started_at": "began",
        "last_error": "error",
    }
    output.table("Jobs", columns, jobs, as_json)


def _state(job: dict[str, Any]) -> str:
    if not job["is_enabled"]:
        return "off"
    if job["is_late"]:
        return "LATE"
    return "due" if job["is_due"] else "waits"


@app.command()
def check(dsn: target.Dsn = None, as_json: output.AsJson = False) -> None:
    """Jobs that are late or failed, and what to do. Exit code 1 when there is one.

    Late: no good run for twice its interval. The public health says the same.

    Example:

        pyctl jobs check
    """
    with db.connect(target.resolve(dsn)) as conn:
        found = db.rows(conn, "doctor_jobs")
    output.table(
        "Jobs",
        {"what": "finding", "mend": "what to do"},
        found,
        as_json,
        empty="every job ran in time",
    )
    if found:
        raise typer.Exit(1)


@app.command()
def history(
    name: Annotated[
        str | None,
        typer.Argument(help="Of one job.", show_default=False, autocompletion=completion.jobs),
    ] = None,
    failed: Annotated[bool, typer.Option("--failed", help="Only what failed or died.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=100000, help="The newest so many.")] = 50,
    dsn: target.Dsn = None,
    as_json: output.AsJson = False,
) -> None:
    """Runs, newest first; they are kept for 30 days.

    Examples:

        pyctl jobs history --failed

        pyctl jobs history roll_stats --limit 10
    """
    with db.connect(target.resolve(dsn)) as conn:
        if name is not None:
            _known(name, listed(conn))
        runs = db.rows(conn, "job_history", job=name, failed=failed, limit=limit)
    for run in [] if as_json else runs:
        run["seconds"] = None if run["seconds"] is None else f"{run['seconds']:.2f}"
    columns = {
        "job": "job",
        "started_at": "began",
        "seconds": "seconds",
        "outcome": "outcome",
        "done": "done",
        "error": "error",
    }
    output.table("Runs", columns, runs, as_json, empty="no such run")


@app.command()
def sync(dsn: target.Dsn = None, as_json: output.AsJson = False) -> None:
    """Hand the jobs to pg_cron, and take from it what is listed no longer. Safe to repeat.

    Exit code 1 where pg_cron is not loaded in this database: then `pyctl jobs run --loop` does it.

    Example:

        pyctl jobs sync
    """
    with db.connect(target.resolve(dsn)) as conn:
        there = conn.execute("select from pg_extension where extname = 'pg_cron'").fetchone()
        if there is None:
            raise OperatorError(
                "pg_cron is not in this database: nothing was registered.",
                "Where it is loaded: create extension pg_cron; then run this again. Where it is"
                " not: pyctl jobs run --loop, as a service by pyctl render systemd.",
            )
        before = {one["name"] for one in db.rows(conn, "scheduled_jobs")}
        try:
            conn.execute("select ops.schedule_jobs()")
        except psycopg.Error as error:
            raise OperatorError(f"pg_cron refused: {db.describe(error)}") from error
        after = {one["name"] for one in db.rows(conn, "scheduled_jobs")}
    removed = sorted(before - after)
    if as_json:
        output.dump({"scheduled": sorted(after), "removed": removed})
        return
    output.say(f"{len(after)} jobs are registered in pg_cron, {len(after - before)} of them new")
    for one in removed:
        output.say(f"removed {one}")


def _known(name: str, jobs: list[dict[str, Any]]) -> None:
    if name not in {job["name"] for job in jobs}:
        known = ", ".join(job["name"] for job in jobs)
        raise OperatorError(f"There is no job {name}.", f"Known: {known}", exit_code=2)


def _run(conn: db.Connection, job: dict[str, Any]) -> None:
    run = run_one(conn, job)
    logs.log("info", "job", job=run["job"], outcome=run["outcome"], done=run["done"])
    output.say(f"{run['job']}: {run['outcome']}, {run['done'] or 0} done")


def run_due(
    conn: db.Connection, stop: jobloop.Stop, *, long: bool = False
) -> tuple[int, list[str]]:
    """Runs what is due of one lane, one after the other; in the short one also what only a process
    can do. Gives how much was done, and what failed.

    Raises:
        psycopg.OperationalError: the database went away.
    """
    count = 0
    failures: list[str] = []
    for job in listed(conn):
        if stop.is_set():
            break
        if not job["is_due"] or job["is_long"] != long:
            continue
        count += 1
        try:
            _run(conn, job)
        except OperatorError as error:  # the others are due all the same
            if conn.closed:
                raise psycopg.OperationalError(error.sentence) from error
            logs.log("error", "job", job=job["name"], outcome="failed", text=error.sentence)
            failures.append(error.sentence)
    for name, outside in () if long else OUTSIDE.items():
        if stop.is_set():
            break
        try:
            count += outside(conn)
        except OperatorError as error:
            logs.log("error", name, text=error.sentence)
            failures.append(error.sentence)
    return count, failures


def _mails(conn: db.Connection) -> int:
    if settings.read().smtp_url is None:
        return 0
    sent, failed = mail.deliver(conn)
    if failed:
        raise mail.not_sent(failed)
    return sent


OUTSIDE: dict[str, Callable[[db.Connection], int]] = {
    "mail": _mails,
    "issuer": issuers.refresh_due,
}


@app.command()
def run(
    name: Annotated[
        str | None,
        typer.Argument(
            help="One job, due or not.", show_default=False, autocompletion=completion.jobs
        ),
    ] = None,
    due: Annotated[bool, typer.Option("--due", help="Every job that is due.")] = False,
    loop: Annotated[
        bool, typer.Option("--loop", help="What is due, again and again, until a signal.")
    ] = False,
    dsn: target.Dsn = None,
) -> None:
    """Run a job, or all that are due, once or for ever. Exit code 1 when one failed.

    A job whose interval is longer than five minutes keeps no other one waiting: the short ones go
    on beside it. The loop ends after the jobs at hand by SIGTERM or Ctrl-C, waits for a database
    that went away, and is the only one of its database.

    Examples:

        pyctl jobs run roll_stats

        pyctl jobs run --due

        pyctl jobs run --loop
    """
    if [name is not None, due, loop].count(True) != 1:
        raise typer.BadParameter("give the name of a job, or --due, or --loop")
    if loop:
        jobloop.run(target.resolve(dsn), run_due, partial(run_due, long=True))
        return
    if due:
        _run_all_due(target.resolve(dsn))
        return
    with db.connect(target.resolve(dsn), autocommit=True) as conn:
        jobs = listed(conn)
        assert name is not None  # noqa: S101 (said above)
        _known(name, jobs)
        _run(conn, next(job for job in jobs if job["name"] == name))


def _run_all_due(dsn: str) -> None:
    counts: list[int] = []
    failures: dict[str, None] = {}  # once each, in order

    def turn(conn: db.Connection, stop: jobloop.Stop, *, long: bool = False) -> None:
        count, failed = run_due(conn, stop, long=long)
        counts.append(count)
        failures.update(dict.fromkeys(failed))

    jobloop.once(dsn, turn, partial(turn, long=True))
    if failures:
        raise OperatorError("\n".join(failures), "pyctl jobs history --failed has it all.")
    if not sum(counts):
        output.say("nothing is due")
