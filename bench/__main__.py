"""``python -m bench``: measures, prints a table, writes results.json."""

from __future__ import annotations

import json
import os
import platform
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from bench.measures import MEASURES, Effort, Result
from bench.stage import Bench


def _machine() -> str:
    cpu = next(
        (
            line.split(":")[1].strip()
            for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    return f"{os.cpu_count()} x {cpu}, load {os.getloadavg()[0]:.1f}"


def _line(one: Result) -> str:
    verdict = {True: "ok", False: "MISSED", None: ""}[one.ok]
    limit = "" if one.limit is None else f"{one.limit:g}"
    spread = f"{one.low:.3g} to {one.high:.3g}"
    return (
        f"{one.measure:<62} {one.value:>9.3g} {one.unit:<9} {limit:>7}  {verdict:<7} "
        f"{spread:<18} {one.note}"
    )


def main(
    only: Annotated[
        list[str] | None, typer.Option(help=f"One of {', '.join(MEASURES)}; can be repeated.")
    ] = None,
    quick: Annotated[
        bool, typer.Option(help="Little data, one short round: whether it runs, not how fast.")
    ] = False,
    out: Annotated[Path, typer.Option(help="Where the figures go.")] = Path("bench/results.json"),
) -> None:
    """Measure what is claimed, side by side in one run. Exit code 1 when a limit is missed."""
    chosen = only or list(MEASURES)
    if unknown := set(chosen) - set(MEASURES):
        raise typer.BadParameter(f"{', '.join(unknown)}: there is {', '.join(MEASURES)}.")
    effort = Effort(1, 1) if quick else Effort(5, 5)
    sizes = (5_000, 10_000, 10) if quick else (1_000_000, 10_000_000, 200)
    results: list[Result] = []
    sys.stdout.write(f"{_machine()}\n")
    bench = Bench(*sizes)
    try:
        for name in chosen:
            # the long lists of questions are short ones each
            shorter = name in ("dashboard", "pages") and not quick
            for one in MEASURES[name](bench, Effort(2, 5) if shorter else effort):
                sys.stdout.write(f"{_line(one)}\n")
                sys.stdout.flush()
                results.append(one)
    finally:
        bench.close()
    out.write_text(json.dumps([asdict(one) for one in results], indent=1) + "\n", encoding="utf-8")
    missed = [one for one in results if one.ok is False]
    sys.stdout.write(f"{len(results) - len(missed)} of {len(results)} fine; {_machine()}\n")
    raise typer.Exit(1 if missed and not quick else 0)


if __name__ == "__main__":
    typer.run(main)
