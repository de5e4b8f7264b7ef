"""What a person meets first: the help, the version, a door that stays shut."""

from __future__ import annotations

import importlib.metadata
import os
import re
import shlex
import subprocess
import sys
from typing import Any

import pytest
import typer
import typer.main
from typer.testing import CliRunner

from pyctl import cli, config, db, docs
from pyctl.errors import OperatorError
from tests.harness.stage import Stage
from tests.harness.world import World


def test_version() -> None:
    done = CliRunner().invoke(cli.app, ["--version"])
    assert (done.exit_code, done.stdout) == (
        0,
        f"pyctl {importlib.metadata.version('opsmantik')}\n",
    )


def test_help_begins_with_what_it_is() -> None:
    said = CliRunner().invoke(cli.app, ["--help"]).stdout
    assert "OpsMantik's own tool" in said
    assert "pyctl doctor" in said


def test_help_lists_every_command_where_it_belongs() -> None:
    commands = typer.main.get_command(cli.app).commands  # type: ignore[attr-defined]
    lost = [name for name, one in commands.items() if one.rich_help_panel not in cli.PANELS]
    assert not lost, "give it a rich_help_panel in pyctl/cli.py"
    said = CliRunner().invoke(cli.app, ["--help"], env={"COLUMNS": "100"}).stdout
    assert sorted(cli.PANELS, key=said.index) == [*cli.PANELS]


@pytest.mark.parametrize(
    ("who", "way_out"),
    [
        ("user=somebody password=wrong host=127.0.0.1", "the password in"),
        ("user=somebody host=127.0.0.1", "the password in"),
        ("user=postgres host=127.0.0.1", "It is running"),
    ],
)
def test_who_is_not_let_in_is_not_asked_whether_it_runs(
    stage: Stage, who: str, way_out: str
) -> None:
    with pytest.raises(OperatorError, match="does not let us in") as caught:
        db.connect(f"{who} port={stage.cluster.port} dbname=postgres passfile=/dev/null")
    assert way_out in caught.value.way_out
    assert "Is it running" not in caught.value.way_out


COMMANDS = [
    (path, command)
    for path, command in docs.walk(typer.main.get_command(cli.app), ())
    if not hasattr(command, "commands")
]


@pytest.mark.parametrize(("path", "command"), COMMANDS, ids=[" ".join(p) for p, _ in COMMANDS])
def test_every_command_has_examples_that_it_takes(path: tuple[str, ...], command: Any) -> None:
    examples = docs.examples(command)
    assert examples, "add a line to its docstring: Example: pyctl ..."
    for example in examples:
        words = shlex.split(re.split(r" [|>] ", example)[0])
        assert words[: len(path) + 1] == ["pyctl", *path]
        with command.make_context("pyctl", words[len(path) + 1 :]):
            pass  # it raised UsageError for an option or argument that is not there


def test_help_is_as_wide_as_the_terminal() -> None:
    """Not as its source: there its lines end at a hundred columns, and broke again at eighty."""
    for columns, line in (
        (200, "It speaks HTTP alone and needs no database; the site is the canary's"),
        (80, "Exit code 1 with the step that failed and what was expected. It speaks HTTP"),
    ):
        done = subprocess.run(
            [sys.executable, "-m", "pyctl", "smoke", "--help"], cwd=config.REPO,
            env={**os.environ, "COLUMNS": str(columns)}, capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert line in done.stdout


def test_every_argument_and_option_says_what_it_is() -> None:
    silent = [
        f"{' '.join(path)} {one.name}"
        for path, command in COMMANDS
        for one in command.params
        if not one.help
    ]
    assert silent == []


@pytest.mark.parametrize(("path", "command"), COMMANDS, ids=[" ".join(p) for p, _ in COMMANDS])
def test_every_list_for_scripts_is_json_by_the_same_option(
    path: tuple[str, ...], command: Any
) -> None:
    options = {name for one in command.params for name in one.opts}
    assert path[-1] not in ("list", "status") or "--json" in options


def test_letters_that_a_terminal_does_not_have(dsn: str, world: World) -> None:
    world.rows("insert into app.sites (name, domain) values ('Çığ Ltd', 'cig.example')")
    done = subprocess.run(
        [sys.executable, "-m", "pyctl", "site", "list", "--dsn", dsn],
        env={**os.environ, "PYTHONIOENCODING": "latin-1"}, capture_output=True, check=True,
    )  # fmt: skip
    assert "Ç\\u0131\\u011f Ltd" in done.stdout.decode("latin-1")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shell_completion_is_there(shell: str) -> None:
    env = {**os.environ, "_PYCTL_COMPLETE": f"source_{shell}"}
    done = subprocess.run(
        [sys.executable, "-m", "pyctl"], env=env, capture_output=True, text=True, check=False
    )
    assert "_PYCTL_COMPLETE" in done.stdout, done.stderr


def completed(line: str, dsn: str) -> tuple[list[str], str]:
    """What bash offers after ``line``, and what stands on standard error."""
    env = {
        **os.environ,
        "_PYCTL_COMPLETE": "complete_bash",
        "COMP_WORDS": line,
        "COMP_CWORD": str(len(line.split(" ")) - 1),
        "OPSMANTIK_DSN": dsn,
    }
    done = subprocess.run(
        [sys.executable, "-m", "pyctl"], env=env, capture_output=True, text=True, check=False
    )
    return done.stdout.split(), done.stderr


def test_shell_completes_jobs_and_sites_from_the_database(dsn: str, world: World) -> None:
    site = world.site("complete")
    assert completed("pyctl jobs run roll_", dsn) == (["roll_stats"], "")
    assert completed("pyctl jobs history retain", dsn) == (["retain_visits"], "")
    for command in (
        "site archive", "feed credentials create", "export intents --site", "token support",
        "user invite x@y.example --site", "analyst grant x", "stats rebuild --site",
    ):  # fmt: skip
        assert completed(f"pyctl {command} {site.domain[:5]}", dsn) == ([site.domain], ""), command


def test_shell_completion_is_silent_where_nobody_answers() -> None:
    dsn = "host=127.0.0.1 port=9 dbname=postgres"
    assert completed("pyctl jobs run roll_", dsn) == ([], "")
