"""Sheets that are written line by line, whatever their length: CSV, and XLSX by the book."""

from __future__ import annotations

import codecs
import re
import zipfile
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import IO
from xml.sax.saxutils import escape

# what one sheet of Excel holds, its headings among them
MOST_ROWS = 1_048_576
LONGEST_CELL = 32_767
_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 (a sheet's clock has no zone)
_NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,10})?")
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}")
# XML 1.0 has no way to write these
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml."
_PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships'
    '+xml"/>'
    f'<Default Extension="xml" ContentType="{_TYPE}worksheet+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}sheet.main+xml"/>'
    f'<Override PartName="/xl/styles.xml" ContentType="{_TYPE}styles+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="r1"'
    f' Type="{_REL}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    # style 1 shows a number as date and time
    "xl/styles.xml": f'<styleSheet xmlns="{_MAIN}"><fonts count="1"><font/></fonts>'
    '<fills count="1"><fill/></fills><borders count="1"><border/></borders>'
    '<cellStyleXfs count="1"><xf/>'
    '</cellStyleXfs><cellXfs count="2"><xf/><xf numFmtId="22" applyNumberFormat="1"/></cellXfs>'
    "</styleSheet>",
}


def _workbook(sheets: int) -> dict[str, str]:
    """What is known when all sheets are written: their names."""
    numbers = range(1, sheets + 1)
    named = "".join(f'<sheet name="Sheet{n}" sheetId="{n}" r:id="r{n}"/>' for n in numbers)
    related = "".join(
        f'<Relationship Id="r{n}" Type="{_REL}/worksheet" Target="worksheets/sheet{n}.xml"/>'
        for n in numbers
    )
    return {
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_REL}"><sheets>{named}</sheets>'
        "</workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">{related}'
        f'<Relationship Id="r0" Type="{_REL}/styles" Target="styles.xml"/></Relationships>',
    }


Line = Sequence[str | None]


def write_csv(file: IO[bytes], lines: Iterable[Line], separator: str) -> int:
    """Lines whose cells are quoted and defused already; gives how many, without the headings."""
    count = -1
    file.write(codecs.BOM_UTF8)
    for count, cells in enumerate(lines):  # noqa: B007
        file.write((separator.join(cell or "" for cell in cells) + "\r\n").encode())
    return count


def write_xlsx(file: IO[bytes], lines: Iterable[Line], numbers: Iterable[int]) -> int:
    """Lines of bare cells, the first their headings; gives how many, without these.

    Texts are texts, so none is a formula; ``numbers`` are columns. What a sheet can't hold goes on
    the next one, under the same headings.
    """
    numeric, rest, count, sheets = frozenset(numbers), iter(lines), 0, 0
    headings = _row(next(rest), frozenset())
    line = next(rest, None)
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as book:
        for name, text in _PARTS.items():
            book.writestr(name, _HEAD + text)
        while line is not None or not sheets:
            sheets += 1
            with book.open(f"xl/worksheets/sheet{sheets}.xml", "w", force_zip64=True) as sheet:
                sheet.write(f'{_HEAD}<worksheet xmlns="{_MAIN}"><sheetData>'.encode() + headings)
                last = count + MOST_ROWS - 1
                while line is not None and count < last:
                    sheet.write(_row(line, numeric))
                    count += 1
                    line = next(rest, None)
                sheet.write(b"</sheetData></worksheet>")
        for name, text in _workbook(sheets).items():
            book.writestr(name, _HEAD + text)
    return count


def _row(cells: Line, numeric: frozenset[int]) -> bytes:
    row = "".join(_cell(cell, n in numeric) for n, cell in enumerate(cells))
    return f"<row>{row}</row>".encode()


def _cell(text: str | None, is_number: bool) -> str:
    if not text:
        return "<c/>"
    if is_number and _NUMBER.fullmatch(text):
        return f"<c><v>{text}</v></c>"
    if _TIME.fullmatch(text):
        days = (datetime.fromisoformat(text) - _EPOCH) / timedelta(days=1)
        return f'<c s="1"><v>{days:.8f}</v></c>'
    shown = escape(_UNWRITABLE.sub("\ufffd", text[:LONGEST_CELL]))
    return f'<c t="inlineStr"><is><t xml:space="preserve">{shown}</t></is></c>'
