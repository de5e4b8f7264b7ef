"""``pyctl migrate``: bring a database to the source, and say whether it is there."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Annotated, Any

import typer

from pyctl import db, deploy, drafting, judge, output, shadow, source, steps, target
from pyctl.errors import OperatorError

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="markdown",
    help="Bring the database to the source, and compare."
    "\n\nFrom an edit to the live database: docs/how-to/migrate.md.",
)

Root = Annotated[Path, typer.Option(help="The db folder of the source.", file_okay=False)]


def revision(root: Path) -> str | None:
    """The commit of the source tree, with ``+`` when it has changes; None outside of git."""
    try:
        found = subprocess.run(
            ["git", "-C", str(root), "describe", "--always", "--dirty=+", "--abbrev=40"],
            capture_output=True, text=True, timeout=10, check=False,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return None
    return found.stdout.strip() or None


def _say(text: str) -> None:
    typer.echo(f"  {text}")


Shadow = Annotated[
    str | None,
    typer.Option(
        "--shadow",
        help="A server on which databases may be made and dropped (connection string), not a live"
        " one: roles belong to all of it; default: a cluster of its own, for as long as it takes.",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="For scripts.")]


@app.command()
def apply(
    dsn: target.Dsn = None,
    root: Root = target.SOURCE,
    in_legs: Annotated[
        bool,
        typer.Option(
            "--in-legs",
            help="Several releases at once, with nobody at work: steps before one that cannot be"
            " in a transaction are committed by themselves.",
        ),
    ] = False,
    statement_timeout: Annotated[
        int, typer.Option(help="Seconds that one statement may take on a live database.", min=1)
    ] = 60,
) -> None:
    """Load an empty database; on a live one run the pending steps and replay the code.

    One transaction, but for steps that cannot be in one: these run before it. Whenever it is
    interrupted, the old or the new state stands; run it again.

    Example: pyctl migrate apply
    """
    done = deploy.deploy(
        target.resolve(dsn), root, revision=revision(root), say=_say, in_legs=in_legs,
        statement_seconds=statement_timeout,
    )  # fmt: skip
    for signature in done.dropped:
        typer.echo(f"  dropped, no longer in the source: {signature}")
    what = "loaded" if done.fresh else f"{len(done.steps)} steps run, code replayed"
    typer.echo(f"{what} in {done.seconds:.1f} s (attempt {done.attempts})")
    if not done.fresh:
        typer.echo(f"requests waited for at most {done.locked_seconds:.1f} s")


def compare(dsn: str, root: Path) -> dict[str, Any]:
    """Source against ledger; ``last`` is the ledger's newest row or None."""
    found = steps.read(root)
    with db.connect(dsn) as conn:
        empty = deploy.is_empty(conn)
        last = None if empty else steps.last_deploy(conn)
        todo = [] if empty else steps.pending(found, steps.ledger(conn))
    known = last or {}
    return {
        "deployed": last is not None,
        "state_matches": known.get("state_checksum") == source.checksum(root, code=False),
        "code_matches": known.get("code_checksum") == source.checksum(root, code=True),
        "last": last,
        "pending": [step.title for step in todo],
    }


def _is_there(found: dict[str, Any]) -> bool:
    return found["state_matches"] and found["code_matches"] and not found["pending"]


def _standing(found: dict[str, Any]) -> list[dict[str, Any]]:
    last = found["last"]
    says = [("last deploy", last["deployed_at"]), ("by", last["deployed_by"])]
    says.append(("source", last["git_revision"] or "unknown (not from git)"))
    says += [
        (name, "as in the source" if found[f"{name}_matches"] else "differs")
        for name in ("state", "code")
    ]
    says += [("pending", title) for title in found["pending"]]
    return [{"what": what, "says": text} for what, text in says]


@app.command()
def status(dsn: target.Dsn = None, root: Root = target.SOURCE, as_json: AsJson = False) -> None:
    """Is the database what the source says? Exit code 0: yes. 1: no.

    Example: pyctl migrate status --json
    """
    found = compare(target.resolve(dsn), root)
    if as_json:
        output.dump(found)
    elif not found["deployed"]:
        output.say("nothing was deployed here yet: pyctl migrate apply")
    else:
        output.table("Database", {"what": "what", "says": "says"}, _standing(found))
        if not _is_there(found):
            output.say("pyctl migrate plan says what pyctl migrate apply would do")
    if not _is_there(found):
        raise typer.Exit(1)


@app.command()
def plan(dsn: target.Dsn = None, root: Root = target.SOURCE, as_json: AsJson = False) -> None:
    """What `apply` would do here, in its order. Changes nothing.

    Example: pyctl migrate plan
    """
    where = target.resolve(dsn)
    source.check(root)
    found = judge.plan(where, root)
    if as_json:
        output.dump(found)
        return
    if found["fresh"]:
        output.say("empty database: everything is loaded from the source, in one transaction")
        return
    rows = [
        {
            "step": step["step"],
            "when": "before the transaction" if step["outside"] else "in the transaction",
            "role": "the superuser" if step["superuser"] else "app_owner",
        }
        for step in found["steps"]
    ]
    columns = {"step": "step", "when": "when", "role": "as"}
    output.table("Steps", columns, rows, empty="no step is pending")
    for step in found["steps"]:
        output.say(f"{step['step']}:")
        for statement in step["statements"]:
            output.say("    " + statement.replace("\n", "\n    ") + ";")
    if found["refused"]:
        raise OperatorError(found["refused"], found["way_out"])
    output.say("code: " + ("replayed, though it is the same" if found["code"] else "replayed"))


@app.command()
def draft(
    name: Annotated[str, typer.Argument(help="What it does, in lower_case_words.")],
    root: Root = target.SOURCE,
    rename: Annotated[
        list[str] | None,
        typer.Option(
            help="A column or a table (SCHEMA.OLD:NEW) that has a new name.",
            metavar="SCHEMA.TABLE.OLD:NEW",
        ),
    ] = None,
    shadow_dsn: Shadow = None,
) -> None:
    """Write the step from the last one's state to db/schema. Marks what a person must look at.

    migra writes it; what it cannot see is added or marked `-- LOOK`, first of all what would lose
    data. Then: `check`.

    Example: pyctl migrate draft add_call_reason
    """
    if not re.fullmatch("[a-z0-9_]+", name):
        raise typer.BadParameter("small letters, digits and _ only")
    with shadow.server(shadow_dsn) as server:
        path = drafting.draft(server, root, name, _say, rename or ())
    typer.echo(f"written: {path}")
    marks = path.read_text(encoding="utf-8").count(f"\n{steps.LOOK}")
    typer.echo(f"{marks} marks to look at, then: pyctl migrate check")


@app.command()
def check(
    root: Root = target.SOURCE,
    shadow_dsn: Shadow = None,
    as_json: AsJson = False,
) -> None:
    """Do the steps lead from the release to the source? Compares two databases completely.

    One is made from the released state and brought here as a live one would be, the other from the
    source. Also: no mark of a draft is left, and every dangerous statement has its written reason.
    Exit code 1: no, and here is what differs.

    Example: pyctl migrate check
    """
    with shadow.server(shadow_dsn) as server:
        found = judge.check(server, root, _quiet if as_json else _say)
    if as_json:
        typer.echo(json.dumps(found))
    else:
        for text in found["findings"]:
            typer.echo(text)
        typer.echo(
            f"{len(found['findings'])} findings"
            if found["findings"]
            else f"the same: {found['objects']} objects, {found['steps']} steps"
        )
    if found["findings"]:
        raise typer.Exit(1)


def _quiet(_: str) -> None:
    pass


@app.command()
def drift(
    dsn: target.Dsn = None,
    root: Root = target.SOURCE,
    shadow_dsn: Shadow = None,
    as_json: AsJson = False,
) -> None:
    """Is there anything in the live database that the source does not say, or the other way round?

    Compares the whole catalogue; partitions only against their parent. Exit code 1: yes.

    Example: pyctl migrate drift --json
    """
    where = target.resolve(dsn)
    with shadow.server(shadow_dsn) as server:
        found = judge.drift(where, server, root)
    if as_json:
        typer.echo(json.dumps([vars(one) for one in found]))
    else:
        for one in found:
            typer.echo(one.text("live", "source"))
        typer.echo(
            f"{len(found)} differences. Functions, policies, views and their grants:"
            " pyctl migrate apply replays them. The rest is state: mend it by hand, or by a step."
            if found
            else "live is as the source"
        )
    if found:
        raise typer.Exit(1)


@app.command()
def baseline(
    dsn: target.Dsn = None,
    root: Root = target.SOURCE,
    shadow_dsn: Shadow = None,
) -> None:
    """Take over a database that has this source's tables but no ledger. Runs no step.

    Its state must be the source's, completely; the code may differ: the next `apply` replays it.

    Example: pyctl migrate baseline
    """
    where = target.resolve(dsn)
    with shadow.server(shadow_dsn) as server:
        count = judge.take_over(where, server, root, revision(root))
    typer.echo(f"taken over, {count} steps counted as behind it. Now: pyctl migrate apply")


@app.command()
def release(root: Root = target.SOURCE) -> None:
    """Freeze the tree as the first release: from then on db/schema changes only with a step.

    Example: pyctl migrate release
    """
    source.check(root)
    typer.echo(f"written: {shadow.freeze(root)}. Commit it; it is never written again.")
