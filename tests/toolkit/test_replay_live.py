"""A deploy on a live database: not one request fails."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg

from pyctl import config, deploy
from tests.harness.load import PATIENCE, Load
from tests.harness.rest import Rest
from tests.harness.tree import Tree
from tests.harness.world import Site, World

INDEX = """-- migrate: outside transaction
create index concurrently calls_proof on app.calls (site_id, tapped_at);
"""
TABLES = """
alter table app.calls add column proof text not null default 'as before';
alter table app.sites add column proof integer not null default 7;
-- functions, policies and views are bound to it
alter table app.sites alter column name type varchar;
alter table app.sessions add column proof text default 'as before';
alter table app.calls add constraint calls_proof_check check (proof <> '') not valid;
-- goes on when a request waits: the locked time is long enough to be met by one
do $$
begin
    while not exists (select from pg_catalog.pg_locks where not granted) loop
        perform pg_catalog.pg_sleep(0.01);
    end loop;
end
$$;
"""
VALIDATE = """-- migrate: outside transaction
alter table app.calls validate constraint calls_proof_check;
"""


DEPLOY = (
    "select pid from pg_stat_activity where datname = current_database()"
    " and application_name = 'pyctl deploy' and wait_event_type = 'Lock' and wait_event = %s"
)
BEHIND = "select count(*) from pg_stat_activity where %s = any(pg_blocking_pids(pid))"


def held_up(dsn: str, statement: str, waits: str, load: Load, then: Callable[[], Any]) -> Any:
    """Runs ``then`` while another transaction is in its way, which goes only after requests were
    answered meanwhile, none of which waited for it (``waits``: what the server says it waits for).
    """
    problems: list[BaseException] = []

    def watch(blocker: psycopg.Connection[Any], conn: psycopg.Connection[Any]) -> None:
        try:
            until = time.monotonic() + PATIENCE
            while (found := conn.execute(DEPLOY, [waits]).fetchone()) is None:
                assert time.monotonic() < until, "the deploy never waited"
                time.sleep(0.01)
            pid = found[0]

            def look() -> None:
                assert conn.execute(BEHIND, [pid]).fetchone() == (0,), "a request waits"

            load.goes_on(look=look)
        except BaseException as error:
            problems.append(error)
        finally:
            blocker.rollback()

    with psycopg.connect(dsn) as blocker, psycopg.connect(dsn, autocommit=True) as conn:
        blocker.execute(statement.encode())
        watcher = threading.Thread(target=watch, args=[blocker, conn])
        watcher.start()
        try:
            done = then()
        finally:
            watcher.join()
    assert problems == []
    return done


def test_no_request_fails_while_the_code_is_replayed(dsn: str, rest: Rest, world: World) -> None:
    site = world.site("acme", events_per_minute=1_000_000)
    load = Load(rest.url, site)
    with load.running():
        for _ in range(2):
            assert not deploy.deploy(dsn, config.REPO / "db").fresh
            load.goes_on()
    stored_once(world, site, load)


def stored_once(world: World, site: Site, load: Load) -> None:
    """Everybody was told 200, and what they sent is there."""
    assert set(load.answers) == {"200"}, load.answers
    for table in ("app.sessions", "app.calls"):
        count = world.value(f"select count(*) from {table} where site_id = %(id)s", id=site.id)
        assert count == load.answers["200"], table


def test_no_request_fails_while_steps_run_and_only_the_locked_time_waits(
    dsn: str, rest: Rest, world: World, tmp_path: Path
) -> None:
    tree = Tree.of(config.REPO / "db", tmp_path / "db")
    site = world.site("steps", events_per_minute=1_000_000)
    load = Load(rest.url, site)

    def apply() -> deploy.Deployed:
        return deploy.deploy(dsn, tree.root)

    with load.running():
        tree.step("index", INDEX)
        tree.step("tables", TABLES)
        # an old snapshot: the index waits for its end, the requests do not
        reading = "set transaction isolation level repeatable read; select"
        done = held_up(dsn, reading, "virtualxid", load, apply)
        assert len(done.steps) == 2
        tree.step("validate", VALIDATE)
        locking = "lock table app.calls in share update exclusive mode"
        assert len(held_up(dsn, locking, "relation", load, apply).steps) == 1
    stored_once(world, site, load)
    for made in (
        "select indisvalid from pg_index where indexrelid = 'app.calls_proof'::regclass",
        "select convalidated from pg_constraint where conname = 'calls_proof_check'",
    ):
        assert world.value(made), made
    assert world.value("select bool_and(proof = 'as before') from app.calls")
    assert world.value("select bool_and(proof = 7) from app.sites")
