"""Every `pyctl` line that a page tells somebody to type is one that pyctl takes."""

from __future__ import annotations

import re
import shlex
from typing import Any

import pytest
import typer.main

from pyctl import cli, config

ROOT = typer.main.get_command(cli.app)
PAGES = [
    path
    for path in [*config.REPO.glob("*.md"), *sorted((config.REPO / "docs").rglob("*.md"))]
    if path.name != "CHANGELOG.md"
]
BLOCKS = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
TYPED = re.compile(r"^(?:\.venv/bin/)?pyctl (?:[^\\\n]|\\\n)+", re.MULTILINE)
SAID = re.compile(r"""[`']pyctl ([a-z][a-z-]*(?: [a-z][a-z-]*)*)""")


def typed() -> list[tuple[str, str]]:
    """Page and command line, of each block of shell."""
    return [
        (str(path.relative_to(config.REPO)), line.replace("\\\n", " "))
        for path in PAGES
        for block in BLOCKS.findall(path.read_text(encoding="utf-8"))
        for line in TYPED.findall(block)
    ]


def command_of(words: list[str]) -> tuple[Any, list[str]]:
    """The command that the words name, and what is behind its name."""
    command: Any = ROOT
    rest = [*words]
    while rest and rest[0] in getattr(command, "commands", {}):
        command = command.commands[rest.pop(0)]
    return command, rest


def test_there_are_some() -> None:
    assert len(typed()) > 100


@pytest.mark.parametrize("page", sorted({page for page, _ in typed()}))
def test_what_is_typed_is_taken(page: str) -> None:
    for line in (line for where, line in typed() if where == page):
        words = shlex.split(re.split(r" (?:[|>]|&&) ", line)[0], comments=True)
        command, rest = command_of(words[1:])
        assert not hasattr(command, "commands"), f"there is no such command: {line}"
        if "..." not in rest:
            with command.make_context(line, rest):
                pass  # it raised UsageError for an option or argument that is not there


def test_what_is_named_is_there() -> None:
    """In the pages, in hints and ways out."""
    lost = []
    for path in [
        *PAGES,
        *(config.REPO / "db").rglob("*.sql"),
        *(config.REPO / "pyctl").rglob("*.py"),
    ]:
        for said in SAID.findall(path.read_text(encoding="utf-8")):
            command, rest = command_of(said.split())
            if hasattr(command, "commands") and rest:
                lost.append((str(path.relative_to(config.REPO)), said))
    assert lost == []
