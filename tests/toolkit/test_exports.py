"""``pyctl export``: the same cells as the download, any length, constant memory.

``make soak`` exports more lines: OPSMANTIK_TEST_EXPORT=<lines>.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from xml.etree import ElementTree as XmlTree
from xml.parsers import expat

import pytest
from typer.testing import CliRunner, Result

from pyctl import config, exports, observe, sheets
from tests.harness.rest import Api
from tests.harness.world import Site, World
from tests.toolkit.test_output import at_a_terminal

MANY = int(os.environ.get("OPSMANTIK_TEST_EXPORT") or 10_000)
SHEET = "xl/worksheets/sheet1.xml"
NOTE = '=HYPERLINK("http://x";"Ayşe") ığüşöç'
CARDS = """
insert into app.calls (
    site_id, intent_action, intent_target, intent_stamp, tapped_at, last_tap_at, last_action,
    currency, note, city, status, sealed_at, sale_amount
)
select
    %(site)s, 'phone', 'tel:+905321112233', 'stamp-' || n, at, at, 'phone', 'TRY', %(note)s,
    'Kadıköy', 'confirmed', at, n + 0.5
from generate_series(1, %(count)s) as n
cross join lateral (values (timestamptz '2026-02-01 12:00Z' + n * interval '1 s')) as t (at)
"""


@pytest.fixture(scope="module")
def site(world: World) -> Site:
    site = world.site("acme")
    world.owner("acme")
    world.rows(CARDS, site=site.id, note=NOTE, count=300)
    return site


def arguments(kind: str, dsn: str, out: Path, *more: str, site: str = "acme") -> list[str]:
    reach = ["--since", "2026-02-01", "--until", "2026-03-01", "--reason", "asked"]
    return [kind, "--site", site, *reach, "--out", str(out), *more, "--dsn", dsn]


def export(kind: str, dsn: str, out: Path, *more: str) -> Result:
    done = CliRunner().invoke(exports.app, arguments(kind, dsn, out, *more))
    assert done.exit_code == 0, done.output + str(done.exception)
    return done


@pytest.mark.parametrize("separator", [";", ","])
@pytest.mark.parametrize("kind", ["intents", "stats"])
def test_the_download_to_the_byte(
    dsn: str, api: Api, world: World, site: Site, tmp_path: Path, kind: str, separator: str
) -> None:
    out = tmp_path / "sheet.csv"
    export(kind, dsn, out, "--separator", separator)
    said = {"site_id": site.id, "since": "2026-02-01T00:00+03", "until": "2026-03-01T00:00+03"}
    said |= {"separator": separator} | ({"granularity": "day"} if kind == "stats" else {})
    download = api.call(f"export_{kind}", said, token=world.owner("acme").token)
    assert download.status_code == 200
    assert out.read_bytes() == download.content
    assert out.stat().st_mode & 0o777 == 0o600
    assert len(download.content.splitlines()) == (301 if kind == "intents" else 29)


def cells(path: Path, sheet_name: str = SHEET) -> list[list[tuple[str | None, str | None]]]:
    """Type and text of each cell."""
    with zipfile.ZipFile(path) as book:
        assert book.testzip() is None
        for name in book.namelist():
            XmlTree.fromstring(book.read(name))  # noqa: S314
        sheet = XmlTree.fromstring(book.read(sheet_name))  # noqa: S314
    rows = sheet.iterfind(".//{*}row")
    return [[(cell.get("t"), "".join(cell.itertext())) for cell in row] for row in rows]


def test_a_book_of_excel(dsn: str, site: Site, tmp_path: Path) -> None:  # noqa: ARG001
    out = tmp_path / "sheet.xlsx"
    export("intents", dsn, out, "--format", "xlsx")
    head, first, *rest = cells(out)
    assert len(rest) == 299
    row = dict(zip([text for _, text in head], first, strict=True))
    assert row["note"] == ("inlineStr", NOTE), "a text, as it is: no formula"
    assert row["city"] == ("inlineStr", "Kadıköy")
    assert row["sale_amount"] == (None, "1.50")
    kind, days = row["tapped_at"]
    assert kind is None
    assert float(days or 0) == pytest.approx(46054 + 15 / 24 + 1 / 86400)
    export("stats", dsn, tmp_path / "stats.xlsx", "--format", "xlsx", "--all")
    day = cells(tmp_path / "stats.xlsx")[1]
    assert day[0] == ("inlineStr", "2026-02-01")
    assert day[6] == (None, "300")


def test_a_sheet_that_is_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next one goes on, under the same headings; a book says which sheets it has."""
    monkeypatch.setattr(sheets, "MOST_ROWS", 3)
    out = tmp_path / "x"

    def written(lines: list[list[str]]) -> list[list[str]]:
        with out.open("wb") as file:
            assert sheets.write_xlsx(file, [["n"], *lines], [0]) == len(lines)
        with zipfile.ZipFile(out) as book:
            names = [name for name in book.namelist() if "/sheet" in name]
            related = XmlTree.fromstring(book.read("xl/_rels/workbook.xml.rels"))  # noqa: S314
            targets = {one.get("Id"): str(one.get("Target")) for one in related}
            listed = XmlTree.fromstring(book.read("xl/workbook.xml"))  # noqa: S314
            (rid,) = {name for one in listed.iter() for name in one.attrib if "}id" in name}
            found = [f"xl/{targets[one.get(rid)]}" for one in listed.iterfind(".//{*}sheet")]
        assert found == names
        return [[str(cell) for ((_, cell),) in cells(out, name)] for name in found]

    assert written([]) == [["n"]]
    assert written([["1"], ["2"]]) == [["n", "1", "2"]]
    assert written([["1"], ["2"], ["3"]]) == [["n", "1", "2"], ["n", "3"]]
    assert written([["1"], ["2"], ["3"], ["4"], ["5"]])[2] == ["n", "5"]
    with out.open("wb") as file:
        assert sheets.write_xlsx(file, [["n"], ["\x00\x0b<&>\ufffe"]], []) == 1
    assert cells(out)[1] == [("inlineStr", "��<&>�")]


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_into_a_pipe(dsn: str, site: Site, tmp_path: Path, form: str) -> None:  # noqa: ARG001
    said = arguments("intents", dsn, Path("-"), "--format", form)
    done = subprocess.run(
        [sys.executable, "-m", "pyctl", "export", *said],
        capture_output=True, check=True, cwd=config.REPO,
    )  # fmt: skip
    out = tmp_path / "sheet"
    export("intents", dsn, out, "--format", form)
    assert b"300 lines written" in done.stderr
    if form == "csv":
        assert done.stdout == out.read_bytes()
    else:
        (tmp_path / "piped").write_bytes(done.stdout)
        assert cells(tmp_path / "piped") == cells(out)
    assert not (config.REPO / "-").exists()


def test_a_bar_at_a_terminal(dsn: str, site: Site, tmp_path: Path) -> None:  # noqa: ARG001
    said = arguments("intents", dsn, tmp_path / "sheet.csv")
    seen = at_a_terminal(f"from pyctl import exports\nexports.app({said!r})")
    assert "300 lines written" in seen
    assert "lines" in seen.split("300 lines written")[0]


def test_what_is_wrong_leaves_no_file(dsn: str, world: World, tmp_path: Path) -> None:
    out = tmp_path / "sheet"
    world.site("ownerless")
    assert observe.run(exports.app, arguments("intents", dsn, out, site="nowhere")) == 2
    assert observe.run(exports.app, arguments("intents", dsn, out, site="ownerless")) == 1
    assert not out.exists()
    out.write_text("mine")
    assert observe.run(exports.app, arguments("intents", dsn, out)) == 2
    assert out.read_text() == "mine"
    assert [path.name for path in tmp_path.iterdir()] == ["sheet"]


def lines_of(path: Path) -> int:
    """Of a CSV, or of a book, whose lines have every cell."""
    if not zipfile.is_zipfile(path):
        with path.open("rb") as file:
            return sum(1 for _ in file)
    seen = {"row": 0, "c": 0}
    parser = expat.ParserCreate()
    parser.StartElementHandler = lambda name, _: seen.update({name: seen.get(name, 0) + 1})
    with zipfile.ZipFile(path) as book, book.open(SHEET) as sheet:
        parser.ParseFile(sheet)
    assert seen["c"] == seen["row"] * 36
    return seen["row"]


@pytest.fixture(scope="module")
def crowd(world: World) -> dict[int, str]:
    """Two sites: one has ten times the leads of the other. No triggers: these are only read."""
    counts = {MANY // 10: "few", MANY: "many"}
    for count, name in counts.items():
        site = world.site(name)
        world.owner(name)
        world.rows("set session_replication_role = replica")
        world.rows(CARDS, site=site.id, note="x" * (15_000_000 // MANY), count=count)
        world.rows("reset session_replication_role")
    world.rows("vacuum analyze app.calls")  # as autovacuum does on a table that lives
    return counts


@pytest.mark.timeout(120 + MANY // 500)
@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_memory_does_not_grow(dsn: str, crowd: dict[int, str], tmp_path: Path, form: str) -> None:
    """Ten times the leads are the same peak here and in the server; all of them are in the file."""
    peaks = []
    for count, name in crowd.items():
        out = tmp_path / name
        said = arguments("intents", dsn, out, "--format", form, site=name)
        done = subprocess.run(
            [sys.executable, "-m", "tests.toolkit.peak", "export", *said],
            capture_output=True, text=True, check=True, cwd=config.REPO,
        )  # fmt: skip
        assert f"{count} lines" in done.stdout
        assert lines_of(out) == count + 1
        peaks.append(json.loads(done.stdout.splitlines()[-1]))
        print(form, count, "lines", out.stat().st_size >> 20, "MB", peaks[-1])
    for who in ("pyctl", "server"):
        assert peaks[1][who] - peaks[0][who] < 12_000, "kB: 15 MB of notes alone went through"
