"""Tables at a terminal, plain text in a pipe, JSON for scripts."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from datetime import UTC, datetime
from typing import Any

import pytest

from pyctl import output

COLUMNS = {"name": "Name", "seen": "Seen", "on": "On"}
ROWS: list[dict[str, Any]] = [
    {"name": "Çilingir", "seen": datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), "on": True, "id": 1},
    {"name": "two [bold]words", "seen": None, "on": False, "id": 2},
]


def test_plain_text_is_aligned_and_has_no_escapes(capsys: pytest.CaptureFixture[str]) -> None:
    output.table("Sites", COLUMNS, ROWS)
    assert capsys.readouterr().out.splitlines() == [
        "Name             Seen                       On",
        "Çilingir         2026-01-02 03:04:05+00:00  yes",
        "two [bold]words                             no",
    ]


def test_json_has_every_key_and_times_by_iso(capsys: pytest.CaptureFixture[str]) -> None:
    output.table("Sites", COLUMNS, ROWS, True)
    said = capsys.readouterr().out
    assert "Çilingir" in said
    assert json.loads(said)[0] == ROWS[0] | {"seen": "2026-01-02T03:04:05+00:00"}
    output.table("Sites", COLUMNS, [], True)
    assert capsys.readouterr().out == "[]\n"


def test_no_rows_are_told_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    output.table("Sites", COLUMNS, [], empty="there is no site yet")
    assert capsys.readouterr().out == "there is no site yet\n"


def test_a_name_cannot_write_to_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    output.table("Sites", {"name": "Name"}, [{"name": "a\x1b[2Jb\nc\u202ed\x9b31m"}])
    output.say("one\x1b]0;x\x07\ntwo")
    said = capsys.readouterr().out
    assert said.splitlines()[1:] == ["a [2Jb c d 31m", "one ]0;x ", "two"]


def at_a_terminal(program: str, columns: int = 60) -> str:
    """What a program prints at a pseudo-terminal."""
    ours, theirs = pty.openpty()
    env = {**os.environ, "COLUMNS": str(columns), "TERM": "xterm"}
    child = subprocess.Popen(
        [sys.executable, "-c", program], stdin=theirs, stdout=theirs, stderr=theirs, env=env
    )
    os.close(theirs)
    said = b""
    while True:
        try:
            more = os.read(ours, 4096)
        except OSError:  # how Linux tells that the other end is closed
            break
        if not more:
            break
        said += more
    os.close(ours)
    assert child.wait() == 0
    return said.decode()


SITES = (
    "from pyctl import output\n"
    "output.table('All [sites]', {'a': 'Id', 'b': 'Şehir'}, 2 *"
    " [{'a': '11111111-2222-4333-8444-555555555555', 'b': 'Kadıköy ' * 9}])"
)


def test_terminal_gets_a_frame_and_nothing_is_cut() -> None:
    said = at_a_terminal(SITES)
    assert "All [sites]" in said
    assert "┃" in said
    assert "…" not in said
    assert said.count("11111111-2222-4333-8444-555555555555") == 2, "in one piece"
    assert said.count("Kadıköy") == 18


def test_what_a_table_would_break_in_two_stands_in_lines() -> None:
    said = at_a_terminal(SITES, 40).splitlines()
    assert said[3] == "--- All [sites] 2 ---"
    assert said[:3] == [
        "--- All [sites] 1 ---",
        "Id     11111111-2222-4333-8444-555555555555",
        "Şehir  " + ("Kadıköy " * 9).rstrip(),
    ]


def test_progress_moves_at_a_terminal_and_is_silent_elsewhere(
    capfd: pytest.CaptureFixture[str],
) -> None:
    program = (
        "from pyctl import output\n"
        "with output.progress('Days', 2) as step:\n    step(1)\n    step(1)\n"
    )
    assert "Days" in at_a_terminal(program)
    assert "2/2" in at_a_terminal(program)
    with output.progress("Days", 2) as step:
        step(1)
    assert capfd.readouterr() == ("", "")
