"""The real tree: a database at the released state, with data, becomes what the source says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from pyctl import catalogue, config, db, deploy, seed, shadow
from tests.harness.stage import Stage
from tests.harness.tree import Tree

# What a release after this one may do to the tables that matter: (file, before, after).
CHANGES = (
    (
        "schema/30_sessions.sql",
        "    said_hash bigint,\n",
        "    said_hash bigint,\n    proof text not null default 'as before',\n",
    ),
    (
        "schema/31_events.sql",
        "create trigger events_10",
        "create index events_proof_idx on app.events (site_id, occurred_at)\n"
        "where category = 'conversion';\n\ncreate trigger events_10",
    ),
    (
        "schema/50_calls.sql",
        "    constraint calls_pkey",
        "    proof integer,\n    constraint calls_proof_check check (proof > 0),\n"
        "    constraint calls_pkey",
    ),
    (
        "schema/60_conversions.sql",
        "create table app.conversions (",
        "create table app.proofs (id integer primary key);\ncreate table app.conversions (",
    ),
)
BEFORE = """-- migrate: outside transaction
create index concurrently events_proof_idx on app.events (site_id, occurred_at)
where category = 'conversion';
"""
INSIDE = """
alter table app.sessions add column proof text not null default 'as before';
alter table app.calls add column proof integer;
alter table app.calls add constraint calls_proof_check check (proof > 0);
create table app.proofs (id integer primary key);
"""
TABLES = "select name from ops.tenant_tables() union all select 'app.sites' order by 1"
ROWS = (
    "select count(*), md5(string_agg(one, '' order by one)) from ("
    "select (to_jsonb(row) - 'proof')::text as one from {} as row) as rows"
)


def contents(dsn: str) -> dict[str, tuple[int, str]]:
    """Of every table with rows of sites: how many, and their digest."""
    with psycopg.connect(dsn) as conn:
        names = [name for (name,) in conn.execute(TABLES)]
        return {name: next(iter(conn.execute(db.as_query(ROWS.format(name))))) for name in names}


@pytest.fixture
def released(stage: Stage) -> Iterator[str]:
    """A database as the first release made it (before that: as the source does), with customers."""
    name = stage.copy()
    dsn = stage.cluster.dsn(name)
    if shadow.baseline_path(config.REPO / "db").exists():
        stage.drop(name)
        shadow.deploy_baseline(stage.create_database(name), config.REPO / "db")
    seed.demo(dsn)
    yield dsn
    stage.drop(name)


def test_a_released_database_with_data_is_upgraded(
    stage: Stage, released: str, tmp_path: Path
) -> None:
    tree = Tree.of(config.REPO / "db", tmp_path / "db")
    for file, old, new in CHANGES:
        tree.replace(file, old, new)
    tree.step("index", BEFORE)
    tree.step("tables", INSIDE)
    before = contents(released)
    assert sum(count for count, _ in before.values()) > 100
    assert deploy.deploy(released, tree.root).steps[-2:] == [
        path.stem for path in sorted((tree.root / "migrations").glob("[0-9]*.sql"))[-2:]
    ]
    assert contents(released) == before
    with shadow.Server(stage.cluster.dsn("postgres")).database() as fresh:
        deploy.deploy(fresh, tree.root)
        assert catalogue.drift(catalogue.of(released), catalogue.of(fresh)) == []
