"""Analysts' own views stand on ours: a deploy leaves them alone, or leaves everything alone."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from pyctl import config, db, deploy, observe
from pyctl.cli import app
from pyctl.views import ViewsError
from tests.harness.rest import Api
from tests.harness.tree import Tree
from tests.harness.world import World
from tests.http.visit import Visit, event

SCHEMA = """
create schema reporting;
comment on schema reporting is 'x';
grant usage on schema reporting to anon;
"""
SITES = """
create view reporting.sites with (security_invoker = true) as
select id, name from app.sites;
comment on column reporting.sites.name is 'The name.';
grant select on reporting.sites to anon;
"""
NAMES = """
create view reporting.names with (security_invoker = true) as
select name from reporting.sites;
grant select on reporting.names to anon;
"""


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    made = Tree(tmp_path / "db")
    made.write("reporting/_schema.sql", SCHEMA)
    made.write("reporting/sites.sql", SITES)
    made.write("reporting/names.sql", NAMES)
    return made


@pytest.fixture
def live(empty_database: str, tree: Tree) -> str:
    deploy.deploy(empty_database, tree.root)
    run(empty_database, "insert into app.sites values (1, 'acme')")
    return empty_database


@pytest.fixture
def theirs(live: str) -> Iterator[str]:
    """A view, and a view on it, and a function, of an analyst's own."""
    run(live, "create role ayse in role anon; create schema ayse; grant all on schema ayse to ayse")
    run(live, "set role ayse; create view ayse.mine as select name from reporting.sites")
    run(live, "set role ayse; create view ayse.two as select upper(name) as name from ayse.mine")
    yield live
    run(live, "drop owned by ayse cascade; drop schema ayse cascade; drop role ayse")


def run(dsn: str, statement: str) -> None:
    with psycopg.connect(dsn) as conn:
        conn.execute(db.as_query(statement))


def ask(dsn: str, query: str) -> list[Any]:
    with psycopg.connect(dsn) as conn:
        return [row[0] for row in conn.execute(db.as_query(query))]


def test_an_analysts_view_is_the_same_object_after_a_deploy(theirs: str, tree: Tree) -> None:
    oid = "select 'ayse.two'::regclass::oid::bigint"
    before = ask(theirs, oid)
    tree.replace("reporting/sites.sql", "select id, name from", "select id, name, 7 as new from")
    deploy.deploy(theirs, tree.root)
    assert ask(theirs, oid) == before
    assert ask(theirs, "select name from ayse.two") == ["ACME"]
    assert ask(theirs, "select new from reporting.sites") == [7]


@pytest.mark.parametrize(
    "text",
    [
        "select name, id from app.sites",  # other order
        "select id from app.sites",  # one less
        "select id, name::varchar as name from app.sites",  # another type
        "select id, name as title from app.sites",  # another name
    ],
)
def test_what_others_need_is_not_dropped(theirs: str, tree: Tree, text: str) -> None:
    run(
        theirs,
        "set role ayse; create function ayse.n() returns bigint language sql"
        " begin atomic select count(*) from reporting.sites; end",
    )
    tree.write("reporting/sites.sql", SITES.replace("select id, name from app.sites", text))
    tree.write("functions/ops/new.sql", "create function ops.new() returns int return 1;")
    with pytest.raises(ViewsError) as caught:
        deploy.deploy(theirs, tree.root)
    said = str(caught.value)
    assert "reporting.sites changes its columns" in said
    for line in (
        "view ayse.mine, owner ayse",
        "view ayse.two, owner ayse",
        "function ayse.n(), owner ayse",
    ):
        assert f"\n  {line}\n" in said
    assert "reporting.names," not in said
    assert ask(theirs, "select to_regprocedure('ops.new()') is null") == [True]
    assert ask(theirs, "select name from ayse.two") == ["ACME"]


def test_all_that_stands_in_the_way_is_told_at_once(theirs: str, tree: Tree) -> None:
    run(theirs, "create view ayse.third as select name from reporting.names")
    tree.remove("reporting/names.sql")
    tree.replace("reporting/sites.sql", "select id, name from", "select id, 'x' as site from")
    tree.replace("reporting/sites.sql", "sites.name is", "sites.site is")
    with pytest.raises(ViewsError, match=r"(?s)names is no longer.*third.*sites changes.*mine"):
        deploy.deploy(theirs, tree.root)


def test_where_nobody_needs_it_a_changed_view_is_made_anew(live: str, tree: Tree) -> None:
    """With those of ours that stand on it, whatever the order of their files."""
    tree.replace("reporting/sites.sql", "select id, name from", "select name, id from")
    tree.write("reporting/zz.sql", "create view reporting.zz as select id from reporting.sites;")
    deploy.deploy(live, tree.root)
    tree.write(
        "reporting/sites.sql", SITES.replace("select id, name from", "select 1 as one, name from")
    )
    tree.remove("reporting/zz.sql")
    deploy.deploy(live, tree.root)
    assert ask(live, "select one from reporting.sites") == [1]
    assert ask(live, "select name from reporting.names") == ["acme"]
    assert ask(live, "select to_regclass('reporting.zz') is null") == [True]
    assert ask(live, "select has_table_privilege('anon', 'reporting.names', 'select')") == [True]


def test_grants_options_and_comments_are_those_of_the_files(live: str, tree: Tree) -> None:
    run(live, "grant all on reporting.sites to public; grant create on schema reporting to anon")
    run(live, "grant select (name) on reporting.names to authenticated")
    run(live, "alter view reporting.sites reset (security_invoker)")
    run(live, "comment on column reporting.sites.name is 'by hand'")
    deploy.deploy(live, tree.root)
    acl = (
        "select format('%s %s', grantee::regrole, privilege_type) from pg_class, aclexplode(relacl)"
        " where pg_class.oid = 'reporting.sites'::regclass and grantee <> relowner"
    )
    assert ask(live, acl) == ["anon SELECT"]
    assert ask(live, "select has_schema_privilege('anon', 'reporting', 'create')") == [False]
    may = "select has_any_column_privilege('authenticated', 'reporting.names', 'select')"
    assert ask(live, may) == [False]
    options = "select reloptions::text from pg_class where oid = 'reporting.sites'::regclass"
    assert ask(live, options) == ["{security_invoker=true}"]
    assert ask(live, "select col_description('reporting.sites'::regclass, 2)") == ["The name."]


def test_a_long_query_stops_the_deploy_and_no_request(
    dsn: str,
    api: Api,
    world: World,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """It gives up with exit code 1 and says who; meanwhile no table was locked."""
    monkeypatch.setattr(deploy, "ATTEMPTS", 3)
    site = world.site("acme")
    world.rows("create role slow_analyst login in role analyst password 'slow'")
    analyst: dict[str, Any] = conninfo_to_dict(dsn) | {
        "host": "127.0.0.1",
        "user": "slow_analyst",
        "password": "slow",
    }
    answers: list[int] = []
    waited: list[int] = []
    over = threading.Event()

    def ingest() -> None:
        client = Api(api.url)
        while not over.is_set():
            answers.append(client.sync(Visit(site).batch(event())).status_code)
        client.close()

    def watch() -> None:
        with psycopg.connect(dsn, autocommit=True) as conn:
            query = (
                "select count(*) from pg_locks join pg_class on pg_class.oid = relation"
                " where not granted and relnamespace = 'app'::regnamespace"
            )
            while not over.is_set():
                waited.extend(row[0] for row in conn.execute(db.as_query(query)))
                time.sleep(0.01)

    threads = [threading.Thread(target=ingest), threading.Thread(target=watch)]
    with psycopg.connect(**analyst, application_name="report") as reader:
        reader.execute("select count(*) from reporting.sessions")
        for thread in threads:
            thread.start()
        code = observe.run(app, ["migrate", "apply", "--dsn", dsn])
        over.set()
        for thread in threads:
            thread.join()
    said = capfd.readouterr().err
    assert code == 1
    assert "reporting.sessions is in use by slow_analyst (process" in said
    assert "report, idle in transaction" in said
    assert set(answers) == {200}
    assert len(answers) > 20
    assert sum(waited) == 0
    assert deploy.deploy(dsn, config.REPO / "db").attempts == 1
    world.rows("drop role slow_analyst")
