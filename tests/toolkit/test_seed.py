"""The demo goes into a database of its own, never among customers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from typer.testing import CliRunner

from pyctl import db, seed
from pyctl.errors import OperatorError
from tests.harness.stage import Stage
from tests.harness.world import World


def test_the_demo_is_no_customer(dsn: str, world: World) -> None:
    assert not seed.has_customers(dsn)
    seed.demo(dsn)
    seed.demo(dsn)
    assert not seed.has_customers(dsn)
    assert world.value("select count(*) from app.sites") == 1


@pytest.fixture
def empty_deployed(stage: Stage) -> Iterator[str]:
    name = stage.copy()
    yield stage.cluster.dsn(name)
    stage.drop(name)


def test_among_customers_it_is_refused(empty_deployed: str) -> None:
    with db.connect(empty_deployed) as conn:
        conn.execute("insert into app.sites (name, domain) values ('acme', 'acme.example')")
    assert seed.has_customers(empty_deployed)
    with db.connect(empty_deployed) as conn:
        name = conn.info.dbname
    for said in ([], ["--among-sites-of", "another"]):
        result = CliRunner().invoke(seed.app, ["demo", *said, "--dsn", empty_deployed])
        assert isinstance(result.exception, OperatorError)
        assert "holds sites of others (1)" in result.exception.sentence
        assert name in result.exception.way_out
    with db.connect(empty_deployed) as conn:
        assert len(conn.execute("select from app.sites").fetchall()) == 1
    said = ["demo", "--among-sites-of", name, "--dsn", empty_deployed]
    assert CliRunner().invoke(seed.app, said).exit_code == 0
    with db.connect(empty_deployed) as conn:
        assert len(conn.execute("select from app.sites").fetchall()) == 2
