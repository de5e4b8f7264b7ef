"""The figures of a run as the table of docs/explanation/performance.md."""

from __future__ import annotations

from pathlib import Path

from bench.measures import Result
from pyctl.config import REPO

PAGE = REPO / "docs/explanation/performance.md"
BEGIN, END = "<!-- figures -->", "<!-- end of figures -->"


def number(value: float) -> str:
    """Three digits that say something."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def table(results: list[Result], machine: str) -> str:
    """One line for each figure; a missed limit is said."""
    lines = [
        f"Measured on {machine}.",
        "",
        "| line | figure | lowest, highest round | limit |",
        "|---|---|---|---|",
    ]
    for one in results:
        limit = "" if one.limit is None else f"{one.limit:g}"
        if one.ok is False:
            limit += ": **missed**"
        lines.append(
            f"| {one.measure} | {number(one.value)} {one.unit} "
            f"| {number(one.low)}, {number(one.high)} | {limit} |"
        )
    return "\n".join(lines)


def write(results: list[Result], machine: str, page: Path = PAGE) -> None:
    """Replaces what stands between the two marks of the page."""
    before, rest = page.read_text(encoding="utf-8").split(BEGIN)
    _, after = rest.split(END)
    text = f"{before}{BEGIN}\n{table(results, machine)}\n{END}{after}"
    page.write_text(text, encoding="utf-8")
