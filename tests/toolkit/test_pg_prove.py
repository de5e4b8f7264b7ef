"""The files of db/tests are plain pgTAP: pg_prove runs them, as their README says.

A few here; ``make soak`` runs all of them (OPSMANTIK_TEST_PROVE=all).
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from psycopg.conninfo import conninfo_to_dict

from pyctl import config
from tests.harness.stage import Stage

FOLDER = config.REPO / "db/tests"
# several columns in a row, descriptions of several lines, other roles, a savepoint
FEW = ["rpc/visitors", "schema/sites", "schema/upkeep", "rls/profiles", "functions/url"]
FILES = (
    sorted(path for path in FOLDER.glob("**/[!_]*.sql"))
    if os.environ.get("OPSMANTIK_TEST_PROVE") == "all"
    else [FOLDER / f"{name}.sql" for name in FEW]
)
Prove = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def prove(stage: Stage) -> Iterator[Prove]:
    """Runs pg_prove on a fresh copy of the database."""
    name = stage.copy()
    said = conninfo_to_dict(stage.cluster.dsn(name))
    where = [f"--{key}={said[key]}" for key in ("host", "port")]
    where += [f"--dbname={name}", f"--username={said['user']}"]

    def run(*files: Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["pg_prove", *where, "--pset", "fieldsep=\n", *(str(file) for file in files)],
            env={**os.environ, "PGOPTIONS": "-c search_path=tap"},
            cwd=config.REPO, capture_output=True, text=True, check=False,
        )  # fmt: skip

    yield run
    stage.drop(name)


@pytest.mark.timeout(120 + 10 * len(FILES))
def test_the_files_pass(prove: Prove) -> None:
    done = prove(*FILES)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert f"Files={len(FILES)}," in done.stdout


@pytest.mark.parametrize(
    "body",
    [
        "select plan(1);\nselect ok(false, 'no');",
        "select plan(2);\nselect ok(true, 'one');",
        "select no_plan();\nselect 1, ok(false, 'beside something');",
        "select plan(1);\nselect 1 / 0;",
    ],
)
def test_a_file_that_fails_fails(prove: Prove, tmp_path: Path, body: str) -> None:
    (tmp_path / "it.sql").write_text(f"begin;\n{body}\nselect * from finish();\nrollback;\n")
    done = prove(tmp_path / "it.sql")
    assert done.returncode != 0, done.stdout
