"""``pyctl partition``: the months of sessions and events, from made ahead to retired."""

from __future__ import annotations

import contextlib
import datetime
import functools
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any

import psycopg
import typer

from pyctl import archive, db, drain, locks, output, target
from pyctl.errors import OperatorError

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="markdown",
    help="The months of sessions and events: made ahead, looked after, retired."
    "\n\nWhat to do at night: docs/how-to/partitions.md.",
)

FROZEN = "autovacuum_freeze_min_age=0"


def keep_up(conn: db.Connection) -> list[str]:
    """Makes the months that are missing and closes each child; gives the names of the new ones.

    Raises:
        OperatorError: pg_partman could not make one.
    """
    before = {one["name"] for one in db.rows(conn, "partitions")}
    try:
        locks.persist(lambda: conn.execute("select ops.upkeep_partitions()"), "Making months")
    except psycopg.Error as error:
        raise OperatorError(
            # pg_partman packs the whole way that it came into its message
            f"The months could not be made: {db.describe(error).splitlines()[0]}",
            "Rows of that month in the default partition? pyctl partition check tells;"
            " pyctl partition drain moves them.",
        ) from error
    return [one["name"] for one in db.rows(conn, "partitions") if one["name"] not in before]


@app.command()
def ensure(
    months: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=120,
            help="Months ahead from now on; what was set once stays. Default: as it is (4).",
        ),
    ] = None,
    dsn: target.Dsn = None,
    as_json: output.AsJson = False,
) -> None:
    """Make the coming months and close every child. Safe to repeat; a job does it each hour.

    Examples:

        pyctl partition ensure

        pyctl partition ensure --months 12
    """
    with db.connect(target.resolve(dsn), autocommit=True) as conn:
        if months is not None:
            conn.execute(db.query("set_premake"), {"months": months})
        made = keep_up(conn)
    if as_json:
        output.dump({"made": made})
        return
    for name in made:
        output.say(f"made {name}")
    if not made:
        output.say("nothing to make: every month is there")


@app.command("list")
def list_partitions(dsn: target.Dsn = None, as_json: output.AsJson = False) -> None:
    """Each month with its rows (about), size, and whether row level security is on.

    Examples:

        pyctl partition list

        pyctl partition list --json | jq 'map(.bytes) | add'
    """
    with db.connect(target.resolve(dsn)) as conn:
        found = db.rows(conn, "partitions")
    shown = [
        one
        | {
            "from": one["month"] or "(default)",
            "until": _next(one["month"]) if one["month"] else None,
            "size": size(one["bytes"]),
            "rls": "on" if one["has_rls"] else "OFF",
            "grants": one["grantees"] or "none",
            "autovacuum": "freezes" if FROZEN in one["options"] else "keeps up",
        }
        for one in found
    ]
    columns = {
        "name": "partition",
        "from": "from",
        "until": "until",
        "rows": "rows (about)",
        "size": "size",
        "rls": "RLS",
        "grants": "grants",
        "autovacuum": "autovacuum",
    }
    output.table("Months of sessions and events", columns, found if as_json else shown, as_json)


@app.command()
def check(dsn: target.Dsn = None, as_json: output.AsJson = False) -> None:
    """What is wrong with the partitions, and what to do. Exit code 1 when something is.

    Months ahead, gaps, rows in the default partitions, children without row level security or
    with grants, policies or another owner, indexes that are missing, autovacuum, pg_partman's
    configuration.

    Examples:

        pyctl partition check

        pyctl partition check --json
    """
    with db.connect(target.resolve(dsn)) as conn:
        found = db.rows(conn, "partition_findings")
        ahead = conn.execute("select name, runway from ops.partition_runway()").fetchall()
    if as_json:
        output.dump({"months_ahead": dict(ahead), "findings": found})
    else:
        output.say(", ".join(f"{name}: {runway} months ahead" for name, runway in ahead))
        columns = {
            "severity": "severity",
            "name": "what",
            "finding": "finding",
            "way_out": "what to do",
        }
        output.table("Findings", columns, found, empty="nothing is wrong")
    if found:
        raise typer.Exit(1)


@app.command("drain")
def drain_default(dsn: target.Dsn = None, as_json: output.AsJson = False) -> None:
    """Move rows out of the default partitions into months of their own.

    They are copied in batches of a quarter of a second, then the copies take the place of the
    originals in one moment: ingest of those months waits no longer than that. Every row is there
    once, at any time, for any reader. Interrupted, all is as before. Needs as much disk as the
    default partitions take now.

    Example:

        pyctl partition drain
    """
    with drain.alone(target.resolve(dsn)) as conn:
        found = db.rows(conn, "default_months")
        for one in [] if as_json else found:
            output.say(f"{one['month']:%Y-%m}: {one['sessions']} sessions, {one['events']} events")
        drain.run(conn, [one["month"] for one in found])
        made = keep_up(conn)
    done = [
        {"month": f"{one['month']:%Y-%m}", "rows": one["sessions"] + one["events"]} for one in found
    ]
    if as_json:
        output.dump({"drained": done, "made": made})
        return
    if not done:
        output.say("nothing to drain: the default partitions are empty")
    for one in done:
        output.say(f"{one['month']}: {one['rows']} rows moved")
    for name in made:
        output.say(f"made {name}")


def _next(month: datetime.date) -> datetime.date:
    return (month.replace(day=1) + datetime.timedelta(days=32)).replace(day=1)


def _limit(older_than: str | None) -> dict[str, Any]:
    """The arguments of the query ``retirements``."""
    if older_than is None:
        return {"before": None, "months": None}
    if found := re.fullmatch(r"(\d{1,4}) ?(?:m|months?)", older_than):
        return {"before": None, "months": int(found[1])}
    try:
        before = datetime.date.fromisoformat(f"{older_than}-01")
    except ValueError:
        raise typer.BadParameter(
            f"{older_than} is neither a month such as 2026-03 nor an age such as 13m"
        ) from None
    return {"before": before, "months": None}


def plan(conn: db.Connection, older_than: str | None) -> list[dict[str, Any]]:
    """The months that would go, oldest first; ``refusal`` says why one cannot go."""
    months = db.rows(conn, "retirements", **_limit(older_than))
    blocked = None
    for one in months:
        if blocked and not one["refusal"]:
            one["refusal"] = f"{blocked:%Y-%m} has to go first."
        elif one["refusal"]:
            blocked = blocked or one["month"]
    return months


def retire_month(conn: db.Connection, one: dict[str, Any], directory: Path | None) -> None:
    """Dumps a month (where it shall go to a file) and drops it, all in one transaction.

    Nobody can change the month between the dump and the drop. A failed dump drops nothing.

    Raises:
        OperatorError: the dump failed, a table stayed in use, or the month was refused.
    """
    month: datetime.date = one["month"]
    what = f"Retiring {month:%Y-%m}"
    tables = {"app.sessions": one["sessions_table"], "app.events": one["events_table"]}
    tables = {parent: child for parent, child in tables.items() if child}
    try:
        # the files stay when the commit fails: a lost connection does not tell whether it did
        with conn.transaction(), _taken_back(directory, month):
            if directory is not None:
                for child in tables.values():
                    lock = db.as_query(f"lock table {child} in share row exclusive mode")
                    conn.execute("set local lock_timeout = '2s'")
                    _in_turn(conn, functools.partial(conn.execute, lock), what)
                archive.write(conn, directory, month, tables)
            _in_turn(conn, lambda: conn.execute("select ops.retire_month(%s)", [month]), what)
    except psycopg.Error as error:
        lost = "`pyctl partition list` says whether the month is still there."
        way_out = lost if conn.broken else f"Nothing of {month:%Y-%m} was dropped."
        raise OperatorError(f"{what}: {db.describe(error)}", way_out) from error
    except OSError as error:
        raise OperatorError(
            f"{what}: the dump could not be written: {error}",
            f"Nothing of {month:%Y-%m} was dropped. Is there room (df -h {directory}),"
            " may you write there?",
        ) from error


@contextlib.contextmanager
def _taken_back(directory: Path | None, month: datetime.date) -> Iterator[None]:
    try:
        yield
    except BaseException:
        if directory is not None:
            archive.remove(directory, month)
        raise


def _in_turn(conn: db.Connection, act: Callable[[], object], what: str) -> None:
    """``persist`` inside a transaction: what was done before an attempt stays."""

    def attempt() -> None:
        with conn.transaction():
            act()

    locks.persist(attempt, what)


@app.command()
def retire(
    older_than: Annotated[
        str | None,
        typer.Option(
            help="A month (2026-03: those before it) or an age (13m)."
            " Default: what ops.settings.raw_months keeps no longer.",
            show_default=False,
        ),
    ] = None,
    dump: Annotated[
        Path | None,
        typer.Option(help="First write each month to files in this directory.", show_default=False),
    ] = None,
    yes: Annotated[
        bool, typer.Option("--yes", "--apply", help="Do it. Without it: only say what would go.")
    ] = False,
    dsn: target.Dsn = None,
    as_json: output.AsJson = False,
) -> None:
    """Drop old months of sessions and events. Says what would go, and does it only with --yes.

    Cards, sales and the dashboard's numbers of those days stay. Refused: a month that ended
    less than 190 days ago or is not wholly in the rollups. Events go before sessions; a job
    does the same daily by ops.settings.raw_months, without a dump.

    Examples:

        pyctl partition retire --older-than 13m

        pyctl partition retire --older-than 2026-03 --dump /srv/archive --yes
    """
    done: list[str] = []
    with db.connect(target.resolve(dsn), autocommit=True) as conn:
        months = plan(conn, older_than)
        if dump is not None:
            for one in months:
                archive.refuse_overwriting(dump, one["month"])
        if not as_json:
            _show_plan(months)
        for one in months if yes else []:
            if one["refusal"]:
                break
            retire_month(conn, one, dump)
            done.append(f"{one['month']:%Y-%m}")
            if not as_json:
                output.say(f"{done[-1]}: {'dumped and ' if dump else ''}dropped")
    if as_json:
        output.dump({"months": months, "retired": done})
    elif not yes and any(not one["refusal"] for one in months):
        output.say("Nothing was done. Add --yes to do it; --dump DIRECTORY keeps a copy.")
    if any(one["refusal"] for one in months):
        raise typer.Exit(1)


def _show_plan(months: list[dict[str, Any]]) -> None:
    columns = {
        "month": "month",
        "sessions": "sessions (about)",
        "events": "events (about)",
        "size": "size",
        "what": "what",
    }
    rows = [
        one
        | {
            "month": f"{one['month']:%Y-%m}",
            "size": size(one["bytes"]),
            "what": f"stays: {one['refusal']}" if one["refusal"] else "goes",
        }
        for one in months
    ]
    output.table("Months to retire", columns, rows, empty="no month is older than that")


def size(count: int) -> str:
    """Bytes for people: 812 kB."""
    amount = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if amount < 1000:
            return f"{amount:.0f} {unit}"
        amount /= 1000
    return f"{amount:.1f} TB"
