"""The deploy, on a small tree: an empty database, a live one, and what it refuses."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

import psycopg
import pytest

from pyctl import db, deploy, locks
from pyctl.errors import OperatorError
from tests.harness.stage import Stage
from tests.harness.tree import Tree


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return Tree(tmp_path / "db")


@pytest.fixture
def live(empty_database: str, tree: Tree) -> str:
    """A database to which the tree was deployed."""
    assert deploy.deploy(empty_database, tree.root).fresh
    return empty_database


def ask(dsn: str, query: str) -> list[Any]:
    with psycopg.connect(dsn) as conn:
        return [row[0] for row in conn.execute(db.as_query(query))]


def routines(dsn: str) -> list[str]:
    return ask(
        dsn,
        "select oid::regprocedure::text from pg_proc"
        " where pronamespace::regnamespace::text in ('app', 'access', 'ops', 'api') order by 1",
    )


def test_objects_belong_to_the_owner_and_definers_to_the_definer(live: str) -> None:
    owners = "select proowner::regrole::text from pg_proc where oid = '{}'::regproc"
    assert ask(live, "select relowner::regrole::text from pg_class where relname = 'sites'") == [
        "app_owner"
    ]
    assert ask(live, owners.format("access.site_ids")) == ["app_definer"]
    assert ask(live, owners.format("api.hello")) == ["app_owner"]
    assert ask(
        live, "select has_database_privilege('app_owner', current_database(), 'create')"
    ) == [False]


def test_ledger_has_a_row_for_each_deploy(live: str, tree: Tree) -> None:
    deploy.deploy(live, tree.root, revision="abc")
    assert ask(live, "select git_revision from ops.deploys order by id") == [None, "abc"]
    assert ask(live, "select count(distinct state_checksum) from ops.deploys") == [1]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("-- why\nselect 1;\n\nselect\n    nonsense_column\nfrom app.sites;\n", 5),
        ("select 1;\n\ndo $$ begin raise 'boom'; end $$;\n", 3),  # has no position
        ("select 1;\nselect 'é', \"ü\", 1 / 0;\n", 2),
    ],
)
def test_error_names_file_and_line_and_nothing_stays(
    empty_database: str, tree: Tree, text: str, line: int
) -> None:
    path = tree.write("rpc/zz_bad.sql", text)
    with pytest.raises(db.SqlFileError) as caught:
        deploy.deploy(empty_database, tree.root)
    assert f"{path}:{line}: " in str(caught.value)
    assert ask(empty_database, "select to_regnamespace('app') is null") == [True]


@pytest.mark.parametrize("word", ["commit", "ROLLBACK", "begin", "end", "start transaction"])
def test_file_that_touches_the_transaction_is_refused(
    empty_database: str, tree: Tree, word: str
) -> None:
    path = tree.write("rpc/zz_bad.sql", f"select 1;\n/* ; */ {word};\n")
    with pytest.raises(db.SqlFileError, match="escapes the transaction") as caught:
        deploy.deploy(empty_database, tree.root)
    assert str(caught.value).startswith(f"{path}:2: ")


def test_files_wait_for_what_they_name(empty_database: str, tree: Tree) -> None:
    tree.write(
        "functions/access/aa_first.sql",
        "create function access.aa_first() returns bigint language sql stable\n"
        "begin atomic select count(*) from access.site_ids('viewer'); end;\n",
    )
    deploy.deploy(empty_database, tree.root)
    assert "access.aa_first()" in routines(empty_database)


def test_what_is_no_longer_in_the_source_goes(live: str, tree: Tree) -> None:
    tree.write(
        "functions/ops/old.sql",
        "create function ops.old() returns int language sql begin atomic select 1; end;\n",
    )
    tree.write("rpc/old.sql", "create view api.old as select 1 as one;\n")
    assert deploy.deploy(live, tree.root).dropped == []
    tree.remove("functions/ops/old.sql")
    tree.remove("rpc/old.sql")
    assert deploy.deploy(live, tree.root).dropped == ["ops.old()"]
    assert "ops.old()" not in routines(live)
    assert ask(live, "select to_regclass('api.old') is null") == [True]


def test_changed_signature_leaves_no_overload(live: str, tree: Tree) -> None:
    """Also where a file that comes earlier had been bound to the old one."""
    tree.write(
        "functions/access/aa_first.sql",
        "create function access.aa_first() returns bigint language sql stable\n"
        "begin atomic select count(*) from access.site_ids('viewer'); end;\n",
    )
    deploy.deploy(live, tree.root)
    tree.replace(
        "functions/access/site_ids.sql", "(role text)", "(role text, deep boolean = false)"
    )
    tree.replace("functions/access/site_ids.sql", "ids(text)", "ids(text, boolean)")
    assert deploy.deploy(live, tree.root).dropped == ["access.site_ids(role text)"]
    assert [name for name in routines(live) if "site_ids" in name] == [
        "access.site_ids(text,boolean)"
    ]
    assert ask(live, "select access.aa_first()") == [1]


def test_changed_result_type_is_replaced(live: str, tree: Tree) -> None:
    tree.replace("functions/access/site_ids.sql", "setof integer", "setof bigint")
    tree.replace("functions/access/site_ids.sql", "then 1 else 2", "then 1::bigint else 2")
    tree.replace("rpc/hello.sql", "setof integer", "setof bigint")
    deploy.deploy(live, tree.root)
    assert ask(live, "select pg_get_function_result('api.hello'::regproc)") == ["SETOF bigint"]


def test_function_that_a_trigger_needs_is_not_dropped(live: str, tree: Tree) -> None:
    tree.remove("functions/app/tg__touch.sql")
    with pytest.raises(OperatorError, match=r"still used: app\.tg__touch\(\)(?s:.*)sites_10_touch"):
        deploy.deploy(live, tree.root)
    assert "app.tg__touch()" in routines(live)


def test_grants_and_policies_are_those_of_the_files(live: str, tree: Tree) -> None:
    by_hand = (
        "grant update (name), delete on app.sites to anon",
        "grant select on app.calls to public",
        "create policy by_hand on app.sites for update to anon using (true)",
        "grant execute on function app.tg__touch() to public",
        "grant create on schema api to anon",
    )
    with psycopg.connect(live) as conn:
        for statement in by_hand:
            conn.execute(statement)
    tree.replace("functions/access/site_ids.sql", "grant execute", "-- grant execute")
    deploy.deploy(live, tree.root)
    assert ask(live, "select polname from pg_policy") == ["select_anon"]
    assert ask(live, "select has_any_column_privilege('anon', 'app.sites', 'update')") == [False]
    assert ask(live, "select has_table_privilege('anon', 'app.sites', 'select')") == [True]
    assert ask(live, "select has_table_privilege('anon', 'app.calls', 'select')") == [False]
    for function in ("app.tg__touch()", "access.site_ids(text)"):
        allowed = f"select has_function_privilege('anon', '{function}', 'execute')"
        assert ask(live, allowed) == [False]
    assert ask(live, "select has_schema_privilege('anon', 'api', 'create')") == [False]


def test_changed_state_is_refused_but_a_comment_is_no_change(live: str, tree: Tree) -> None:
    tree.replace(
        "schema/10_sites.sql", "create table app.calls", "-- why\ncreate   table app.calls"
    )
    deploy.deploy(live, tree.root)
    tree.replace("schema/10_sites.sql", "site_id integer not null", "site_id integer")
    with pytest.raises(deploy.DeployError, match="no migration step"):
        deploy.deploy(live, tree.root)


def test_second_deploy_says_who_is_first(live: str, tree: Tree) -> None:
    with db.connect(live, autocommit=True, name="the first one") as first:
        assert locks.try_deploy_lock(first) is None
        with pytest.raises(
            deploy.DeployError, match=rf"process {first.info.backend_pid}, the first"
        ):
            deploy.deploy(live, tree.root)
    deploy.deploy(live, tree.root)


def test_deploy_waits_for_a_request_and_tells_who_holds_on(
    live: str, tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deploy, "ATTEMPTS", 2)
    with psycopg.connect(live, application_name="a long report") as reader:
        reader.execute("select from app.calls")
        with pytest.raises(deploy.DeployError, match=r"app\.calls is in use by .*a long report"):
            deploy.deploy(live, tree.root)
        monkeypatch.setattr(deploy, "ATTEMPTS", 12)
        release = threading.Timer(1.2, reader.rollback)
        release.start()
        assert deploy.deploy(live, tree.root).attempts > 1
        release.join()


def waits_for_calls(dsn: str) -> bool:
    found = "select count(*) from pg_locks where relation = 'app.calls'::regclass and not granted"
    return ask(dsn, found) == [1]


@pytest.mark.parametrize("delay", [0, 1.2])
def test_in_a_deadlock_the_request_wins(live: str, tree: Tree, delay: float) -> None:
    """A request that takes tables in another order than the deploy: the deploy steps back.

    Also when the server had looked for a deadlock (after 1 s) before there was one.
    """
    with psycopg.connect(live) as request:
        request.execute("insert into app.calls values (1, 1)")
        done: list[deploy.Deployed] = []
        thread = threading.Thread(target=lambda: done.append(deploy.deploy(live, tree.root)))
        thread.start()
        while thread.is_alive() and not waits_for_calls(live):
            time.sleep(0.01)
        time.sleep(delay)
        request.execute("insert into app.sites values (1, 'acme')")
        request.commit()
        thread.join(timeout=30)
    assert done[0].attempts > 1
    assert ask(live, "select count(*) from app.sites") == [1]


def test_functions_and_domains_of_api_stay_the_same_objects(live: str, tree: Tree) -> None:
    """Who is inside one while the deploy commits looks it up again at its end."""
    ids = "select oid::bigint from {} where {}::regnamespace = 'api'::regnamespace order by 1"
    functions = ask(live, ids.format("pg_proc", "pronamespace"))
    types = ask(live, ids.format("pg_type", "typnamespace"))
    deploy.deploy(live, tree.root)
    assert ask(live, ids.format("pg_proc", "pronamespace")) == functions
    assert ask(live, ids.format("pg_type", "typnamespace")) == types
    tree.replace("rpc/_schema.sql", "as text", "as varchar")
    tree.replace("rpc/feed.csv.sql", "'a,b'", "'a,b'::varchar")
    deploy.deploy(live, tree.root)
    assert ask(live, 'select api."feed.csv"()::text') == ["a,b"]
    assert ask(live, "select typbasetype::regtype::text from pg_type where typname = '*/*'") == [
        "character varying"
    ]


@pytest.mark.parametrize(
    ("language", "body"),
    [
        ("sql", "select nonsense_column from app.sites"),
        ("sql", "selec 1"),
        ("plpgsql", "begin retur 1; end"),
        # bound when it is made, but what it gives is not looked at
        ("sql", "begin atomic select array[1]; end"),
    ],
)
def test_a_body_that_can_not_be_read_is_refused(
    live: str, tree: Tree, language: str, body: str
) -> None:
    """Bodies are loaded unread, so that files need no order; before the commit each is read."""
    before = routines(live)
    tree.write(
        "functions/ops/broken.sql",
        f"create function ops.broken() returns bigint language {language}\n"
        f"set search_path = '' {body if 'atomic' in body else f'as $$ {body} $$'};\n",
    )
    with pytest.raises(deploy.DeployError, match=r"ops\.broken\(\)"):
        deploy.deploy(live, tree.root)
    assert routines(live) == before


def test_files_that_wait_leave_no_errors_in_the_servers_log(
    stage: Stage, empty_database: str, tree: Tree
) -> None:
    tree.write(
        "functions/access/aa_waits.sql",
        "create function access.aa_waits() returns bigint language sql stable\n"
        "begin atomic select count(*) from access.site_ids('viewer'); end;\n",
    )
    before = stage.cluster.log.stat().st_size
    deploy.deploy(empty_database, tree.root)
    with pytest.raises(psycopg.Error):
        ask(empty_database, "select 'as ever' / 0")
    text = stage.cluster.log.read_text()[before:]
    assert "aa_waits" not in text
    assert "as ever" in text
