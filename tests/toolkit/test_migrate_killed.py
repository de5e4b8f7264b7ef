"""An apply that is killed at any point leaves the old state or the new one."""

from __future__ import annotations

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from pyctl import catalogue, db, deploy, shadow
from tests.harness.stage import Stage
from tests.harness.tree import Tree

# Runs an apply in which at its nth word to the server something is killed: the apply itself, or the
# server's side of the connection before it hears the word.
KILLED = """
import os, signal, sys
from pathlib import Path
import psycopg
from pyctl import deploy
left, who = int(sys.argv[3]), sys.argv[4]
execute = psycopg.Cursor.execute
def counted(self, *arguments, **more):
    global left
    left -= 1
    if left == 0 and who == "client":
        os.kill(os.getpid(), signal.SIGKILL)
    if left == 0:
        pid = self.connection.info.backend_pid
        with psycopg.connect(sys.argv[1], autocommit=True) as conn:
            conn.execute("select pg_terminate_backend(%s, 60000)", [pid])
    return execute(self, *arguments, **more)
psycopg.Cursor.execute = counted
deploy.deploy(sys.argv[1], Path(sys.argv[2]))
print(left)
"""
GIVEN = 10_000
MEETING = "select pg_catalog.pg_advisory_xact_lock(5);\n"  # here the step waits for the test


def apply(dsn: str, root: Path, dies_at: int, who: str) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-c", KILLED, dsn, str(root), str(dies_at), who]
    return subprocess.run(argv, capture_output=True, text=True, check=False)


END = (
    "select pg_terminate_backend(pid, 60000) from pg_stat_activity"
    " where datname = current_database() and application_name = 'pyctl deploy'"
    " and wait_event_type = 'Lock' and wait_event = %s"
)


def settled(dsn: str) -> None:
    """Until the server has noticed that the killed one is gone."""
    query = "select count(*) from pg_stat_activity where application_name like 'pyctl deploy%'"
    with psycopg.connect(dsn, autocommit=True) as conn:
        while conn.execute(query + " and datname = current_database()").fetchone() != (0,):
            time.sleep(0.02)


def released(stage: Stage, tree: Tree, name: str) -> str:
    """A database in the released state; the source is two steps and some code ahead of it."""
    shadow.freeze(tree.root)
    old = stage.create_database(name)
    shadow.deploy_baseline(old, tree.root)
    index = "create index calls_i on app.calls (site_id);\n"
    tree.replace("schema/10_sites.sql", "name text not null", "name text not null, domain text")
    tree.replace("schema/10_sites.sql", "create trigger", f"{index}create trigger")
    outside = index.replace("index", "index concurrently", 1)
    tree.step("index", f"-- migrate: outside transaction\n{outside}")
    tree.step("domain", f"alter table app.sites add column domain text;\n{MEETING}")
    tree.replace("rpc/hello.sql", "'viewer'", "'editor'")
    return old


@pytest.mark.parametrize("who", ["client", "server"])
def test_killed_at_many_points(stage: Stage, tmp_path: Path, who: str) -> None:
    tree = Tree(tmp_path / "db")
    old = released(stage, tree, "killed_old")
    between = ("index", "calls_i on app.calls")
    try:
        new = stage.create_database("killed_new", template="killed_old")
        done = apply(new, tree.root, GIVEN, who)
        words = GIVEN - int(done.stdout)
        states = [catalogue.of(old), catalogue.of(new)]
        seen = set()
        for dies_at in range(1, words + 1, max(1, words // 12)):
            dsn = stage.create_database("killed_now", template="killed_old")
            try:
                killed = apply(dsn, tree.root, dies_at, who)
                if who == "client":
                    assert killed.returncode == -9
                else:
                    assert killed.returncode == 1, killed.stdout
                    assert "terminating connection" in killed.stderr
                settled(dsn)
                found = catalogue.of(dsn)
                # a step outside the transaction may have been done: by itself it changes nothing
                plain = {key: text for key, text in found.items() if key != between}
                assert plain in [
                    {key: text for key, text in state.items() if key != between} for state in states
                ], dies_at
                seen.add("domain of app.sites" if plain == found else "index")
                deploy.deploy(dsn, tree.root)
                assert catalogue.of(dsn) == states[1], dies_at
            finally:
                stage.drop("killed_now")
        assert len(seen) == 2
        assert words > 20
    finally:
        for name in ("killed_old", "killed_new"):
            stage.drop(name)


@pytest.mark.parametrize(
    ("in_the_way", "waits"),
    [
        # an old snapshot: a step outside the transaction, making an index, waits for its end
        ("set transaction isolation level repeatable read; select", "virtualxid"),
        (MEETING, "advisory"),  # a step in the transaction, which has changed a table already
    ],
)
def test_server_kills_it_in_the_middle_of_a_statement(
    stage: Stage, empty_database: str, tmp_path: Path, in_the_way: str, waits: str
) -> None:
    tree = Tree(tmp_path / "db")
    dsn = released(stage, tree, "killed_old")
    try:
        before = catalogue.of(dsn)
        with psycopg.connect(dsn) as blocker, ThreadPoolExecutor(1) as pool:
            blocker.execute(in_the_way.encode())
            applying = pool.submit(deploy.deploy, dsn, tree.root)
            try:
                with psycopg.connect(dsn, autocommit=True) as conn:
                    while conn.execute(END, [waits]).fetchone() is None:
                        assert not applying.done(), applying.result()
                        time.sleep(0.02)
                with pytest.raises((db.SqlFileError, psycopg.Error), match="terminating"):
                    applying.result()
            finally:
                blocker.rollback()
        settled(dsn)
        now = catalogue.of(dsn)
        assert {one.kind for one in catalogue.differences(before, now)} == {"index"}
        assert deploy.deploy(dsn, tree.root).steps[-1] == "20260101000002_domain"
        deploy.deploy(empty_database, tree.root)
        assert catalogue.differences(catalogue.of(dsn), catalogue.of(empty_database)) == []
    finally:
        stage.drop("killed_old")


def test_killed_in_the_middle_of_a_statement_it_holds_nothing_for_long(
    empty_database: str, tmp_path: Path
) -> None:
    """The server would go on with its statement, and keep the locks."""
    tree = Tree(tmp_path / "db")
    shadow.freeze(tree.root)
    shadow.deploy_baseline(empty_database, tree.root)
    tree.step("slow", "select pg_catalog.pg_sleep(50);\n")
    argv = [sys.executable, "-c", KILLED, empty_database, str(tree.root), str(GIVEN), "client"]
    sleeping = "select count(*) from pg_stat_activity where wait_event = 'PgSleep' and datname = %s"
    with (
        psycopg.connect(empty_database, autocommit=True) as conn,
        subprocess.Popen(argv) as applying,
    ):
        try:
            while conn.execute(sleeping, [conn.info.dbname]).fetchone() == (0,):
                assert applying.poll() is None
                time.sleep(0.02)
        finally:
            applying.kill()
        conn.execute("set lock_timeout = '25s'")
        conn.execute("select from app.sites")
