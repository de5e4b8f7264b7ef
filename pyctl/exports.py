"""``pyctl export``: a site's leads and numbers as a sheet, of any length, in constant memory."""

from __future__ import annotations

import csv
import datetime
import io
import itertools
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Annotated, Any, Literal

import typer

from pyctl import acts, completion, db, output, sheets, target
from pyctl.errors import OperatorError, unwritable

app = typer.Typer(no_args_is_help=True, help="A site's leads and numbers as CSV or XLSX.")

BATCH = 1000
PIPE = Path("-")
DAYS = 180  # what one call of export_stats takes
Site = Annotated[str, typer.Option(help="Id, domain or name.", autocompletion=completion.sites)]
Format = Annotated[Literal["csv", "xlsx"], typer.Option("--format", help="Excel reads both.")]
Separator = Annotated[
    Literal[";", ","], typer.Option(help="Of CSV; with ; numbers have a decimal comma.")
]
Out = Annotated[
    Path, typer.Option(help="A new file, mode 600; - is standard output.", dir_okay=False)
]

NUMBERS = ("sale_amount", "phone_clicks", "whatsapp_clicks", "form_submits", "lead_score")


def intents(
    conn: db.Connection, site: str, since: object, until: object, separator: str | None
) -> Iterator[sheets.Line]:
    """Headings, then the cards of [since, until) as export_intents shows them, batch by batch."""
    yield db.rows(conn, "export_columns")[0]["columns"]
    with conn.cursor("cards") as ids:
        ids.itersize = BATCH
        ids.execute(db.query("export_ids"), {"site": site, "since": since, "until": until})
        while batch := ids.fetchmany(BATCH):
            found = [row[0] for row in batch]
            for line in db.rows(conn, "export_cells", site=site, ids=found, separator=separator):
                yield line["cells"]


def stats(
    conn: db.Connection, site: str, since: datetime.date, until: datetime.date,
    separator: str | None, ads_only: bool,
) -> Iterator[sheets.Line]:  # fmt: skip
    """Headings, then the days of [since, until) as export_stats shows them."""
    day = since
    while day < until:
        end = min(until, day + datetime.timedelta(days=DAYS))
        reach = db.rows(conn, "export_range", site=site, since=day, until=end)[0]
        said = {**reach, "site": site, "separator": separator or ",", "ads_only": ads_only}
        text = acts.do(conn, "export_stats", **said)[0]["sheet"].removeprefix("\ufeff")
        lines = csv.reader(io.StringIO(text), delimiter=separator or ",")
        yield from itertools.islice(lines, 0 if day == since else 1, None)
        day = end


def _write(
    kind: str, site: str, since: datetime.datetime, until: datetime.datetime, form: str,
    separator: str, out: Path, reason: str, dsn: str | None, ads_only: bool,
) -> None:  # fmt: skip
    if until <= since:
        raise typer.BadParameter("--until comes after --since")
    if out == PIPE and form == "xlsx" and sys.stdout.isatty():
        raise typer.BadParameter("a book of Excel is nothing for a terminal: --out FILE")
    if out != PIPE and out.exists():
        raise OperatorError(f"{out} is there already.", "Name a new file.", exit_code=2)
    with db.connect(target.resolve(dsn)) as conn:
        one = acts.find_site(conn, site)
        acts.do(conn, "export_act", site=one["id"], reason=reason)
        conn.commit()
        conn.execute("set transaction isolation level repeatable read, read only")
        if not db.rows(conn, "as_owner", site=one["id"]):
            raise OperatorError(
                f"{one['name']} has no owner yet, with whose rights it could be read.",
                "Its invitation must be accepted first; pyctl site takeout needs no owner.",
            )
        sign = separator if form == "csv" else None
        lines: Iterator[sheets.Line]
        if kind == "intents":
            reach: dict[str, Any] = db.rows(
                conn, "export_range", site=one["id"], since=since, until=until
            )[0]
            lines = intents(conn, one["id"], reach["since"], reach["until"], sign)
        else:
            lines = stats(conn, one["id"], since.date(), until.date(), sign, ads_only)
        count = _save(lines, form, separator, out)
        conn.rollback()
    typer.echo(f"{count} lines written to {out}", err=out == PIPE)


def _save(lines: Iterator[sheets.Line], form: str, separator: str, out: Path) -> int:
    """Whole or not at all, mode 600: callers' numbers are in it. A pipe takes what comes."""
    try:
        if out == PIPE:
            count = _fill(lines, form, separator, sys.stdout.buffer)
            sys.stdout.buffer.flush()
            return count
        with tempfile.TemporaryDirectory(dir=out.absolute().parent, prefix=".export.") as draft:
            path = Path(draft) / "sheet"
            path.touch(mode=0o600)
            with path.open("wb") as file:
                count = _fill(lines, form, separator, file)
            path.rename(out)
    except OSError as error:
        raise unwritable("The output" if out == PIPE else out, error) from error
    return count


def _counted(lines: Iterator[sheets.Line]) -> Iterator[sheets.Line]:
    with output.progress("lines") as advance:
        for number, line in enumerate(lines, 1):
            yield line
            if number % BATCH == 0:
                advance(BATCH)


def _fill(lines: Iterator[sheets.Line], form: str, separator: str, file: IO[bytes]) -> int:
    lines = _counted(lines)
    if form == "csv":
        return sheets.write_csv(file, lines, separator)
    columns = next(lines)
    # the first column of numbers is the day, the last the currency
    numeric = [
        n
        for n, name in enumerate(columns)
        if name in NUMBERS or (columns[0] == "from" and name not in ("from", "currency"))
    ]
    return sheets.write_xlsx(file, itertools.chain([columns], lines), numeric)


@app.command("intents")
def intents_command(
    site: Site,
    since: acts.Since,
    until: acts.Until,
    out: Out,
    reason: acts.Reason,
    form: Format = "csv",
    separator: Separator = ";",
    dsn: target.Dsn = None,
) -> None:
    """The leads tapped on days of the site's zone; a lead a line.

    Example: pyctl export intents --site shop.example --since 2026-01-01 --until 2027-01-01 \\
    --out leads.csv --reason "they asked"
    """
    _write("intents", site, since, until, form, separator, out, reason, dsn, False)


@app.command("stats")
def stats_command(
    site: Site,
    since: acts.Since,
    until: acts.Until,
    out: Out,
    reason: acts.Reason,
    form: Format = "csv",
    separator: Separator = ";",
    ads_only: Annotated[bool, typer.Option("--ads-only/--all", help="Paid visits only.")] = True,
    dsn: target.Dsn = None,
) -> None:
    """The dashboard's numbers, a line per day.

    Example: pyctl export stats --site shop.example --since 2026-01-01 --until 2027-01-01 \\
    --format xlsx --out year.xlsx --reason "they asked"
    """
    _write("stats", site, since, until, form, separator, out, reason, dsn, ads_only)
