"""``pyctl migrate``: bring a database to the source, and say whether it is there."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Annotated, Any

import typer

from pyctl import db, deploy, source, target

app = typer.Typer(no_args_is_help=True, help="Bring the database to the source, and compare.")

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


@app.command()
def apply(dsn: target.Dsn = None, root: Root = target.SOURCE) -> None:
    """Load an empty database, or replay the code on a live one (in one transaction)."""
    done = deploy.deploy(
        target.resolve(dsn), root, revision=revision(root), say=lambda text: typer.echo(f"  {text}")
    )
    for signature in done.dropped:
        typer.echo(f"  dropped, no longer in the source: {signature}")
    what = "loaded" if done.fresh else "code replayed"
    typer.echo(f"{what} in {done.seconds:.1f} s (attempt {done.attempts})")


def compare(dsn: str, root: Path) -> dict[str, Any]:
    """Source against ledger; ``last`` is the ledger's newest row or None."""
    with db.connect(dsn) as conn:
        last = None if deploy.is_empty(conn) else next(iter(db.rows(conn, "last_deploy")), None)
    known = last or {}
    return {
        "deployed": last is not None,
        "state_matches": known.get("state_checksum") == source.checksum(root, code=False),
        "code_matches": known.get("code_checksum") == source.checksum(root, code=True),
        "last": last,
    }


@app.command()
def status(
    dsn: target.Dsn = None,
    root: Root = target.SOURCE,
    as_json: Annotated[bool, typer.Option("--json", help="For scripts.")] = False,
) -> None:
    """Is the database what the source says? Exit code 0: yes. 1: no."""
    found = compare(target.resolve(dsn), root)
    if as_json:
        typer.echo(json.dumps(found))
    elif not found["deployed"]:
        typer.echo("nothing was deployed here yet: pyctl migrate apply")
    else:
        last = found["last"]
        typer.echo(
            f"last deploy {last['deployed_at']} by {last['deployed_by']}, {last['git_revision']}"
        )
        for name in ("state", "code"):
            typer.echo(f"{name}: {'as in the source' if found[f'{name}_matches'] else 'differs'}")
    if not (found["state_matches"] and found["code_matches"]):
        raise typer.Exit(1)
