"""An analyst has SQL: what can be disturbed or overheard with it.

What ends a query without end: tests/toolkit/test_analyst.py.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from tests.harness.rest import Api
from tests.harness.world import World


@pytest.fixture
def mallory(analyst: dict[str, Any]) -> Iterator[psycopg.Connection[Any]]:
    """Their connection, with every limit lifted that is theirs to lift."""
    conn = psycopg.connect(**analyst, autocommit=True)
    for setting in (
        "statement_timeout = 0",
        "idle_in_transaction_session_timeout = 0",
        "work_mem = '1GB'",
        "default_transaction_read_only = off",
        "max_parallel_workers_per_gather = 8",
    ):
        conn.execute(f"set {setting}".encode())
    yield conn
    conn.close()


@pytest.mark.parametrize("payload", ["reload schema", "reload config", "", "x" * 7000])
def test_a_forged_notification_only_makes_it_look_again(
    api: Api, world: World, mallory: psycopg.Connection[Any], payload: str
) -> None:
    """NOTIFY can't be taken away. PostgREST reads again what only the deploy can write."""
    before = api.client.get("/").json()
    with contextlib.suppress(psycopg.errors.InvalidParameterValue):
        mallory.execute("select pg_notify('pgrst', %s)", [payload])
    owner = world.owner("acme")
    for _ in range(20):
        assert api.call("sites", token=owner.token).status_code == 200
        assert api.call("sites").status_code == 401
    assert api.client.get("/").json() == before


@pytest.mark.parametrize(
    "attempt",
    [
        "select pg_cancel_backend(pid) from pg_stat_activity where usename <> session_user",
        "select pg_terminate_backend(pid) from pg_stat_activity where usename <> session_user",
        "select pg_reload_conf()",
        "select pg_stat_reset()",
        "select pg_switch_wal()",
        "select pg_advisory_lock(1)",
        "select pg_try_advisory_xact_lock_shared(1)",
        "select pg_ls_dir('.')",
        "select pg_ls_logdir()",
        "select pg_current_logfile()",
        "select * from pg_hba_file_rules",
        "select * from pg_file_settings",
        "select * from pg_backend_memory_contexts",
        "select pg_log_backend_memory_contexts(pg_backend_pid())",
        "select pg_create_restore_point('x')",
        "select pg_logical_slot_get_changes('x', null, null)",
        "select pg_create_physical_replication_slot('x')",
        "select pg_export_snapshot() from app.sites",
        "select pg_rotate_logfile()",
        "select lo_create(0)",
        "alter system set work_mem = '1GB'",
        "set log_statement = 'none'",
        "set temp_file_limit = -1",
        "set session_preload_libraries = 'x'",
        "alter role authenticator set pgrst.db_schemas = 'app'",
        "alter role analyst set search_path = mallory",
        "alter database postgres set search_path = mallory",
        "vacuum app.sessions",
        "cluster app.calls",
        "reindex table app.calls",
        "load 'x'",
        "checkpoint",
        "create cast (text as integer) with inout",
        "create statistics mallory.s on id, site_id from app.calls",
    ],
)
def test_what_would_disturb_others_is_refused(
    mallory: psycopg.Connection[Any], attempt: str
) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        mallory.execute(attempt.encode())


def test_what_others_do_is_not_overheard(
    api: Api, world: World, mallory: psycopg.Connection[Any]
) -> None:
    """That there are connections shows; what they ask does not."""
    assert api.call("sites", token=world.neighbour_owner().token).status_code == 200
    rows = mallory.execute(
        "select usename, query, client_addr, client_hostname from pg_stat_activity"
        " where usename is distinct from session_user"
    ).fetchall()
    assert rows
    assert {row[1] for row in rows} <= {"<insufficient privilege>", "", None}
    assert {row[2] for row in rows} == {None}


def test_no_channel_tells_anything(
    api: Api, world: World, mallory: psycopg.Connection[Any]
) -> None:
    """What goes through the house is told on no channel but to PostgREST, on a deploy."""
    mallory.execute("listen pgrst")
    mallory.execute("listen pulse")
    assert api.call("sites", token=world.neighbour_owner().token).status_code == 200
    assert list(mallory.notifies(timeout=0.3)) == []
    sources = world.rows(
        "select oid::regproc::text as name from pg_proc where prosrc ~* '\\m(pg_notify|notify)\\M'"
        " and pronamespace in"
        " ('api'::regnamespace, 'access'::regnamespace, 'app'::regnamespace, 'ops'::regnamespace)"
    )
    assert sources == []


def test_statistics_hold_no_value_of_a_neighbour(
    world: World, mallory: psycopg.Connection[Any]
) -> None:
    """Most common values and histograms are of the whole installation: none is shown."""
    world.rows("analyze app.sites; analyze app.calls; analyze app.sessions; analyze app.profiles")
    assert world.value("select count(*) from pg_stats where schemaname = 'app'") > 20
    for view in ("pg_stats", "pg_stats_ext", "pg_stats_ext_exprs"):
        seen = mallory.execute(
            f"select count(*) from {view} where schemaname in ('app', 'access', 'ops')".encode()
        ).fetchone()
        assert seen == (0,), view
    for table in ("pg_statistic", "pg_statistic_ext_data"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            mallory.execute(f"select * from {table}".encode())
