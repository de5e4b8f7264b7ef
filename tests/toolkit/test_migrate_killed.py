"""An apply that is killed at any point leaves the old state or the new one."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import psycopg

from pyctl import catalogue, deploy, shadow
from tests.harness.stage import Stage
from tests.harness.tree import Tree

# Runs an apply that kills itself at its nth word to the server.
SUICIDE = """
import os, signal, sys
from pathlib import Path
import psycopg
from pyctl import deploy
left = int(sys.argv[3])
execute = psycopg.Cursor.execute
def counted(self, *arguments, **more):
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return execute(self, *arguments, **more)
psycopg.Cursor.execute = counted
deploy.deploy(sys.argv[1], Path(sys.argv[2]))
print(left)
"""
GIVEN = 10_000


def apply(dsn: str, root: Path, dies_at: int) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-c", SUICIDE, dsn, str(root), str(dies_at)]
    return subprocess.run(argv, capture_output=True, text=True, check=False)


def settled(dsn: str) -> None:
    """Until the server has noticed that the killed one is gone."""
    query = "select count(*) from pg_stat_activity where application_name like 'pyctl deploy%'"
    with psycopg.connect(dsn, autocommit=True) as conn:
        while conn.execute(query + " and datname = current_database()").fetchone() != (0,):
            time.sleep(0.02)


def test_killed_at_many_points(stage: Stage, tmp_path: Path) -> None:
    tree = Tree(tmp_path / "db")
    shadow.freeze(tree.root)
    old = stage.create_database("killed_old")
    shadow.deploy_baseline(old, tree.root)
    index = "create index calls_i on app.calls (site_id);\n"
    tree.replace("schema/10_sites.sql", "name text not null", "name text not null, domain text")
    tree.replace("schema/10_sites.sql", "create trigger", f"{index}create trigger")
    outside = index.replace("index", "index concurrently", 1)
    tree.step("index", f"-- migrate: outside transaction\n{outside}")
    tree.step("domain", "alter table app.sites add column domain text;\n")
    tree.replace("rpc/hello.sql", "'viewer'", "'editor'")
    between = ("index", "calls_i on app.calls")
    try:
        new = stage.create_database("killed_new", template="killed_old")
        done = apply(new, tree.root, GIVEN)
        words = GIVEN - int(done.stdout)
        states = [catalogue.of(old), catalogue.of(new)]
        seen = set()
        for dies_at in range(1, words + 1, max(1, words // 12)):
            dsn = stage.create_database("killed_now", template="killed_old")
            try:
                assert apply(dsn, tree.root, dies_at).returncode == -9
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
