"""What commands print: rich tables and progress at a terminal, plain text elsewhere, or JSON.

Everything that is shown has its control characters taken out: names come from people.
"""

from __future__ import annotations

import datetime
import json
import sys
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Annotated, Any

import typer
from rich.cells import cell_len
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

AsJson = Annotated[bool, typer.Option("--json", help="For scripts.")]


def say(text: str) -> None:
    """A sentence for a person, on standard output."""
    typer.echo("\n".join(_clean(line) for line in text.split("\n")))


def dump(value: Any) -> None:
    """A value for scripts; times are ISO 8601."""
    typer.echo(json.dumps(value, default=_plain, ensure_ascii=False))


def table(
    title: str,
    columns: Mapping[str, str],
    rows: Sequence[Mapping[str, Any]],
    as_json: bool = False,
    *,
    empty: str = "nothing",
) -> None:
    """A list: ``columns`` are keys of ``rows`` with the heading of each.

    With ``as_json`` the rows are printed whole, whatever the columns; ``empty`` is said for no row.
    """
    if as_json:
        dump(list(rows))
        return
    if not rows:
        typer.echo(empty)
        return
    cells = [[cell(row.get(key)) for key in columns] for row in rows]
    if sys.stdout.isatty():
        _rich(title, list(columns.values()), cells)
    else:
        for line in _aligned([[*columns.values()], *cells]):
            typer.echo(line)


def cell(value: Any) -> str:
    """How a value stands in a table."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime.datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, list | tuple):
        return ", ".join(cell(one) for one in value)
    return _clean(str(value))


@contextmanager
def progress(label: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
    """A bar on standard error while a terminal looks on; calling what it gives moves it on."""
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        disable=not sys.stderr.isatty(),
    )
    with bar:
        task = bar.add_task(label, total=total)
        yield lambda more: bar.update(task, advance=more)


def _rich(title: str, headings: list[str], cells: list[list[str]]) -> None:
    console = Console(file=sys.stdout)
    columns = [*zip(headings, *cells, strict=True)]
    words = [max(map(_longest_word, column)) for column in columns]
    room = console.width - sum(words) - 3 * len(words) - 1
    if room < 0:
        _records(title, headings, cells)
        return
    made = Table(title=Text(title) if title else None, title_justify="left")
    # no word is broken; who needs the least beyond its longest word is served first
    wanted = [
        max(map(cell_len, column)) - word for column, word in zip(columns, words, strict=True)
    ]
    for served, n in enumerate(sorted(range(len(words)), key=wanted.__getitem__)):
        more = min(wanted[n], room // (len(words) - served))
        words[n], room = words[n] + more, room - more
    for heading, width in zip(headings, words, strict=True):
        made.add_column(Text(heading), overflow="fold", width=width)
    for row in cells:
        made.add_row(*(Text(text) for text in row))
    console.print(made)


def _longest_word(text: str) -> int:
    return max(map(cell_len, text.split()), default=0)


def _records(title: str, headings: list[str], cells: list[list[str]]) -> None:
    """Where a table would break an id or an address in two, which then nobody can copy."""
    width = max(map(cell_len, headings))
    for number, row in enumerate(cells, 1):
        typer.echo(f"--- {title} {number} ---".replace("  ", " "))
        for heading, text in zip(headings, row, strict=True):
            typer.echo(f"{heading.ljust(width)}  {text}".rstrip())


def _aligned(rows: list[list[str]]) -> Iterator[str]:
    widths = [max(len(row[n]) for row in rows) for n in range(len(rows[0]))]
    for row in rows:
        yield "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()


def _clean(text: str) -> str:
    """Without control characters: a name can't move the cursor or add a line."""
    return "".join(" " if unicodedata.category(one) in ("Cc", "Cf") else one for one in text)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    return str(value)
