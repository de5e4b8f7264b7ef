"""Migrations on a small tree: a release, steps, what is refused, and what the judge sees."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import psycopg
import pytest
from typer.testing import CliRunner, Result

from pyctl import catalogue, config, db, deploy, drafting, judge, migrate, shadow, steps
from pyctl.errors import OperatorError
from tests.harness.stage import Stage
from tests.harness.tree import Tree

ADD = "alter table app.sites add column domain text;\n"
COLUMN = "name text not null"


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    """Released as it is."""
    tree = Tree(tmp_path / "db")
    shadow.freeze(tree.root)
    return tree


@pytest.fixture
def server(stage: Stage) -> shadow.Server:
    return shadow.Server(stage.cluster.dsn("postgres"))


@pytest.fixture
def live(empty_database: str, tree: Tree) -> str:
    """The released state with two rows."""
    assert shadow.deploy_baseline(empty_database, tree.root)
    run(empty_database, "insert into app.sites values (1, 'acme'), (2, 'neighbour')")
    return empty_database


def run(dsn: str, query: str) -> None:
    with psycopg.connect(dsn, autocommit=True) as conn:
        conn.execute(db.as_query(query))


def ask(dsn: str, query: str, role: str = "none") -> list[Any]:
    with psycopg.connect(dsn) as conn:
        conn.execute(db.as_query(f"set role {role}"))
        return [row[0] for row in conn.execute(db.as_query(query))]


def add_domain(tree: Tree) -> Path:
    """The source gets a column, and the step that brings it."""
    tree.replace("schema/10_sites.sql", COLUMN, f"domain text, {COLUMN}")
    return tree.step("domain", ADD)


def findings(server: shadow.Server, tree: Tree) -> list[str]:
    found: list[str] = judge.check(server, tree.root, lambda _: None)["findings"]
    return found


def of_source(server: shadow.Server, tree: Tree) -> catalogue.Catalogue:
    with server.database() as dsn:
        deploy.deploy(dsn, tree.root)
        return catalogue.of(dsn)


def pyctl(*arguments: str) -> Result:
    return CliRunner().invoke(migrate.app, arguments)


def test_upgrade_of_a_released_database_keeps_its_data_and_equals_a_fresh_one(
    live: str, tree: Tree, server: shadow.Server
) -> None:
    add_domain(tree)
    tree.replace(
        "schema/10_sites.sql",
        "create trigger",
        "create index on app.calls (site_id);\ncreate trigger",
    )
    tree.step(
        "calls",
        "create index on app.calls (site_id);\n-- squawk require-concurrent-index-creation: small\n",
    )
    tree.replace("rls/sites.sql", "to anon\nusing", "to authenticated\nusing")
    done = deploy.deploy(live, tree.root)
    assert done.steps == ["20260101000001_domain", "20260101000002_calls"]
    assert catalogue.differences(catalogue.of(live), of_source(server, tree)) == []
    assert ask(live, "select name from app.sites order by id") == ["acme", "neighbour"]
    assert ask(live, "select how from ops.migrations") == ["applied", "applied"]
    again = deploy.deploy(live, tree.root)
    assert again.steps == []


def test_fresh_database_contains_the_steps(empty_database: str, tree: Tree) -> None:
    add_domain(tree)
    deploy.deploy(empty_database, tree.root)
    assert ask(empty_database, "select how from ops.migrations") == ["contained"]
    assert deploy.deploy(empty_database, tree.root).steps == []


def test_changed_state_without_a_step_is_refused(live: str, tree: Tree) -> None:
    tree.replace("schema/10_sites.sql", COLUMN, f"domain text, {COLUMN}")
    with pytest.raises(deploy.DeployError, match="no migration step"):
        deploy.deploy(live, tree.root)


def test_failing_step_names_its_line_and_changes_nothing(live: str, tree: Tree) -> None:
    before = catalogue.of(live)
    path = tree.step("bad", f"{ADD}\nalter table app.sites add constraint no check (id < 2);\n")
    with pytest.raises(db.SqlFileError, match="violated by some row") as caught:
        deploy.deploy(live, tree.root)
    assert f"{path}:3: " in str(caught.value)
    assert catalogue.of(live) == before


def test_step_that_takes_too_long_is_ended(live: str, tree: Tree) -> None:
    tree.step("slow", "select pg_catalog.pg_sleep(30);\n")
    with pytest.raises(db.SqlFileError, match="statement timeout"):
        deploy.deploy(live, tree.root, statement_seconds=1)


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("20260101000001_x", "commit;\n", "escapes the transaction"),
        ("20260101000001_x", "create function app.f() returns int return 1;\n", "that is code"),
        ("20260101000001_x", "create index concurrently i on app.calls (id);\n", "concurrently needs"),
        ("20260101000001_x", "-- migrate: outside transaction\ndrop table app.calls;\n", "not twice"),
        ("20260101000001_x", "-- migrate: sideways\nselect 1;\n", "no directive: sideways"),
        ("20260101000001_x", "-- nothing\n", "is empty"),
        ("20260231000001_x", "select 1;\n", "is no time"),
        ("29990101000001_x", "select 1;\n", "dated in the future"),
        ("1_x", "select 1;\n", "the name is not"),
        ("20260101000001_x", "select 1;\n-- LOOK: really?\n", "x.sql:2: still says"),
    ],
)  # fmt: skip
def test_refused_files(live: str, tree: Tree, name: str, text: str, said: str) -> None:
    tree.write(f"migrations/{name}.sql", text)
    with pytest.raises(steps.StepError, match=said):
        deploy.deploy(live, tree.root)


def test_edited_missing_and_out_of_order_are_named_at_once(live: str, tree: Tree) -> None:
    first = tree.step("first", "select 1;\n", version="20260101000005")
    second = tree.step("second", "select 2;\n")
    deploy.deploy(live, tree.root)
    first.write_text("select 1;  -- a comment is no change\n")
    deploy.deploy(live, tree.root)
    first.write_text("select 3;\n")
    second.unlink()
    tree.step("late", "select 4;\n", version="20260101000004")
    with pytest.raises(steps.StepError) as caught:
        deploy.deploy(live, tree.root)
    edited, missing, late = caught.value.problems
    assert "first.sql: was edited" in edited
    assert "second: was applied" in missing
    assert "late.sql: is older than 20260101000006" in late


def test_index_outside_the_transaction_and_what_a_killed_run_left(
    live: str, tree: Tree, server: shadow.Server
) -> None:
    tree.replace(
        "schema/10_sites.sql",
        "create trigger",
        "create index calls_i on app.calls (site_id);\ncreate trigger",
    )
    tree.step(
        "i",
        "-- migrate: outside transaction\ncreate index concurrently calls_i on app.calls (site_id);\n",
    )
    run(
        live,
        "create index calls_i on app.calls (id); update pg_index set indisvalid = false where indexrelid = 'app.calls_i'::regclass",
    )
    deploy.deploy(live, tree.root)
    assert ask(live, "select indexdef from pg_indexes where indexname = 'calls_i'") == [
        "CREATE INDEX calls_i ON app.calls USING btree (site_id)"
    ]
    assert catalogue.differences(catalogue.of(live), of_source(server, tree)) == []


VALIDATE = "alter table app.calls validate constraint {};\n"


def test_what_ran_outside_the_transaction_is_told(
    live: str, tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    outside = (
        "-- migrate: outside transaction\ncreate index concurrently i on app.calls (site_id);\n"
    )
    step = tree.step("i", outside + VALIDATE.format("none"))
    heard: list[str] = []

    def refused() -> str:
        with pytest.raises(OperatorError) as caught:
            deploy.deploy(live, tree.root, say=heard.append)
        return str(caught.value)

    said = refused()
    assert "i.sql:3: constraint" in said
    assert "stays: 20260101000001_i.sql:2, 20260101000001_i.sql:3." in said
    step.write_text(outside)
    tree.step("bad", "select 1 / 0;\n")
    said = refused()
    assert "stays: 20260101000001_i.sql:2." in said
    assert "bad.sql:1: division" in said
    # the first step is in the ledger now: all that is left is the transaction
    assert refused().endswith("Nothing was changed.")
    run(live, "alter table app.calls add constraint c check (id > 0) not valid")
    (tree.root / "migrations/20260101000002_bad.sql").unlink()
    tree.step("c", f"-- migrate: outside transaction\n{VALIDATE.format('c')}")
    monkeypatch.setattr(deploy, "ATTEMPTS", 2)
    heard.clear()
    with psycopg.connect(live) as other:
        other.execute("lock table app.calls")
        said = refused()
    assert "pg_stat_activity" in said
    assert "Gave up after 2 attempts" in said
    for text in (said, *heard):
        assert "Nothing was changed" not in text
    assert "lock timeout: trying again (1 of 1)" in heard[-1]


PARTITIONED = """
create table app.visits (site_id integer, note text, month date not null) partition by range (month);
create table app.visits_1 partition of app.visits for values from ('2026-01-01') to ('2026-02-01');
create table app.visits_2 partition of app.visits for values from ('2026-02-01') to ('2026-03-01');
create table app.visits_rest partition of app.visits default;
create trigger visits_10 before update on app.visits for each row execute function app.tg__touch();
"""
UNIQUE = """create unique index concurrently visits_i on app.visits (site_id, month)
where note <> ' on app.visits (';
"""


def test_index_on_a_partitioned_table_is_made_on_each_partition(
    empty_database: str, tree: Tree, server: shadow.Server
) -> None:
    tree.replace("schema/10_sites.sql", "create trigger", f"{PARTITIONED}create trigger")
    shadow.baseline_path(tree.root).unlink()
    shadow.freeze(tree.root)
    shadow.deploy_baseline(empty_database, tree.root)
    run(
        empty_database, "insert into app.visits values (1, '', '2026-01-05'), (1, '', '2026-02-05')"
    )
    run(
        empty_database, "insert into app.visits values (2, '', '2026-02-05'), (2, '', '2026-02-05')"
    )
    index = UNIQUE.replace(" concurrently", "")
    tree.replace("schema/10_sites.sql", "create trigger sites", f"{index}create trigger sites")
    tree.step("i", f"-- migrate: outside transaction\n{UNIQUE}")
    # interrupted at the second partition, which keeps half an index
    with pytest.raises(db.SqlFileError, match="could not create unique index"):
        deploy.deploy(empty_database, tree.root)
    valid = (
        "select indisvalid from pg_index where indexrelid::regclass::text ~ 'visits_i' order by 1"
    )
    assert ask(empty_database, valid) == [False, False, True]
    run(empty_database, "update app.visits set note = ' on app.visits (' where site_id = 2")
    deploy.deploy(empty_database, tree.root)
    assert ask(empty_database, valid) == [True] * 4
    assert catalogue.differences(catalogue.of(empty_database), of_source(server, tree)) == []
    assert findings(server, tree) == []
    # what lets somebody read past the parent is drift, though partitions are none
    run(empty_database, "grant select (note) on app.visits_1 to anon")
    run(empty_database, "create policy p on app.visits_2 using (true)")
    run(empty_database, "alter table app.visits_rest owner to postgres")
    # and so is what refuses rows there, or does something else with them
    run(empty_database, "alter table app.visits_1 disable trigger visits_10")
    run(empty_database, "alter table app.visits_1 add constraint c check (site_id > 0)")
    run(empty_database, "create unique index u on app.visits_1 (note)")
    run(empty_database, "alter table app.visits_2 alter note set not null")
    (found,) = judge.drift(empty_database, server, tree.root)
    for said in (
        "with grants: app.visits_1",
        "policies: app.visits_2",
        "owner: app.visits_rest",
        "app.visits_1 (constraint c), app.visits_1 (trigger visits_10), app.visits_1 (unique index",
        "app.visits_2 (not null note)",
    ):
        assert said in found.text("live", "source")


def test_outside_after_inside_needs_a_release_in_between_or_legs(
    live: str, tree: Tree, server: shadow.Server
) -> None:
    add_domain(tree)
    tree.replace(
        "schema/10_sites.sql",
        "create trigger",
        "create index sites_d on app.sites (domain);\ncreate trigger",
    )
    tree.step(
        "i",
        "-- migrate: outside transaction\ncreate index concurrently sites_d on app.sites (domain);\n",
    )
    tree.step("more", "select 1;\n")
    with pytest.raises(deploy.DeployError, match="release in between"):
        deploy.deploy(live, tree.root)
    assert "release in between" in judge.plan(live, tree.root)["way_out"]
    assert ask(live, "select count(*) from ops.migrations") == [0]
    assert findings(server, tree) == []
    assert len(deploy.deploy(live, tree.root, in_legs=True).steps) == 3


def test_step_drops_what_the_old_code_used_and_uses_what_the_new_brings(
    live: str, tree: Tree, server: shadow.Server
) -> None:
    """The code depends on the state and the state on the code; nobody writes down an order."""
    tree.write(
        "functions/ops/names.sql",
        "create function ops.names() returns setof text language sql stable\n"
        "begin atomic select sites.name from app.sites; end;\n",
    )
    deploy.deploy(live, tree.root)
    tree.remove("functions/ops/names.sql")
    tree.write(
        "functions/app/tg_calls__new.sql",
        "create function app.tg_calls__new() returns trigger set search_path = '' language plpgsql\n"
        "as $$ begin return new; end $$;\n",
    )
    tree.write(
        "functions/ops/titles.sql",
        "create function ops.titles() returns setof text language sql stable\n"
        "begin atomic select sites.title from app.sites; end;\n",
    )
    tree.replace("schema/10_sites.sql", COLUMN, "title text")
    trigger = (
        "create trigger calls_10_new before update on app.calls\n"
        "for each row execute function app.tg_calls__new();\n"
    )
    tree.replace("schema/10_sites.sql", "create trigger sites", f"{trigger}create trigger sites")
    tree.step(
        "swap",
        f"{trigger}alter table app.sites drop column name, add column title text;\n-- squawk ban-drop-column: no longer read\n",
    )
    assert deploy.deploy(live, tree.root).dropped == ["ops.names()"]
    assert catalogue.differences(catalogue.of(live), of_source(server, tree)) == []
    assert findings(server, tree) == []


DEFERRED = """
create constraint trigger sites_20_last after update on app.sites deferrable initially deferred
for each row execute function app.tg__last();
"""


def test_what_waits_for_the_end_of_a_transaction_is_looked_at_with_its_step(
    empty_database: str, tree: Tree
) -> None:
    """Else no table that a step has written to could be altered, and the code alters each."""
    tree.replace("schema/10_sites.sql", "create trigger sites", f"{DEFERRED}create trigger sites")
    tree.write(
        "functions/app/tg__last.sql",
        "create function app.tg__last() returns trigger set search_path = '' language plpgsql as $$\n"
        "begin\n    if not exists (select from app.sites where name = 'last') then\n"
        "        raise exception 'there must be one';\n    end if;\n    return null;\nend $$;\n",
    )
    shadow.baseline_path(tree.root).unlink()
    shadow.freeze(tree.root)
    shadow.deploy_baseline(empty_database, tree.root)
    run(empty_database, "insert into app.sites values (1, 'last'), (2, 'first')")
    bad = tree.step("bad", "select 1;\nupdate app.sites set name = 'none';\n")
    with pytest.raises(db.SqlFileError, match=r"bad\.sql:2: there must be one"):
        deploy.deploy(empty_database, tree.root)
    bad.unlink()
    add_domain(tree)
    swap = "update app.sites set name = 'next' where id = 1;\nupdate app.sites set name = 'last' where id = 2;\n"
    tree.step("swap", f"{swap}alter table app.sites alter column name set statistics 10;\n{swap}")
    tree.replace(
        "schema/10_sites.sql",
        "create trigger sites",
        "alter table app.sites alter name set statistics 10;\ncreate trigger sites",
    )
    deploy.deploy(empty_database, tree.root)
    assert ask(empty_database, "select name from app.sites order by id") == ["next", "last"]


REPORTING = """
create schema reporting;
create view reporting.sites with (security_invoker = true) as
select sites.id, sites.name::text as name from app.sites;
create view reporting.ids with (security_invoker = true) as select sites.id from reporting.sites;
"""
BOUND = """
create function ops.newest() returns bigint language sql stable
begin atomic select max(sites.id)::bigint from app.sites; end;
create procedure ops.touch(id integer = 7) language sql
begin atomic update app.sites set name = name where sites.id = touch.id; end;
"""
INDEX = "create index sites_i on app.sites (name);\n"
POLICY = "using (id = any (array(select access.site_ids('viewer'))) and name <> ''"


def widened(tree: Tree) -> Path:
    """A column gets another type, under code that is bound to it and a trigger of new code."""
    tree.remove("functions/ops/gone.sql")
    trigger = (
        "create trigger calls_10_new before update on app.calls\n"
        "for each row execute function app.tg_calls__new();\n"
    )
    tree.write(
        "functions/app/tg_calls__new.sql",
        "create function app.tg_calls__new() returns trigger set search_path = '' language plpgsql\n"
        "as $$ begin return new; end $$;\n",
    )
    tree.replace("schema/10_sites.sql", COLUMN, "name varchar not null")
    tree.replace("schema/10_sites.sql", "create trigger sites", f"{trigger}create trigger sites")
    return tree.step(
        "widen",
        f"{trigger}alter table app.sites alter column name type varchar;\n"
        "update app.sites set name = upper(name);\n"
        "-- squawk changing-column-type: few rows\n",
    )


@pytest.fixture
def bound(empty_database: str, tree: Tree) -> str:
    """Released with functions, a policy and views that are bound to a column."""
    tree.write("reporting/_schema.sql", REPORTING)
    tree.write("functions/ops/bound.sql", BOUND)
    gone = "create function ops.gone() returns text language sql stable\n"
    tree.write("functions/ops/gone.sql", f"{gone}begin atomic select name from app.sites; end;\n")
    tree.replace("rls/sites.sql", POLICY.split(" and")[0], POLICY)
    shadow.baseline_path(tree.root).unlink()
    shadow.freeze(tree.root)
    shadow.deploy_baseline(empty_database, tree.root)
    run(empty_database, "insert into app.sites values (1, 'acme'), (2, 'neighbour')")
    return empty_database


def test_a_column_changes_under_the_code_that_is_bound_to_it(
    bound: str, tree: Tree, server: shadow.Server
) -> None:
    """Bodies, views and policies let go of it and are replayed; analysts' views stay."""
    run(bound, "create schema ayse; create view ayse.mine as select name from reporting.sites")
    mine = "select 'ayse.mine'::regclass::oid::bigint"
    before = ask(bound, mine)
    widened(tree)
    assert deploy.deploy(bound, tree.root).dropped == ["ops.gone()"]
    assert ask(bound, "select name from ayse.mine order by 1") == ["ACME", "NEIGHBOUR"]
    assert ask(bound, mine) == before
    assert ask(bound, "select ops.newest()") == [2]
    assert catalogue.differences(catalogue.of(bound), of_source(server, tree)) == []
    assert findings(server, tree) == []
    # later ones start from there, also in legs
    tree.replace("schema/10_sites.sql", "create trigger sites", f"{INDEX}create trigger sites")
    drafted = drafting.draft(server, tree.root, "i", lambda _: None).read_text()
    assert "CREATE INDEX sites_i ON app.sites" in drafted
    assert "does not run" not in drafted
    for path in (tree.root / "migrations").glob("*_i.sql"):
        path.unlink()
    concurrently = INDEX.replace("index", "index concurrently", 1)
    tree.step("i", f"-- migrate: outside transaction\n{concurrently}")
    assert findings(server, tree) == []


def test_a_leg_leaves_code_that_answers(bound: str, tree: Tree, server: shadow.Server) -> None:
    """What runs outside the transaction may take hours, or fail, and visitors go on visiting."""
    widened(tree)
    unique = "create unique index{} sites_u on app.sites (length(name))"
    tree.step("u", f"-- migrate: outside transaction\n{unique.format(' concurrently')};\n")
    tree.replace(
        "schema/10_sites.sql", "create trigger sites", f"{unique.format('')};create trigger sites"
    )
    tree.write("rls/calls.sql", "grant select (more) on app.calls to anon;\n")
    tree.replace(
        "schema/10_sites.sql",
        "site_id integer not null)",
        "site_id integer not null, more integer)",
    )
    tree.step("more", "alter table app.calls add column more integer;\n")
    run(bound, "insert into app.sites values (3, 'twin')")
    with pytest.raises(db.SqlFileError, match="could not create unique index"):
        deploy.deploy(bound, tree.root, in_legs=True)
    assert ask(bound, "select how from ops.migrations") == ["applied"]
    assert ask(bound, "select api.hello()", "anon") == [1]
    assert ask(bound, "select name from app.sites", "anon") == ["ACME"]
    assert ask(bound, "select ops.newest()") == [3]
    assert ask(bound, "select name from reporting.sites order by 1") == [
        "ACME",
        "NEIGHBOUR",
        "TWIN",
    ]
    assert ask(bound, "select reloptions from pg_class where relname = 'ids'") == [
        ["security_invoker=true"]
    ]
    owner = "select proowner::regrole::text from pg_proc where proname = 'site_ids'"
    assert ask(bound, owner) == ["app_definer"]
    run(bound, "delete from app.sites where id = 3")
    assert len(deploy.deploy(bound, tree.root, in_legs=True).steps) == 2
    assert catalogue.differences(catalogue.of(bound), of_source(server, tree)) == []


def test_a_body_that_fits_only_the_type_that_a_step_makes_comes_after_it(
    bound: str, tree: Tree, server: shadow.Server
) -> None:
    run(bound, "update app.sites set name = id")
    tree.write(
        "functions/ops/bound.sql",
        "create function ops.most() returns bigint language sql stable\n"
        "begin atomic select max(coalesce(sites.name, 0)) from app.sites; end;\n",
    )
    # made before it in order, and needs it
    tree.write(
        "functions/ops/also.sql",
        "create function ops.also() returns bigint language sql stable\n"
        "begin atomic select ops.most(); end;\n",
    )
    tree.remove("functions/ops/gone.sql")
    tree.replace("schema/10_sites.sql", COLUMN, "name bigint not null")
    tree.replace("rls/sites.sql", " and name <> ''", " and name <> 0")
    tree.step("number", "alter table app.sites alter column name type bigint using name::bigint;\n")
    deploy.deploy(bound, tree.root)
    assert ask(bound, "select ops.also()") == [2]
    assert catalogue.differences(catalogue.of(bound), of_source(server, tree)) == []


def test_a_body_that_fits_no_type_is_named_and_not_who_needs_it(live: str, tree: Tree) -> None:
    before = catalogue.of(live)
    body = "create function ops.%s() returns bigint language sql stable\nbegin atomic select %s; end;\n"
    tree.write("functions/ops/also.sql", body % ("also", "ops.most()"))
    tree.write("functions/ops/most.sql", body % ("most", "coalesce(name, 0) from app.sites"))
    with pytest.raises(db.SqlFileError, match=r"most\.sql:2: COALESCE types"):
        deploy.deploy(live, tree.root)
    assert catalogue.of(live) == before


def test_a_step_that_calls_code_which_has_stepped_aside_is_refused(bound: str, tree: Tree) -> None:
    before = catalogue.of(bound)
    step = widened(tree)
    step.write_text(step.read_text() + "select ops.newest();\n")
    with pytest.raises(db.SqlFileError, match=r"ops\.newest\(\) has stepped aside"):
        deploy.deploy(bound, tree.root)
    assert catalogue.of(bound) == before


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("comment on column app.sites.name is 'x';", "comment table column app.sites.name: only in source"),
        ("alter table app.calls add check (id > 0);", "constraint calls_id_check of app.calls: only in source"),
        ("alter table app.calls force row level security;", "forced t"),
        ("alter table app.calls set (fillfactor = 50);", "options fillfactor=50"),
        ("create table app.more (id integer);", "table app.more: only in source"),
        ("alter table app.calls alter site_id set default 1;", "default 1"),
        ("alter table app.calls add unique (site_id);", "index calls_site_id_key on app.calls: only in source"),
        ("create index on app.calls (site_id);", "index calls_site_id_idx on app.calls: only in source"),
        ("create type app.pair as (a integer, b integer);", "composite app.pair: only in source"),
        ("create sequence app.numbers;", "sequence app.numbers: only in source"),
        ("alter table app.calls disable trigger all; alter table app.sites disable trigger sites_10_touch;", "enabled D"),
        ("create domain app.word as text check (value <> '');", "type app.word: only in source"),
        ("alter default privileges for role app_owner revoke usage on types from public;", "default privileges T for app_owner: only in source"),
        ("grant usage on schema ops to anon;", "anon=U/app_owner"),
        ("create function ops.heard() returns event_trigger language plpgsql as 'begin end';"
         "create event trigger heard on ddl_command_end execute function ops.heard();", "event trigger heard: only in source"),
    ],
)  # fmt: skip
def test_the_judge_sees(server: shadow.Server, tree: Tree, source: str, said: str) -> None:
    """Much of this migra does not."""
    foundation = re.search("default priv|on schema|event trigger", source)
    tree.write(f"schema/{'02' if foundation else '11'}_more.sql", source)
    tree.step("nothing", "select 1;\n")
    found = findings(server, tree)
    assert any(said in text for text in found), found


def test_dangerous_step_needs_a_reason_and_a_reason_its_finding(
    server: shadow.Server, tree: Tree
) -> None:
    tree.replace("schema/10_sites.sql", COLUMN, "title text not null default ''")
    path = tree.step(
        "title",
        "alter table app.sites rename column name to title;\nalter table app.sites alter title set default '';\n",
    )
    (found,) = findings(server, tree)
    assert "title.sql:1: renaming-column: " in found
    path.write_text(path.read_text() + "-- squawk renaming-column: nothing reads it yet\n")
    assert findings(server, tree) == []
    path.write_text(path.read_text() + "-- squawk ban-drop-table: why not\n")
    assert findings(server, tree) == [f"{path.name}: nothing to explain: ban-drop-table"]


def test_drift_shows_what_was_done_by_hand(stage: Stage, live: str, tree: Tree) -> None:
    shadow_server = stage.cluster.dsn("postgres")
    where = ["--dsn", live, "--root", str(tree.root), "--shadow", shadow_server]
    assert pyctl("drift", *where).stdout == "live is as the source\n"
    run(live, "grant delete on app.calls to anon; create index by_hand on app.calls (id)")
    found = pyctl("drift", *where)
    assert found.exit_code == 1
    assert "index by_hand on app.calls: only in live" in found.stdout
    assert "anon=d/app_owner" in found.stdout
    as_json = pyctl("drift", "--json", *where)
    assert [one["name"] for one in json.loads(as_json.stdout)] == [
        "by_hand on app.calls",
        "app.calls",
    ]


def test_drift_of_an_empty_database_is_told(
    empty_database: str, tree: Tree, server: shadow.Server
) -> None:
    with pytest.raises(OperatorError, match="Nothing was deployed here yet"):
        judge.drift(empty_database, server, tree.root)


def test_take_over_counts_steps_and_demands_the_same_state(
    empty_database: str, tree: Tree, server: shadow.Server
) -> None:
    add_domain(tree)
    deploy.deploy(empty_database, tree.root)
    with pytest.raises(OperatorError, match="its ledger already"):
        judge.take_over(empty_database, server, tree.root, None)
    run(
        empty_database,
        "delete from ops.migrations; delete from ops.deploys; drop function api.hello",
    )
    run(empty_database, "alter table app.sites drop column domain")
    with pytest.raises(OperatorError, match=r"column app\.sites\.domain: only in source"):
        judge.take_over(empty_database, server, tree.root, None)
    run(empty_database, "alter table app.sites add column domain text")
    assert judge.take_over(empty_database, server, tree.root, None) == 1
    # of a ledger that was tampered with, what is left is kept
    run(empty_database, "delete from ops.deploys")
    with pytest.raises(OperatorError, match=r"ops\.deploys is empty.*\n.*migrate baseline"):
        deploy.deploy(empty_database, tree.root)
    tree.step("later", "select 1;\n")
    assert judge.take_over(empty_database, server, tree.root, None) == 1
    assert ask(empty_database, "select count(*) from ops.migrations") == [2]
    assert deploy.deploy(empty_database, tree.root).steps == []
    assert ask(empty_database, "select count(*) from api.hello()") == [1]


@pytest.mark.parametrize("command", ["status", "plan", "apply"])
def test_a_database_older_than_the_ledger_is_told_so(live: str, tree: Tree, command: str) -> None:
    run(live, "drop table ops.migrations cascade")
    told = pyctl(command, "--dsn", live, "--root", str(tree.root))
    assert told.exit_code == 1
    assert isinstance(told.exception, OperatorError)
    assert "older than its ledger" in told.exception.sentence


def test_plan_and_status(live: str, tree: Tree) -> None:
    where = ["--dsn", live, "--root", str(tree.root)]
    add_domain(tree)
    tree.step("i", "select 1;\n")
    found = json.loads(pyctl("plan", "--json", *where).stdout)
    assert [step["step"][15:] for step in found["steps"]] == ["domain", "i"]
    first, *rest = pyctl("plan", *where).stdout.splitlines()
    assert first.split() == ["step", "when", "as"]
    assert rest[0].split() == ["20260101000001_domain", "in", "the", "transaction", "app_owner"]
    assert "    alter table app.sites add column domain text;" in rest
    lines = pyctl("status", *where).stdout.splitlines()
    assert lines[-2].split() == ["pending", "20260101000002_i"]
    assert "pyctl migrate plan" in lines[-1]
    assert "code         as in the source" in lines
    told = pyctl("status", "--json", *where)
    assert (told.exit_code, len(json.loads(told.stdout)["pending"])) == (1, 2)
    assert pyctl("apply", *where).exit_code == 0
    assert pyctl("status", *where).exit_code == 0
    assert ask(live, "select count(*) from ops.migrations") == [2]


def test_release_is_written_once_and_before_the_first_step(tree: Tree, tmp_path: Path) -> None:
    with pytest.raises(OperatorError, match="stays released"):
        shadow.freeze(tree.root)
    shadow.baseline_path(tree.root).unlink()
    tree.step("x", "select 1;\n")
    with pytest.raises(OperatorError, match="nothing they would start from"):
        shadow.freeze(tree.root)
    other = Tree(tmp_path / "other")
    path = shadow.freeze(other.root)
    shadow.unpack(path, tmp_path / "unpacked")
    for name in ("schema/00_base.sql", "rpc/hello.sql", "rls/sites.sql"):
        assert (tmp_path / "unpacked" / name).read_text() == (other.root / name).read_text()


def test_the_real_tree_is_where_its_steps_lead(server: shadow.Server) -> None:
    """Also before the first release: then code replayed on a live database is as loaded afresh."""
    found = judge.check(server, config.REPO / "db", lambda _: None)
    assert found["findings"] == []
    assert found["objects"] > 1000


def test_interrupted_after_a_step_outside_the_transaction(live: str, tree: Tree) -> None:
    tree.replace(
        "schema/10_sites.sql",
        "create trigger",
        "create index calls_i on app.calls (site_id);\ncreate trigger",
    )
    tree.step(
        "i",
        "-- migrate: outside transaction\ncreate index concurrently calls_i on app.calls (site_id);\n",
    )
    tree.write("rpc/zz.sql", "create view api.zz as select 1 / 0 as broken, nonsense;\n")
    with pytest.raises(db.SqlFileError):
        deploy.deploy(live, tree.root)
    assert ask(live, "select count(*) from ops.migrations") == [1]
    tree.remove("rpc/zz.sql")
    deploy.deploy(live, tree.root)
    assert not migrate.compare(live, tree.root)["pending"]
