"""``pyctl jobs``: the jobs of ``ops.jobs``, by hand or by a timer where pg_cron is not loaded."""

from __future__ import annotations

import json
from typing import Annotated, Any

import psycopg
import typer

from pyctl import db, logs, target
from pyctl.errors import OperatorError

app = typer.Typer(no_args_is_help=True, help="What runs by itself, and when it last did.")


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
        conn.execute("reset statement_timeout")
    run = next(iter(db.rows(conn, "job_last_run", job=job["name"])), None)
    if run is None:
        return {"job": job["name"], "outcome": "skipped", "done": None, "error": None}
    if run["outcome"] == "failed":
        raise OperatorError(f"Job {job['name']} failed: {run['error']}")
    return run


@app.command("list")
def list_jobs(
    dsn: target.Dsn = None,
    as_json: Annotated[bool, typer.Option("--json", help="For scripts.")] = False,
) -> None:
    """Every job, its last run, and whether it is due."""
    with db.connect(target.resolve(dsn)) as conn:
        jobs = listed(conn)
    if as_json:
        typer.echo(json.dumps(jobs))
        return
    for job in jobs:
        last = (
            f"{job['last_outcome']} {job['last_started_at']}"
            if job["last_outcome"]
            else "never ran"
        )
        state = "off" if not job["is_enabled"] else "due" if job["is_due"] else "waits"
        typer.echo(f"{job['name']:<20} every {job['every']:<10} {state:<6} {last}")
        if job["last_error"]:
            typer.echo(f"    {job['last_error']}")


def _run(conn: db.Connection, job: dict[str, Any]) -> None:
    run = run_one(conn, job)
    logs.log("info", "job", job=run["job"], outcome=run["outcome"], done=run["done"])
    typer.echo(f"{run['job']}: {run['outcome']}, {run['done'] or 0} done")


@app.command()
def run(
    name: Annotated[str | None, typer.Argument(help="One job, due or not.")] = None,
    due: Annotated[bool, typer.Option("--due", help="Every job that is due.")] = False,
    dsn: target.Dsn = None,
) -> None:
    """Run a job, or all that are due. Exit code 1 when one failed."""
    if (name is None) is not due:
        raise typer.BadParameter("give the name of a job, or --due")
    failures: list[str] = []
    with db.connect(target.resolve(dsn), autocommit=True) as conn:
        jobs = listed(conn)
        wanted = [j for j in jobs if (j["is_due"] if due else j["name"] == name)]
        if not wanted and not due:
            known = ", ".join(j["name"] for j in jobs)
            raise OperatorError(f"There is no job {name}.", f"Known: {known}", exit_code=2)
        if not wanted:
            typer.echo("nothing is due")
        for job in wanted:
            try:
                _run(conn, job)
            except OperatorError as error:  # the others are due all the same
                failures.append(error.sentence)
    if failures:
        raise OperatorError("\n".join(failures), "Each run stands in ops.job_runs.")
