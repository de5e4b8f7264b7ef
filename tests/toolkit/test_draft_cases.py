"""Each kind of change of state: written into one draft, seen to, checked, applied to rows."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

from pyctl import db, deploy, drafting, judge, shadow, squawk, steps
from tests.harness.stage import Stage
from tests.harness.tree import Tree

FOUNDATION = """
create schema partman;
create extension pg_partman with schema partman;
grant all on schema partman to app_owner;
grant all on all tables in schema partman to app_owner;
grant execute on all functions in schema partman to app_owner;
grant execute on all procedures in schema partman to app_owner;
create schema extensions;
grant usage on schema extensions to app_owner;
"""
MONTHS = """
select partman.create_parent(
    p_parent_table => '{}', p_control => 'month', p_interval => '1 month', p_premake => {},
    p_type => case
        when split_part(extversion, '.', 1)::integer >= 5 then 'range' else 'native'
    end
)
from pg_catalog.pg_extension where extname = 'pg_partman';
"""


@dataclass(frozen=True)
class Case:
    """One change. ``rows`` are there before; ``ask`` gives ``gives`` after.

    ``says`` and ``marks`` stand in the draft; ``by_hand`` is what a person writes for a mark.
    """

    old: str
    new: str
    says: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()
    by_hand: str = ""
    rows: str = ""
    ask: str = "select 1"
    gives: tuple[Any, ...] = (1,)
    rename: str = ""


def table(columns: str, more: str = "") -> str:
    return f"create table app.TABLE ({columns});\n{more}"


UNDER = (
    "create trigger TABLE_10 before update of a on app.TABLE"
    " for each row when (new.a > 1) execute function app.tg__touch();"
)
CASES = {
    "a row of the source": Case(
        table("a integer", "insert into app.TABLE values (1), (2);"),
        table("a integer", "insert into app.TABLE values (1), (3);"),
        marks=(
            'still missing: row of app.TABLE {"a": 2}: only in with this draft',
            'still missing: row of app.TABLE {"a": 3}: only in source',
        ),
        by_hand="update app.TABLE set a = 3 where a = 2;",
        ask="select a from app.TABLE order by a",
        gives=(1, 3),
    ),
    "column type": Case(
        table("n numeric(10, 2), s text default '1'"),
        table("n numeric(10), s integer default 1"),
        marks=("DATA: each value of app.TABLE.n becomes numeric(10,0)", "app.TABLE.s becomes int"),
        rows="insert into app.TABLE values (1.6, '7')",
        ask="select n::integer * 10 + s from app.TABLE",
        gives=(27,),
    ),
    "column type under a trigger": Case(
        table("a integer, b integer", UNDER),
        table("a bigint, b integer", UNDER),
        says=(
            "drop trigger TABLE_10 on app.TABLE;\nalter table ",
            'using "a"::bigint;\nCREATE TRIGGER TABLE_10 ',
        ),
        rows="insert into app.TABLE values (1)",
        ask="select a from app.TABLE",
    ),
    "not null and a default": Case(
        table("s text"),
        table("s text not null default 'x'"),
        marks=("DATA: a row without app.TABLE.s stops the step",),
        by_hand="update app.TABLE set s = 'was null' where s is null;",
        rows="insert into app.TABLE values (null), ('there')",
        ask="select s from app.TABLE order by s",
        gives=("there", "was null"),
    ),
    "a column that goes": Case(
        table("a integer, b text"),
        table("a integer"),
        marks=("DATA: what stands in app.TABLE.b is lost. A new name?",),
        rows="insert into app.TABLE values (1, 'x')",
        ask="select a from app.TABLE",
    ),
    "a column that is computed now": Case(
        table("s text, l integer"),
        table("s text, l integer generated always as (length(s)) stored"),
        marks=("DATA: what stands in app.TABLE.l is lost",),
        rows="insert into app.TABLE values ('four', 1)",
        ask="select l from app.TABLE",
        gives=(4,),
    ),
    "a column that is computed otherwise": Case(
        table("s text, l integer generated always as (length(s)) stored"),
        table("s text, l integer generated always as (length(s) + 1) stored"),
        says=("alter table app.TABLE drop column l;",),
        rows="insert into app.TABLE values ('four')",
        ask="select l from app.TABLE",
        gives=(5,),
    ),
    "a column that is no longer computed": Case(
        table("s text, l integer generated always as (length(s)) stored"),
        table("s text, l integer"),
        rows="insert into app.TABLE values ('four')",
        ask="select l from app.TABLE",
        gives=(4,),
    ),
    "a table that goes": Case(
        table("a integer", "create table app.TABLEb (b integer);"),
        table("a integer"),
        marks=("DATA: all rows of app.TABLEb are lost. Has it a new name?",),
    ),
    "a counter that goes": Case(
        "create sequence app.TABLEs;",
        "",
        marks=("DATA: what app.TABLEs has counted is lost.",),
    ),
    "a table with another name": Case(
        table(
            "id integer generated always as identity primary key, s text check (s <> '')",
            "create index on app.TABLE (s);",
        ),
        "create table app.TABLEn ("
        "id integer generated always as identity primary key, s text check (s <> ''));"
        "create index on app.TABLEn (s);",
        says=(
            "alter table app.TABLE rename to TABLEn;",
            "alter table app.TABLEn rename constraint TABLE_pkey to TABLEn_pkey;",
            "alter table app.TABLEn rename constraint TABLE_s_check to TABLEn_s_check;",
            "alter index app.TABLE_s_idx rename to TABLEn_s_idx;",
            "alter sequence app.TABLE_id_seq rename to TABLEn_id_seq;",
        ),
        rows="insert into app.TABLE (s) values ('a'), ('b')",
        ask="with new as (insert into app.TABLEn (s) values ('c') returning id)"
        " select id from app.TABLEn union all select id from new order by id",
        gives=(1, 2, 3),
        rename="app.TABLE:TABLEn",
    ),
    "a list that grows": Case(
        table("s text, constraint TABLE_s_check check (s in ('a', 'b'))"),
        table("s text, constraint TABLE_s_check check (s in ('a', 'b', 'c'))"),
        rows="insert into app.TABLE values ('b')",
        ask="select s from app.TABLE",
        gives=("b",),
    ),
    "other names": Case(
        table(
            "a integer constraint TABLE_old check (a > 0), m integer",
            "create index TABLE_old_idx on app.TABLE (a);"
            "create trigger TABLE_old before insert on app.TABLE"
            " for each row execute function app.tg__touch();"
            "create statistics app.TABLE_old_stat on a, m from app.TABLE;"
            "create domain app.TABLEd as text constraint TABLE_old check (value <> '');",
        ),
        table(
            "a integer constraint TABLE_new check (a > 0), m integer",
            "create index TABLE_new_idx on app.TABLE (a);"
            "create trigger TABLE_new before insert on app.TABLE"
            " for each row execute function app.tg__touch();"
            "create statistics app.TABLE_new_stat on a, m from app.TABLE;"
            "create domain app.TABLEd as text constraint TABLE_new check (value <> '');",
        ),
        says=(
            "alter table app.TABLE rename constraint TABLE_old to TABLE_new;",
            "alter index app.TABLE_old_idx rename to TABLE_new_idx;",
            "alter trigger TABLE_old on app.TABLE rename to TABLE_new;",
            "alter statistics app.TABLE_old_stat rename to TABLE_new_stat;",
            "alter domain app.TABLEd rename constraint TABLE_old to TABLE_new;",
        ),
    ),
    "constraints": Case(
        table(
            "a integer constraint TABLE_a unique, b integer, c integer",
            "alter table app.TABLE add constraint TABLE_b check (b > 0) not valid;",
        ),
        table(
            "a integer constraint TABLE_a unique deferrable,"
            " b integer constraint TABLE_b check (b > 0), c integer",
            "alter table app.TABLE add constraint TABLE_c check (c > 0) not valid;",
        ),
        says=("alter table app.TABLE validate constraint TABLE_b;",),
    ),
    "a trigger with another function, and one that sleeps": Case(
        table(
            "a integer",
            "create trigger TABLE_a before insert on app.TABLE"
            " for each row execute function app.tg__touch();"
            "create trigger TABLE_b before update on app.TABLE"
            " for each row execute function app.tg__touch();",
        ),
        table(
            "a integer",
            "create trigger TABLE_a before insert on app.TABLE"
            " for each row execute function app.tg__new();"
            "create trigger TABLE_b before update on app.TABLE"
            " for each row execute function app.tg__touch();"
            "alter table app.TABLE disable trigger TABLE_b;",
        ),
        says=('DISABLE TRIGGER "TABLE_b";',),
    ),
    "domains": Case(
        "create domain app.TABLEd as text default 'x' not null"
        " constraint TABLE_c check (value in ('a', 'x'));"
        "create domain app.TABLEgone as text;" + table("d app.TABLEd, g app.TABLEgone"),
        "create domain app.TABLEd as text default 'y' constraint TABLE_c"
        " check (value in ('a', 'x', 'y')) constraint TABLE_l check (length(value) < 9);"
        "comment on domain app.TABLEd is 'A domain';"
        "comment on constraint TABLE_c on domain app.TABLEd is 'A list';"
        + table("d app.TABLEd, g text"),
        says=(
            "alter domain app.TABLEd set default 'y'::text;",
            "alter domain app.TABLEd drop not null;",
            "alter domain app.TABLEd drop constraint TABLE_c;\nalter domain app.TABLEd add",
            "drop domain app.TABLEgone;",
            "comment on constraint TABLE_c on domain app.TABLEd is 'A list';",
        ),
        marks=("DATA: each value of app.TABLE.g becomes text",),
        rows="insert into app.TABLE values ('a', 'kept')",
        ask="select d || g from app.TABLE",
        gives=("akept",),
    ),
    "a domain that takes less": Case(
        "create domain app.TABLEd as text constraint TABLE_c check (value <> '');"
        + table("d app.TABLEd"),
        "create domain app.TABLEd as text not null constraint TABLE_c check (length(value) > 1);"
        + table("d app.TABLEd"),
        marks=(
            "DATA: a row that breaks app.TABLEd.TABLE_c stops the step",
            "DATA: a null of type app.TABLEd stops the step",
        ),
        by_hand="update app.TABLE set d = 'was short' where length(d) < 2 or d is null;",
        rows="insert into app.TABLE values ('x'), ('there'), (null)",
        ask="select d::text from app.TABLE order by d",
        gives=("there", "was short", "was short"),
    ),
    "a domain over another type": Case(
        "create domain app.TABLEd as text;",
        "create domain app.TABLEd as integer;",
        marks=(
            "still missing: type app.TABLEd",
            "--     Make a domain of another name, and give it to the columns.",
        ),
        by_hand="drop domain app.TABLEd; create domain app.TABLEd as integer;",
    ),
    "composite types": Case(
        "create type app.TABLEc as (a text, b integer, z timestamp with time zone);"
        "create type app.TABLEgone as (a text);",
        "create type app.TABLEc as (a text, new numeric(3, 1), b bigint,"
        " z timestamp with time zone);"
        "create type app.TABLEnew as (a text);"
        "comment on type app.TABLEc is 'Rows'; comment on column app.TABLEc.b is 'B';",
        says=(
            "alter type app.TABLEc drop attribute b, drop attribute z,"
            " add attribute new numeric(3,1), add attribute b bigint,"
            " add attribute z timestamp with time zone;",
            "create type app.TABLEnew as (a text);",
            "drop type app.TABLEgone;",
            "comment on column app.TABLEc.b is 'B';",
        ),
    ),
    "a composite type with values": Case(
        "create type app.TABLEc as (a text, b integer);" + table("v app.TABLEc"),
        "create type app.TABLEc as (a text);" + table("v app.TABLEc"),
        marks=("LOOK: app.TABLEc has values in a table",),
        by_hand="alter type app.TABLEc drop attribute b;",
        rows="insert into app.TABLE values (('x', 1))",
        ask="select (v).a from app.TABLE",
        gives=("x",),
    ),
    "counters": Case(
        "create sequence app.TABLEs;"
        + table("a integer not null, b serial, c integer generated always as identity"),
        "create sequence app.TABLEs increment by 5 cache 3;"
        + table(
            "a integer generated by default as identity, b bigserial,"
            " c integer generated by default as identity (increment by 2)"
        ),
        says=(
            "alter sequence app.TABLEs as bigint increment by 5 ",
            "select pg_catalog.setval(pg_catalog.pg_get_serial_sequence('app.TABLE', 'a')",
            "alter sequence app.TABLE_b_seq as bigint ",
            "alter sequence app.TABLE_c_seq as integer increment by 2 ",
        ),
        rows="insert into app.TABLE (a) values (41)",
        ask="insert into app.TABLE default values returning a",
        gives=(42,),
    ),
    "how it is stored": Case(
        table("a text, b text", "alter table app.TABLE set (fillfactor = 50);"),
        table(
            "a text, b text compression pglz",
            "alter table app.TABLE set (autovacuum_vacuum_scale_factor = 0.1,"
            " toast.autovacuum_enabled = false);"
            "alter table app.TABLE alter column a set storage external,"
            " alter column a set statistics 500, alter column b set (n_distinct = 5);"
            "create statistics app.TABLE_stat (mcv) on a, b from app.TABLE;"
            "comment on statistics app.TABLE_stat is 'Both';",
        ),
        says=(
            "alter table app.TABLE reset (fillfactor);",
            "alter table app.TABLE set (autovacuum_vacuum_scale_factor = 0.1);",
            "alter table app.TABLE set (toast.autovacuum_enabled = false);",
            "alter table app.TABLE alter column a set storage external;",
            "alter table app.TABLE alter column a set statistics 500;",
            "alter table app.TABLE alter column b set (n_distinct = 5);",
            "alter table app.TABLE alter column b set compression pglz;",
            "CREATE STATISTICS app.TABLE_stat (mcv) ON a, b FROM app.TABLE;",
            "comment on statistics app.TABLE_stat is 'Both';",
        ),
    ),
    "comments": Case(
        table(
            "a integer constraint TABLE_c check (a > 0)",
            "comment on table app.TABLE is 'old'; comment on column app.TABLE.a is 'gone';"
            "create index TABLE_i on app.TABLE (a); create sequence app.TABLEs;",
        ),
        table(
            "a integer constraint TABLE_c check (a > 0)",
            "comment on table app.TABLE is 'It''s new';"
            "comment on constraint TABLE_c on app.TABLE is 'a constraint';"
            "create index TABLE_i on app.TABLE (a); comment on index app.TABLE_i is 'an index';"
            "create sequence app.TABLEs; comment on sequence app.TABLEs is 'a sequence';"
            "create trigger TABLE_t before insert on app.TABLE"
            " for each row execute function app.tg__touch();"
            "comment on trigger TABLE_t on app.TABLE is 'a trigger';"
            "comment on schema access is 'who asks';",
        ),
        says=(
            "comment on table app.TABLE is 'It''s new';",
            "comment on column app.TABLE.a is null;",
            "comment on constraint TABLE_c on app.TABLE is 'a constraint';",
            "comment on index app.TABLE_i is 'an index';",
            "comment on sequence app.TABLEs is 'a sequence';",
            "comment on trigger TABLE_t on app.TABLE is 'a trigger';",
            "comment on schema access is 'who asks';",
        ),
    ),
    "enums": Case(
        "create type app.TABLEe as enum ('a', 'b', 'c');" + table("e app.TABLEe default 'a'"),
        "create type app.TABLEe as enum ('a', 'c');" + table("e app.TABLEe default 'a'"),
        marks=("DATA: each value of app.TABLE.e becomes app.TABLEe",),
        rows="insert into app.TABLE values ('c')",
        ask="select e::text from app.TABLE",
        gives=("c",),
    ),
    "grants on a type": Case(
        "create domain app.TABLEd as text; create type app.TABLEr as (a text);",
        "create domain app.TABLEd as text; create type app.TABLEr as (a text);"
        "revoke usage on type app.TABLEd from public; grant usage on type app.TABLEr to anon;",
        says=(
            "revoke usage on type app.TABLEd from public;",
            "grant usage on type app.TABLEr to anon;",
        ),
    ),
    "what a row may not fit": Case(
        table("a integer, b integer"),
        table(
            "a integer, b integer, c integer not null,"
            " constraint TABLE_u unique (a), constraint TABLE_c check (b > 0)",
            "create unique index TABLE_b on app.TABLE (b);"
            "create table app.TABLEn (n integer not null primary key check (n > 0));",
        ),
        marks=(
            "DATA: a row that is there has no app.TABLE.c, and stops the step",
            "DATA: two rows of app.TABLE that are the same",
            "DATA: a row that breaks app.TABLE.TABLE_c stops",
        ),
    ),
    "unlogged": Case(
        table("a integer"),
        "create unlogged table app.TABLE (a integer);",
        marks=("DATA: a crash will empty app.TABLE.",),
        rows="insert into app.TABLE values (1)",
        ask="select a from app.TABLE",
    ),
    "a key and an index of a partitioned table": Case(
        table("a integer, month date").replace(");", ") partition by range (month);"),
        table("a integer, month date, primary key (a, month)").replace(
            ");\n", ") partition by range (month);\n"
        )
        + "create index on app.TABLE (a);"
        "alter table app.TABLE add constraint TABLE_f foreign key (a) references app.sites (id);",
        says=(
            'add constraint "TABLE_pkey" PRIMARY KEY (a, month);',
            'add constraint "TABLE_f" FOREIGN KEY (a) REFERENCES app.sites(id);',
        ),
        marks=("DATA: a row that breaks app.TABLE.TABLE_f stops",),
    ),
    "a table partitioned by another column": Case(
        table("a integer, month date").replace(");", ") partition by range (month);"),
        table("a integer, month date").replace(");", ") partition by range (a);"),
        marks=("still missing: table app.TABLE", "This can't be changed in place"),
        by_hand="drop table app.TABLE;"
        "create table app.TABLE (a integer, month date) partition by range (a);",
    ),
    "a table that becomes partitioned": Case(
        table("a integer, month date"),
        table("a integer, month date").replace(");", ") partition by range (month);"),
        marks=("DATA: all rows of app.TABLE are lost",),
    ),
}
PARTED = "create table app.{} (a integer, month date not null) partition by range (month);\n"
MACHINE = (
    "create table app.call_transitions (action text, from_status text, to_status text);\n"
    "insert into app.call_transitions values ('junk', 'intent', '{}');\n"
)
CLOSED = """
do $$
declare
    v_name text;
begin
    for v_name in select inhrelid::regclass from pg_catalog.pg_inherits
        inner join pg_catalog.pg_class on inhparent = oid and relkind = 'p' loop
        execute pg_catalog.format('alter table %s enable row level security', v_name);
    end loop;
end;
$$;
"""
TOLD = "update partman.part_config set infinite_time_partitions = true where parent_table = '{}';\n"
NEW_FUNCTION = """
create function app.tg__new() returns trigger set search_path = '' language plpgsql as $$
begin
    return new;
end
$$;
"""
OF_ROWS = (
    "-- LOOK: DATA: all rows of app.lost are lost.",
    "delete from partman.part_config where parent_table = 'app.lost';"
    "\ndrop table partman.template_app_lost;",
    "delete from app.call_transitions where action = 'junk' and from_status = 'intent'"
    " and to_status = 'junk';",
    " values ('junk', 'intent', 'bin');",
    "alter table app.moved rename to months;",
    "update partman.part_config set parent_table = 'app.months' where parent_table = 'app.moved';",
    "update partman.part_config set infinite_time_partitions = 'true'"
    " where parent_table = 'app.kept';",
    "update partman.part_config set premake = '3' where parent_table = 'app.kept';",
    "select partman.create_parent(p_parent_table => 'app.fresh', p_control => 'month',"
    " p_interval => ",
)


UNWRITTEN = (
    ("a domain over another type", "type", "d"),
    ("a composite type with values", "column", "c.b"),
    ("a table partitioned by another column", "table", ""),
    ("counters", "sequence", "s"),
    ("how it is stored", "table", ""),
)


def named(text: str, number: int) -> str:
    return text.replace("TABLE", f"t{number}")


def number(name: str) -> int:
    return list(CASES).index(name)


def all_of(part: str) -> str:
    return ";\n".join(named(getattr(case, part), n) for n, case in enumerate(CASES.values()))


def see_to(path: Path, first: str = "", last: str = "", without: str = "^--") -> None:
    """What a person does: marks are read and deleted, the reasons and what was missing written."""
    kept = [line for line in path.read_text().splitlines() if not re.search(without, line)]
    path.write_text("\n".join([first, *kept, last, ""]))
    rules = {one.rule for one in squawk.findings(path, outside=False)}
    with path.open("a") as file:
        file.writelines(f"-- squawk {rule}: it is a test\n" for rule in sorted(rules))


def findings(server: shadow.Server, tree: Tree) -> str:
    return "\n".join(judge.check(server, tree.root, lambda _: None)["findings"])


def answers(dsn: str) -> dict[str, tuple[Any, ...]]:
    with psycopg.connect(dsn, autocommit=True) as conn:
        return {
            name: tuple(row[0] for row in conn.execute(db.as_query(named(case.ask, n))))
            for n, (name, case) in enumerate(CASES.items())
        }


@pytest.fixture
def server(stage: Stage) -> shadow.Server:
    return shadow.Server(stage.cluster.dsn("postgres"))


@pytest.fixture
def live(empty_database: str, tree: Tree) -> str:
    """The released state with rows."""
    assert shadow.deploy_baseline(empty_database, tree.root)
    with psycopg.connect(empty_database, autocommit=True) as conn:
        conn.execute(db.as_query(all_of("rows")))
    return empty_database


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    """All cases before, released, and all cases after."""
    tree = Tree(tmp_path / "db")
    tree.replace("schema/00_base.sql", "create schema app ", f"{FOUNDATION}create schema app ")
    months, cases = "partitions/10_monthly.sql", "schema/30_cases.sql"
    before = ("kept", "moved", "lost")
    tree.write(
        cases,
        "".join((all_of("old"), MACHINE.format("junk"), *(PARTED.format(name) for name in before))),
    )
    tree.write(months, "".join(MONTHS.format(f"app.{name}", 2) for name in before) + CLOSED)
    shadow.freeze(tree.root)
    parted = (PARTED.format(name) for name in ("kept", "months", "fresh"))
    tree.write(cases, "".join((all_of("new"), MACHINE.format("bin"), *parted)))
    told = (MONTHS.format("app.kept", 3), MONTHS.format("app.months", 2), TOLD.format("app.kept"))
    tree.write(months, "".join((*told, MONTHS.format("app.fresh", 2), CLOSED)))
    tree.write("functions/app/tg__new.sql", NEW_FUNCTION)
    return tree


def test_each_change_is_written_or_marked_and_keeps_the_rows(
    server: shadow.Server, tree: Tree, live: str
) -> None:
    renames = [named(case.rename, n) for n, case in enumerate(CASES.values()) if case.rename]
    renames.append("app.moved:months")
    path = drafting.draft(server, tree.root, "cases", lambda _: None, renames)
    text = path.read_text()
    missing = {
        name: said
        for n, (name, case) in enumerate(CASES.items())
        for said in (*case.says, *case.marks)
        if named(said, n) not in text
    }
    assert not missing, text
    assert all(said in text for said in OF_ROWS), text
    assert "does not run" not in text
    assert not re.search(r"DATA: .*t\d+n\b.* stops?", text), "a new table has no rows"
    look = f"says '{steps.LOOK}': look, then delete the mark"
    assert look in findings(server, tree)
    for refused in (judge.plan, deploy.deploy):
        with pytest.raises(steps.StepError, match=look):
            refused(live, tree.root)
    written = path.read_text()
    # nobody writes what was marked as missing, and somebody takes away what was written
    see_to(path, without="^--|part_config|create_parent|call_transitions|toast|cache 3|_stat ")
    found = {line.split(":")[0] for line in findings(server, tree).splitlines()}
    assert found >= {
        *(f"{kind} app.t{number(name)}{letter}" for name, kind, letter in UNWRITTEN),
        *(f"row months of app.{name}" for name in ("kept", "moved", "months", "fresh")),
        "months ahead app.kept",
        "row transition junk",
        'row of app.t0 {"a"',
    }
    path.write_text(written)
    see_to(path, all_of("by_hand"), CLOSED)
    assert findings(server, tree) == ""
    plan = judge.plan(live, tree.root)
    assert (plan["refused"], [step["step"] for step in plan["steps"]]) == ("", [path.stem])
    deploy.deploy(live, tree.root)
    assert answers(live) == {name: case.gives for name, case in CASES.items()}
