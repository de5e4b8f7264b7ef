"""``python -m bench``: measures, prints a table, writes results.json."""

from __future__ import annotations

import json
import os
import platform
import sys
import traceback
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from bench import page
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
    spread = f"{page.number(one.low)} to {page.number(one.high)}"
    return (
        f"{one.measure:<62} {page.number(one.value):>9} {one.unit:<9} {limit:>7}  {verdict:<7} "
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
    write_docs: Annotated[
        bool, typer.Option(help="Also put the table into docs/explanation/performance.md.")
    ] = False,
) -> None:
    """Measure what is claimed, side by side in one run. Exit code 1 when a limit is missed."""
    chosen = only or list(MEASURES)
    if unknown := set(chosen) - set(MEASURES):
        raise typer.BadParameter(f"{', '.join(unknown)}: there is {', '.join(MEASURES)}.")
    effort = Effort(1, 1) if quick else Effort(3, 9)
    sizes = (5_000, 10_000, 10) if quick else (1_000_000, 10_000_000, 200)
    results: list[Result] = []
    broken: list[str] = []
    machine = _machine()
    sys.stdout.write(f"{machine}\n")
    bench = Bench(*sizes)
    try:
        for name in chosen:
            # the long lists of questions are short ones each
            shorter = name in ("dashboard", "pages") and not quick
            try:
                for one in MEASURES[name](bench, Effort(1, 9) if shorter else effort):
                    sys.stdout.write(f"{_line(one)}\n")
                    sys.stdout.flush()
                    results.append(one)
            except Exception:  # half an hour of the others' figures is not thrown away
                sys.stdout.write(f"{name} broke off:\n{traceback.format_exc()}")
                broken.append(name)
    finally:
        bench.close()
        text = json.dumps([asdict(one) for one in results], indent=1)
        out.write_text(text + "\n", encoding="utf-8")
    missed = [one for one in results if one.ok is False]
    sys.stdout.write(f"{len(results) - len(missed)} of {len(results)} fine; {_machine()}\n")
    if write_docs:
        page.write(results, f"{machine}, {datetime.now(UTC):%Y-%m-%d}")
    raise typer.Exit(1 if broken or (missed and not quick) else 0)


if __name__ == "__main__":
    typer.run(main)
