"""What a person meets first: the help, the version, a door that stays shut."""

from __future__ import annotations

import importlib.metadata

import pytest
from typer.testing import CliRunner

from pyctl import cli, db
from pyctl.errors import OperatorError
from tests.harness.stage import Stage


def test_version() -> None:
    done = CliRunner().invoke(cli.app, ["--version"])
    assert (done.exit_code, done.stdout) == (
        0,
        f"pyctl {importlib.metadata.version('opsmantik')}\n",
    )


def test_help_begins_with_what_it_is() -> None:
    said = CliRunner().invoke(cli.app, ["--help"]).stdout
    assert "OpsMantik's own tool" in said


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
