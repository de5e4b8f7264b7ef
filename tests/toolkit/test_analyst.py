"""``pyctl analyst``, and what a real login of it can and can not do."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict
from typer.testing import CliRunner, Result

from pyctl import analyst, config, db, deploy, observe
from tests.harness.rest import Api
from tests.harness.world import World
from tests.http.visit import Visit, event, tap

PASSWORD = "a long enough password"


def pyctl(dsn: str, *arguments: str, given: str = PASSWORD + "\n") -> Result:
    return CliRunner().invoke(analyst.app, [*arguments, "--dsn", dsn], input=given)


def code(dsn: str, *arguments: str) -> int:
    return observe.run(analyst.app, [*arguments, "--dsn", dsn])


@pytest.fixture(scope="module")
def sites(api: Api, world: World) -> None:
    """Two sites with a lead each; what must not be seen has a mark."""
    for name in ("acme", "neighbour"):
        visit = Visit(world.site(name), query=f"gclid=click-of-{name}&utm_term=word-of-{name}")
        assert visit.send(api, event(g=60000), tap()).status_code == 200


@pytest.fixture
def login(dsn: str, world: World, sites: None) -> Iterator[dict[str, Any]]:  # noqa: ARG001
    """How to connect as a fresh analyst of acme; gone afterwards."""
    done = pyctl(dsn, "create", "ayse", "--email", "ayse@agency.example", "--site", "acme")
    assert done.exit_code == 0, done.output
    assert "acme" in done.stdout
    yield conninfo_to_dict(dsn) | {"host": "127.0.0.1", "user": "ayse", "password": PASSWORD}
    world.rows("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'ayse'")
    world.rows("drop owned by ayse cascade; drop schema ayse cascade; drop role ayse")
    world.rows(
        "delete from app.site_members where user_id = (select id from app.profiles"
        " where email = 'ayse@agency.example')"
    )
    world.rows("delete from app.profiles where email = 'ayse@agency.example'")


def ask(login: dict[str, Any], query: str) -> list[Any]:
    with psycopg.connect(**login) as conn:
        return [row[0] for row in conn.execute(db.as_query(query))]


def test_a_login_sees_its_site(login: dict[str, Any]) -> None:
    assert ask(login, "select distinct site from intents") == ["acme"]
    assert ask(login, "select keyword from sessions") == ["word-of-acme"]


def test_settings_of_a_login(login: dict[str, Any], world: World) -> None:
    names = [*analyst._SETTINGS, "search_path"]
    found = {name: ask(login, f"show {name}")[0] for name in names}
    assert found == {
        "temp_file_limit": "2GB",
        "statement_timeout": "1min",
        "idle_in_transaction_session_timeout": "1min",
        "work_mem": "32MB",
        "default_transaction_read_only": "on",
        "enable_partitionwise_join": "on",
        "search_path": '"$user", reporting',
    }
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        ask(login, "set temp_file_limit = '100GB'")
    held = [psycopg.connect(**login) for _ in range(analyst.CONNECTIONS)]
    with pytest.raises(psycopg.OperationalError, match="too many connections"):
        psycopg.connect(**login)
    for conn in held:
        conn.close()
    stored = "select rolpassword from pg_authid where rolname = 'ayse'"
    assert world.value(stored).startswith("SCRAM-SHA-256$")


def test_statements_that_take_too_long_end(login: dict[str, Any]) -> None:
    with (
        psycopg.connect(**login, options="-c statement_timeout=50") as conn,
        pytest.raises(psycopg.errors.QueryCanceled),
    ):
        conn.execute("select pg_sleep(5) from sessions")


@pytest.mark.parametrize(
    "attempt",
    [
        "set session authorization postgres",
        "set role postgres",
        "set role authenticated",
        "set role app_owner",
        "select * from app.sessions",
        "select visitor_id from app.sessions",
        "select access.pseudonym_salt()",
        "select * from pg_authid",
        "select * from pg_statistic",
        "select * from pg_read_file('postgresql.conf')",
        "select lo_import('/etc/passwd')",
        "copy (select 1) to program 'true'",
        "copy (select 1) to '/tmp/x'",
        "create schema mine",
        "create view reporting.mine as select 1 as one",
        "create table public.t (a int)",
        "create extension dblink",
        "create role another",
        "create publication p for all tables",
        "create event trigger e on ddl_command_end execute function x()",
        "alter role ayse connection limit 100",
        "alter role ayse superuser",
        "alter schema ayse owner to ayse",
        "set session_replication_role = replica",
        "create function ayse.f(text) returns boolean leakproof language sql return true",
        "create function ayse.f() returns int language c as 'x'",
        "create view ayse.v as select * from app.calls",
        "create table ayse.t (like app.calls)",
        "create table ayse.t (c app.card)",
        "create rule r as on select to reporting.sessions do instead select 1",
        "drop view reporting.sessions cascade",
        "comment on view reporting.sessions is 'x'",
        "select query_to_xml('select * from app.calls', true, false, '')",
        "select * from reporting.sessions for update",
        "lock table reporting.sessions in access exclusive mode",
    ],
)
def test_what_is_not_theirs(login: dict[str, Any], attempt: str) -> None:
    """Refused, whatever they set before."""
    with psycopg.connect(**login) as conn:
        conn.execute("set default_transaction_read_only = off")
        conn.execute("select set_config('request.jwt.claims', '{\"role\":\"admin\"}', false)")
        conn.commit()
        with pytest.raises((psycopg.errors.InsufficientPrivilege, psycopg.errors.UndefinedFile)):
            conn.execute(db.as_query(attempt))


def test_granting_their_schema_on_lets_nobody_in(login: dict[str, Any], world: World) -> None:
    with psycopg.connect(**login) as conn:
        conn.execute("set transaction read write")
        conn.execute("grant usage on schema ayse to public")
        conn.execute("grant select on reporting.sessions to public")
    assert not world.value("select has_schema_privilege('monitor', 'ayse', 'usage')")
    assert not world.value("select has_table_privilege('monitor', 'reporting.sessions', 'select')")


def test_row_security_is_not_switched_off(login: dict[str, Any]) -> None:
    with psycopg.connect(**login) as conn:
        conn.execute("set row_security = off")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            conn.execute("select * from intents")


def test_leaks_of_the_planner_and_the_catalogue(login: dict[str, Any], world: World) -> None:
    """Values of other tenants stand in statistics: they are not shown."""
    world.rows("analyze app.sessions; analyze app.calls")
    seen = ask(
        login,
        "select row_to_json(s)::text from pg_stats as s"
        " union all select row_to_json(s)::text from pg_stats_ext as s"
        " union all select row_to_json(s)::text from pg_stats_ext_exprs as s"
        " union all select query from pg_stat_activity"
        " union all select row_to_json(s)::text from pg_settings as s",
    )
    assert not [text for text in seen if text and "of-neighbour" in text]
    plan = ask(login, "explain (verbose) select * from sessions")
    assert "of-neighbour" not in "\n".join(plan)


def test_their_own_views_and_functions_see_no_more(login: dict[str, Any], dsn: str) -> None:
    with psycopg.connect(**login) as conn:
        conn.execute("set transaction read write")
        conn.execute("create view mine as select site, keyword from sessions")
        conn.execute(
            "create function peek(text) returns boolean cost 0.00001 language plpgsql as $$"
            " begin raise notice 'peeked %', $1; return true; end $$"
        )
    notices: list[str] = []
    with psycopg.connect(**login) as conn:
        conn.add_notice_handler(lambda said: notices.append(said.message_primary or ""))
        conn.execute("select * from sessions where ayse.peek(keyword)")
        conn.execute("select * from mine where ayse.peek(keyword)")
        conn.execute("select count(*) from events where ayse.peek(page)")
    assert notices
    assert not [said for said in notices if "neighbour" in said]
    deploy.deploy(dsn, config.REPO / "db")
    assert ask(login, "select keyword from mine") == ["word-of-acme"]


def test_grant_and_revoke_hold_at_once(dsn: str, login: dict[str, Any]) -> None:
    with psycopg.connect(**login, autocommit=True) as conn:

        def seen() -> list[str]:
            return [row[0] for row in conn.execute("select distinct site from sessions order by 1")]

        assert pyctl(dsn, "grant", "ayse", "neighbour.example").exit_code == 0
        assert seen() == ["acme", "neighbour"]
        assert pyctl(dsn, "revoke", "ayse", "acme", "neighbour").exit_code == 0
        assert seen() == []
        assert pyctl(dsn, "revoke", "ayse", "--login").exit_code == 0
        with pytest.raises(psycopg.OperationalError):
            seen()
    with pytest.raises(psycopg.OperationalError, match="not permitted to log in"):
        psycopg.connect(**login)
    assert "shut" in pyctl(dsn, "list").stdout
    other = "quite another password"
    assert pyctl(dsn, "password", "ayse", given=other + "\n").exit_code == 0
    assert "shut" in pyctl(dsn, "list").stdout
    assert pyctl(dsn, "reopen", "ayse").exit_code == 0
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(**login)
    assert ask(login | {"password": other}, "select 1 from sessions") == []


def test_no_statement_is_without_end(login: dict[str, Any], world: World) -> None:
    """Whatever their session has set; and who sits in a transaction is ended."""
    limit = "select ops.limit_analysts()"
    with psycopg.connect(**login) as busy, psycopg.connect(**login) as idle:
        for conn in (busy, idle):
            conn.execute("set statement_timeout = 0")
            conn.execute("set idle_in_transaction_session_timeout = 0")
            conn.commit()
        idle.execute("select 1")
        with ThreadPoolExecutor(1) as pool:
            runs = pool.submit(busy.execute, "select pg_sleep(600)")
            assert world.value(limit) == 0
            world.rows("update ops.settings set analyst_limit = '1 millisecond'")
            try:
                while not runs.done():
                    world.value(limit)
            finally:
                world.rows("update ops.settings set analyst_limit = default")
            with pytest.raises((psycopg.errors.QueryCanceled, psycopg.errors.AdminShutdown)):
                runs.result()
        with pytest.raises(psycopg.OperationalError):
            idle.execute("select 1")


@pytest.mark.usefixtures("login")
def test_the_tenant_sees_it_in_the_audit(world: World) -> None:
    said = "select actor, action, after from app.audit_log where object_type = 'site_member'"
    (row,) = world.rows(
        f"{said} and site_id = %(site)s order by seq desc limit 1", site=world.site("acme").id
    )
    assert (row["actor"], row["action"], row["after"]["role"]) == ("system", "insert", "viewer")


def test_list(dsn: str, login: dict[str, Any]) -> None:
    with psycopg.connect(**login) as conn:
        conn.execute("select 1")
        (one,) = json.loads(pyctl(dsn, "list", "--json").stdout)
        head, line = pyctl(dsn, "list").stdout.splitlines()
        assert head.split() == ["Login", "Person", "Sites", "State"]
        assert "1 connected" in line
    assert (one["login"], one["email"]) == ("ayse", "ayse@agency.example")
    assert [(site["name"], site["role"]) for site in one["sites"]] == [("acme", "viewer")]


def test_who_is_more_than_a_viewer_is_not_ended_here(
    dsn: str, login: dict[str, Any], world: World, capfd: pytest.CaptureFixture[str]
) -> None:
    world.rows(
        "update app.site_members set role = 'editor' where user_id ="
        " (select id from app.profiles where email = 'ayse@agency.example')"
    )
    assert code(dsn, "revoke", "ayse", "acme") == 1
    assert "is editor of acme" in capfd.readouterr().err
    assert ask(login, "select distinct site from sessions") == ["acme"]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("grant", "nobody", "acme"), 2),
        (("grant", "postgres", "acme"), 2),
        (("grant", "ayse", "no such site"), 2),
        (("revoke", "ayse"), 2),
        (("create", "Ayşe", "--email", "a@b.example"), 2),
        (("create", "pg_ayse", "--email", "a@b.example"), 2),
        (("create", "reporting", "--email", "a@b.example"), 1),
        (("create", "analyst", "--email", "a@b.example"), 1),
        (("create", "fatma", "--email", "no address"), 1),
        (("create", "fatma", "--email", "a@b.example", "--name", " "), 1),
        (("password", "nobody"), 2),
        (("reopen", "postgres"), 2),
    ],
)
def test_wrong_use(
    dsn: str,
    login: dict[str, Any],
    world: World,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    expected: int,
) -> None:
    monkeypatch.setattr("pyctl.acts.ask_password", lambda _: PASSWORD)
    assert code(dsn, *arguments) == expected
    said = capfd.readouterr().err
    assert not [word for word in ("constraint", "profiles_", "PL/pgSQL", "22P") if word in said]
    assert world.value("select count(*) from pg_roles where rolname in ('fatma', 'pg_ayse')") == 0
    assert login


def test_a_short_password_is_refused(dsn: str) -> None:
    done = pyctl(dsn, "create", "fatma", "--email", "f@b.example", given="short\n")
    assert "needs 12" in str(done.exception)
