"""The demo goes into a database of its own, never among customers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pyctl import db, seed
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
    with pytest.raises(db.SqlFileError, match="customers in this database already"):
        seed.demo(empty_deployed)
