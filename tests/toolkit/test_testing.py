"""``pyctl test``: pytest on a folder of SQL, and its exit codes as the house's."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import psycopg
import pytest
from typer.testing import CliRunner

from pyctl import cli, config, observe

REPO = config.REPO
CONFTEST = """
import os
from pyctl import collector

pytest_plugins = ["pyctl.collector"]

def pytest_configure(config):
    config.stash[collector.DSN] = lambda: os.environ["OPSMANTIK_TEST_DSN"]
"""


@pytest.fixture
def checkout(dsn: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout with two files of tests; one stands outside it."""
    (tmp_path / "pyproject.toml").write_text(
        "[tool.pytest.ini_options]\naddopts = '-p no:cacheprovider -p xdist.plugin'"
    )
    (tmp_path / "conftest.py").write_text(CONFTEST)
    folder = tmp_path / "db" / "tests"
    folder.mkdir(parents=True)
    (folder / "good.sql").write_text("select plan(1);\nselect ok(true, 'fine');\n")
    (folder / "bad.sql").write_text("select plan(2);\nselect ok(true);\nselect is(1, 2, 'off');\n")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    monkeypatch.setattr(config, "REPO", tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(REPO))
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # seconds, each time
    monkeypatch.setenv("OPSMANTIK_TEST_DSN", dsn)
    return folder


@pytest.mark.usefixtures("checkout")
def test_file_and_line_of_what_fails(capfd: pytest.CaptureFixture[str]) -> None:
    assert CliRunner().invoke(cli.app, ["test"]).exit_code == 1
    said = capfd.readouterr().out
    assert "db/tests/bad.sql:3: failed: off" in said
    assert "1 failed, 2 passed" in said


def test_two_workers_report_the_same_assertions_of_files_that_one_of_them_ran(
    checkout: Path, capfd: pytest.CaptureFixture[str], dsn: str
) -> None:
    """No two runs of such a file have the same names; no rollback sets a sequence back."""
    with psycopg.connect(dsn) as conn:
        conn.execute("create sequence public.runs")
    for name in ("this.sql", "that.sql"):
        (checkout / name).write_text(
            "select plan(2);\n"
            "select ok(true, gen_random_uuid()::text);\n"
            "select ok(nextval('public.runs') > 0, 'counted');\n"
        )
    assert CliRunner().invoke(cli.app, ["test", "-n", "2"]).exit_code == 1
    said = capfd.readouterr().out
    assert "2 workers" in said
    assert f"{checkout}/bad.sql:3: failed: off" in said
    assert "1 failed, 6 passed" in said
    with psycopg.connect(dsn) as conn:
        assert conn.execute("select last_value from public.runs").fetchone() == (2,)


@pytest.mark.usefixtures("checkout")
@pytest.mark.parametrize(
    ("words", "code", "passed"),
    [
        (["../db/tests/bad.sql", "../db/tests/good.sql", "-k", "fine or no"], 0, 2),
        (["../db/tests/good.sql", "-k", "nothing"], 2, 0),
        (["../db/tests/none.sql"], 2, 0),
    ],
)
def test_what_is_asked_for(
    capfd: pytest.CaptureFixture[str], words: list[str], code: int, passed: int
) -> None:
    assert CliRunner().invoke(cli.app, ["test", *words]).exit_code == code
    assert (f"{passed} passed" in capfd.readouterr().out) == bool(passed)


def test_without_pytest_it_says_what_installs_it(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    assert observe.run(cli.app, ["test"]) == 1
    assert "bootstrap.sh test" in capfd.readouterr().err
