"""Which database a command speaks to, and what is said where it is not ours."""

from __future__ import annotations

import psycopg
import pytest
import typer.main

from pyctl import cli, db, docs, observe, target
from pyctl.errors import OperatorError
from tests.harness.stage import Stage

READS = [
    path
    for path, command in docs.walk(typer.main.get_command(cli.app), ())
    if path and path[-1] in ("list", "history", "check") and path[0] not in ("migrate", "partition")
]


@pytest.mark.parametrize(
    ("dsn", "said"),
    [
        ("host=db.example password=geheim", "holds a password"),
        ("postgresql://me:geheim@db.example/x", "holds a password"),
        ("postgresql://me@db.example/x?password=geheim", "holds a password"),
        ("host=db.example sslpassword=geheim", "holds a password"),
        ("nonsense", "is no connection string"),
        ("colour=red", "is no connection string"),
    ],
)
def test_what_is_no_address_or_tells_a_secret(
    dsn: str, said: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(OperatorError, match=said) as refused:
        target.resolve(dsn)
    assert refused.value.exit_code == 2
    assert "geheim" not in str(refused.value)
    assert observe.run(cli.app, ["site", "list", "--dsn", dsn]) == 2
    assert "geheim" not in "".join(capfd.readouterr())


@pytest.mark.parametrize("path", READS, ids=" ".join)
def test_a_database_that_is_not_ours_is_a_sentence(
    stage: Stage, path: tuple[str, ...], capfd: pytest.CaptureFixture[str]
) -> None:
    dsn = stage.cluster.dsn("postgres")
    assert observe.run(cli.app, [*path, "--dsn", dsn]) == 1
    said = capfd.readouterr().err
    assert "This database is not as this source knows it" in said
    assert "pyctl migrate status" in said
    assert "did not expect" not in said


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("set role anon; select from app.sites", "does not let this login do it"),
        ("set transaction read only; create table t ()", "takes no writes"),
        ("set statement_timeout = 1; select pg_sleep(60)", "took too long"),
        ("select pg_terminate_backend(pg_backend_pid())", "connection was lost"),
    ],
)
def test_what_an_operator_meets_is_a_sentence(dsn: str, statement: str, said: str) -> None:
    with db.connect(dsn) as conn, pytest.raises(psycopg.Error) as failed:
        conn.execute(db.as_query(statement))
    told = db.explained(failed.value)
    assert told is not None
    assert said in told.sentence
    assert told.way_out


def test_what_nobody_expected_stays_a_defect(dsn: str) -> None:
    with db.connect(dsn) as conn, pytest.raises(psycopg.Error) as failed:
        conn.execute("select 1 / 0")
    assert db.explained(failed.value) is None
