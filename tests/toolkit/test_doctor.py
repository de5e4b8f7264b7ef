"""``pyctl doctor``: each thing is broken once, and its finding appears with a way to mend it."""

from __future__ import annotations

import dataclasses
import importlib.metadata
import json
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pyctl import cli, config, db, doctor, grants, secretfiles, source, target
from tests.harness.rest import Rest
from tests.harness.stage import Stage, free_port
from tests.harness.world import World


@pytest.fixture(scope="module")
def settings(stage: Stage) -> config.Config:
    """As if `pyctl up` had made the run's cluster."""
    return config.Config(stage.home, stage.cluster.port, 1025, 1026, 1027)


@pytest.fixture
def patient(dsn: str, settings: config.Config) -> Iterator[doctor.Patient]:
    with db.connect(dsn, autocommit=True) as conn:
        place = db.rows(conn, "doctor_place")[0]
        yield doctor.Patient(settings, dsn, conn, place, None, "http://127.0.0.1:9", 0.0)


def findings(patient: doctor.Patient, check: str) -> list[tuple[str, str]]:
    return list(doctor.CHECKS[check](patient))


def healthy(world: World) -> None:
    """Every job ran just now."""
    world.rows("delete from ops.job_runs")
    world.rows(
        "insert into ops.job_runs (job, started_at, finished_at, outcome, done)"
        " select name, now(), now(), 'ok', 0 from ops.jobs"
    )


@pytest.mark.usefixtures("rest")  # which brings its program
def test_nothing_is_wrong_with_a_healthy_installation(
    dsn: str, rest: Rest, world: World, settings: config.Config
) -> None:
    healthy(world)
    found = doctor.look(dsn, settings, url=rest.url, min_free=0)
    assert [one for one in found if one.state != "ok"] == []
    assert [one.check for one in found] == list(doctor.CHECKS)


# what breaks it, what mends it, which check says so, and its words
BROKEN = [
    (
        "versions",
        "update pg_extension set extname = 'x' where extname = 'pgcrypto'",
        "pgcrypto is missing",
    ),
    ("roles", "alter role service_role bypassrls", "service_role is past row level security"),
    ("roles", "alter role anon login", "anon is allowed to log in"),
    ("roles", "alter role authenticator inherit", "authenticator is inheriting"),
    ("roles", 'alter role "monitor" superuser', "monitor is superuser"),
    ("roles", "grant app_owner to anon", "anon is a member of app_owner"),
    ("roles", "revoke service_role from authenticator", "authenticator is no member of service"),
    ("grants", "grant execute on function api.sites() to public", "api.sites() is executable by"),
    ("grants", "create function app.x() returns int language sql return 1", "app.x() is exec"),
    ("grants", "alter function access.site_ids owner to postgres", "is owned by postgres"),
    ("grants", "alter function api.sync reset search_path", "does not pin an empty search_path"),
    ("grants", "alter table app.calls disable row level security", "app.calls has no row level"),
    ("grants", "create policy p on app.calls using (true)", "policy p of app.calls is for every"),
    ("grants", "grant select on app.calls to public", "app.calls is granted to everybody"),
    ("grants", "grant select on app.calls to anon", "anon may select app.calls"),
    ("grants", "grant delete on app.calls to authenticated", "authenticated may delete app.calls"),
    ("grants", "alter table app.calls owner to postgres", "app.calls is owned by postgres"),
    (
        "grants",
        "revoke execute on function api.sync from anon",
        "anon may not execute function api.s",
    ),
    ("grants", "grant execute on function access.claims to anon", "anon may execute function acc"),
    (
        "grants",
        "grant select (gclid) on app.sessions to anon",
        "anon may select app.sessions (gclid)",
    ),
    (
        "grants",
        "revoke select on app.calls from authenticated",
        "authenticated may not select app.",
    ),
    ("grants", "revoke usage on schema api from anon", "anon may not use schema api"),
    ("grants", "grant create on schema app to public", "public may create schema app"),
    ("grants", "alter view reporting.sales reset (security_invoker)", "sales is not security inv"),
    ("grants", "grant usage on schema ops to authenticated", "authenticated reaches schema ops"),
    (
        "grants",
        "do $$ begin execute format('grant select on %s to authenticated', (select min(inhrelid)"
        " from pg_inherits where inhparent = 'app.events'::regclass)::regclass); end $$",
        "has grants or policies of its own",
    ),
    (
        "grants",
        "update pg_index set indisvalid = false where indexrelid = 'app.calls_pkey'::regclass",
        "index app.calls_pkey is not valid",
    ),
    (
        "partitions",
        "do $$ begin execute (select string_agg(format('alter table app.sessions detach partition"
        " %s', inhrelid::regclass), ';') from pg_inherits join pg_class on pg_class.oid = inhrelid"
        " where inhparent = 'app.sessions'::regclass"
        " and pg_get_expr(relpartbound, inhrelid) <> 'DEFAULT'); end $$",
        "app.sessions: months ahead: 0",
    ),
    (
        "jobs",
        "update ops.job_runs set outcome = 'failed', error = 'no luck' where job = 'write_health'",
        "job write_health",
    ),
    (
        "jobs",
        "update ops.deploys set at = now() - interval '9 days'; delete from ops.job_runs",
        "job write_health is late",
    ),
    ("triggers", "alter table app.calls disable trigger user", "of app.calls is switched off"),
    (
        "rotation",
        "insert into access.secrets (name, value, updated_at) values ('jwt_previous',"
        " repeat('x', 64), now() - interval '2 days')",
        "the JWT secret was changed",
    ),
    (
        "rotation",
        "insert into access.secrets (name, value, updated_at) values ('proxy_next_sha256',"
        " repeat('a', 64), now() - interval '2 days')",
        "the proxy secret was changed",
    ),
    (
        "mail",
        "insert into ops.mail_outbox (kind, recipient, token, facts, expires_at, created_at)"
        " values ('invitation', 'a@b.example', 'x', '{}', now() + interval '1 day',"
        " now() - interval '1 hour')",
        "1 mails wait since",
    ),
    (
        "mail",
        "insert into ops.mail_outbox (kind, recipient, token, facts, expires_at, last_error)"
        " values ('invitation', 'a@b.example', 'x', '{}', now() + interval '1 day', 'no luck')",
        "the last: no luck",
    ),
]


@pytest.mark.parametrize(("check", "breaks", "said"), BROKEN)
def test_what_is_broken_is_found_and_how_to_mend_it(
    patient: doctor.Patient, world: World, check: str, breaks: str, said: str
) -> None:
    """In a transaction: roles belong to the cluster, and others work on it."""
    healthy(world)
    conn = patient.database()
    assert findings(patient, check) == []
    with conn.transaction(force_rollback=True):
        conn.execute(db.as_query(breaks))
        found = findings(patient, check)
    assert [mend for what, mend in found if said in what], found
    assert all(mend for _, mend in found)
    assert findings(patient, check) == []


@pytest.mark.parametrize(
    ("check", "breaks"),
    [(check, breaks) for check, breaks, _ in BROKEN if check in ("roles", "grants", "triggers")],
)
def test_the_way_to_mend_is_a_statement_that_mends(
    patient: doctor.Patient, check: str, breaks: str
) -> None:
    conn = patient.database()
    with conn.transaction(force_rollback=True):
        conn.execute(db.as_query(breaks))
        for _, mend in findings(patient, check):
            if mend.startswith(("alter ", "revoke ", "grant ")) and "its policies" not in mend:
                conn.execute(db.as_query(mend))
                assert mend not in [way for _, way in findings(patient, check)]


def test_what_somebody_dropped_is_missed(patient: doctor.Patient) -> None:
    conn = patient.database()
    with conn.transaction(force_rollback=True):
        conn.execute("drop function api.contract_version()")
        found = findings(patient, "grants")
    assert [what for what, _ in found] == ["api.contract_version() is not there"]


def test_every_grant_of_the_source_is_understood() -> None:
    """One that is not would be missed in silence, or told of a healthy database."""
    said = [
        statement.text
        for phase in source.PHASES
        for path in phase.files(target.SOURCE)
        for statement in db.read_statements(path)
        if statement.words[0] == "grant"
    ]
    lost = [text for text in said if " on " in text.replace("\n", " ") and not grants.read(text)]
    assert [text for text in lost if not re.search(r"schema (partman|extensions) ", text)] == []


def test_rows_in_the_default_partition(patient: doctor.Patient, world: World) -> None:
    site = world.site("acme")
    conn = patient.database()
    with conn.transaction(force_rollback=True):
        conn.execute(
            "insert into app.sessions (site_id, id, created_month, created_at, first_event_at,"
            " last_event_at) values (%s, gen_random_uuid(), '2019-01-01', '2019-01-02T00:00Z',"
            " '2019-01-02T00:00Z', '2019-01-02T00:00Z')",
            [site.id],
        )
        found = findings(patient, "partitions")
    says = "month 2019-01-01: rows in the default partition: 1 sessions, 0 events"
    assert (says, "pyctl partition drain") in found


@pytest.fixture
def own(
    patient: doctor.Patient, stage: Stage, tmp_path: Path, request: pytest.FixtureRequest
) -> doctor.Patient:
    """The same with secrets that a test may spoil."""
    secrets = tmp_path / "secrets"
    request.getfixturevalue("rest")  # which wrote its keys
    shutil.copytree(stage.secrets, secrets)
    secrets.chmod(0o700)
    (tmp_path / "pg").symlink_to(stage.home / "pg")
    made = dataclasses.replace(
        patient, settings=dataclasses.replace(patient.settings, home=tmp_path)
    )
    made.place = made.place | {"data_directory": str(tmp_path / "pg")}
    assert findings(made, "secrets") == []
    return made


def _open(secrets: Path) -> None:
    (secrets / "jwt.secret").chmod(0o644)


def _opened(secrets: Path) -> None:
    secrets.chmod(0o755)


def _weak(secrets: Path) -> None:
    (secrets / "jwt.secret").write_text("a" * 40)


def _short(secrets: Path) -> None:
    (secrets / "jwt.secret").write_text("sw0rd")


def _lost(secrets: Path) -> None:
    (secrets / "jwt.secret").unlink()


def _other(secrets: Path) -> None:
    (secrets / "jwt.secret").write_text("0123456789abcdefghijklmnopqrstuvwxyz-another")


def _no_key_set(secrets: Path) -> None:
    (secrets / "jwt.jwks").unlink()


def _other_key_set(secrets: Path) -> None:
    secretfiles.write_key_set(secrets, "0123456789abcdefghijklmnopqrstuvwxyz-another", [])


def _half_rotated(secrets: Path) -> None:
    """As it stands when a rotation was stopped between the database and the files."""
    (secrets / "jwt.secret").rename(secrets / "jwt.next")
    secretfiles.write(secrets / "jwt.secret", "0123456789abcdefghijklmnopqrstuvwxyz-another")


def _no_pgpass(secrets: Path) -> None:
    (secrets / "pgpass").unlink()


def _open_pgpass(secrets: Path) -> None:
    (secrets / "pgpass").chmod(0o640)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (_open, "has mode 644"),
        (_opened, "is open to others"),
        (_weak, "is no random text"),
        (_short, "has 5 characters"),
        (_lost, "is missing"),
        (_other, "signs with another key than jwt.secret"),
        (_other_key_set, "signs with another key than jwt.jwks"),
        (_no_key_set, "knows no key"),
        (_half_rotated, "was interrupted"),
        (_no_pgpass, "PostgREST can't log in"),
        (_open_pgpass, "has mode 640"),
    ],
)
def test_secrets(own: doctor.Patient, spoil: Callable[[Path], None], said: str) -> None:
    spoil(own.settings.secrets)
    found = findings(own, "secrets")
    assert [mend for what, mend in found if said in what and mend], found
    assert spoil is not _half_rotated or "no log-in works" not in str(found)
    secret = own.settings.secrets / "jwt.secret"
    assert not secret.exists() or secret.read_text() not in str(found)


def test_files_of_somebody_else_are_left_out(
    own: doctor.Patient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who runs the tests may read everything; another user can't even look into the folder."""
    exists = Path.exists

    def closed(path: Path) -> bool:
        if path.parent == own.settings.secrets:
            raise PermissionError(13, "Permission denied", str(path))
        return exists(path)

    monkeypatch.setattr(Path, "exists", closed)
    states = {one.check: (one.state, one.what) for one in doctor.examine(own)}
    assert states["secrets"][0] == "skipped"
    assert states["secrets"][1].startswith("this user may not read ")
    assert states["authenticator"][0] == "skipped"
    assert "postgrest" in states, "the others go on"


def test_a_check_that_fails_by_itself_stops_no_other(
    patient: doctor.Patient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_: doctor.Patient) -> Iterator[tuple[str, str]]:
        raise subprocess.TimeoutExpired("postgrest", 30)

    monkeypatch.setitem(doctor.CHECKS, "clock", fails)
    states = {one.check: one.state for one in doctor.examine(patient)}
    assert states["clock"] == "wrong"
    assert states["partitions"] == "ok"


def test_the_key_may_stand_in_a_set_of_keys() -> None:
    jwks = '{"keys": [{"kty": "RSA", "n": "x"}, {"kty": "oct", "k": "YWJj"}]}'
    assert doctor.keys(jwks) == ["abc"]
    assert doctor.keys("abc") == ["abc"]
    assert doctor.keys('{"keys": [{"kty": "oct"}]}') == doctor.keys("{") == []


def test_wrong_password_of_postgrests_role(own: doctor.Patient) -> None:
    assert findings(own, "authenticator") == []
    (own.settings.secrets / "pgpass").write_text("127.0.0.1:*:*:authenticator:wrong\n")
    ((what, mend),) = findings(own, "authenticator")
    assert "can't log in" in what
    assert mend


def test_disk_and_clock(patient: doctor.Patient, monkeypatch: pytest.MonkeyPatch) -> None:
    full = dataclasses.replace(patient, min_free=10.0**9)
    assert "GB" in findings(full, "disk")[0][0]
    assert findings(patient, "clock") == []
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now - 3600)
    assert re.search(r"are 3\d{3} s apart", findings(patient, "clock")[0][0])


def test_python_packages(patient: doctor.Patient, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = ["rich==0.1", "no-such-thing[x]==1", 'httpx==0; extra == "dev"']
    monkeypatch.setattr(importlib.metadata, "requires", lambda _: wanted)
    said = [what for what, _ in findings(patient, "python packages")]
    assert len(said) == 2
    assert "rich is" in said[0]
    assert "no-such-thing is missing" in said[1]


def test_source_that_differs(patient: doctor.Patient, world: World) -> None:
    assert findings(patient, "source") == []
    checksum = world.value("select code_checksum from ops.deploys")
    world.rows("update ops.deploys set code_checksum = repeat('0', 64)")
    assert "code is not this source's" in findings(patient, "source")[0][0]
    world.rows("update ops.deploys set code_checksum = %(c)s", c=checksum)


def test_an_empty_database(empty_database: str, settings: config.Config) -> None:
    found = doctor.look(empty_database, settings, url="http://127.0.0.1:9")
    states = {one.check: one for one in found}
    assert states["source"].mend == "pyctl migrate apply"
    assert states["grants"].state == "skipped"


def test_postgrest_is_away(patient: doctor.Patient) -> None:
    patient.url = f"http://127.0.0.1:{free_port()}"
    assert "does not answer" in findings(patient, "postgrest")[0][0]


def test_postgrest_sees_another_schema(patient: doctor.Patient, rest: Rest) -> None:
    """A function for everybody, and one for people only; seen stale, as no deploy told it."""
    patient.url = rest.url
    assert findings(patient, "postgrest") == []
    conn = patient.database()
    conn.execute("create function api.new_open() returns int language sql return 1")
    conn.execute("create function api.new_shut(a int) returns int language sql return 1")
    conn.execute("revoke execute on function api.new_shut from public")
    try:
        ((what, mend),) = findings(patient, "postgrest")
    finally:
        conn.execute("drop function api.new_open; drop function api.new_shut")
    assert what.endswith(": new_open, new_shut")
    assert "reload schema" in mend


@pytest.mark.usefixtures("rest")  # which brings its program
def test_postgrest_program(patient: doctor.Patient, own: doctor.Patient, tmp_path: Path) -> None:
    assert findings(patient, "postgrest program") == []
    (tmp_path / "postgrest.conf").write_text('db-pool = "many\n')
    shutil.copy(config.REPO / "postgrest.sha256", tmp_path)
    (tmp_path / "bin").mkdir()
    shutil.copy(patient.settings.home / "bin/postgrest", tmp_path / "bin")
    broken = dataclasses.replace(own, settings=dataclasses.replace(own.settings, repo=tmp_path))
    assert "refuses" in findings(broken, "postgrest program")[0][0]
    (tmp_path / "bin/postgrest").write_text("#!/bin/sh\n")
    (tmp_path / "node_modules").mkdir()
    assert "PostgREST is not there" in findings(broken, "postgrest program")[0][0]


def test_a_database_elsewhere_skips_what_needs_a_file(
    patient: doctor.Patient, tmp_path: Path
) -> None:
    away = dataclasses.replace(
        patient,
        settings=dataclasses.replace(patient.settings, home=tmp_path),
        place=patient.place | {"data_directory": "/srv/elsewhere"},
    )
    found = {one.check: one for one in doctor.examine(away)}
    for check in ("secrets", "authenticator", "disk", "programs", "postgrest program"):
        assert found[check].state == "skipped", found[check]
        assert found[check].what
    assert found["grants"].state == "ok"


def test_a_poor_login_skips_what_it_may_not_see(
    stage: Stage, world: World, settings: config.Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    password = "a long enough password"
    monkeypatch.setenv("PGPASSWORD", password)
    world.rows(f"create role poor login password '{password}'")
    try:
        where = f"host=127.0.0.1 port={stage.cluster.port} dbname={world.conn.info.dbname}"
        found = doctor.look(f"{where} user=poor", settings)
    finally:
        world.rows("drop role poor")
    states = {one.check: one.state for one in found}
    assert states["jobs"] == "skipped"
    assert states["roles"] == "ok"


def test_nobody_answers(settings: config.Config) -> None:
    found = doctor.look(f"host=127.0.0.1 port={free_port()}", settings, url="http://127.0.0.1:9")
    assert found[0].state == "wrong"
    assert "cannot be reached" in found[0].what
    assert {one.state for one in found if one.check == "grants"} == {"skipped"}


def test_the_files_of_a_server_that_is_down_are_looked_at(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """They may be why it does not start."""
    monkeypatch.setenv("OPSMANTIK_HOME", str(tmp_path))
    monkeypatch.setenv("OPSMANTIK_PG_PORT", str(free_port()))
    (tmp_path / "pg").mkdir()
    secretfiles.write(tmp_path / "secrets" / "jwt.secret", "sw0rd")
    found = doctor.look(None, config.load(), url="http://127.0.0.1:9", min_free=10.0**9)
    assert found[0].state == "wrong"
    assert [one.what for one in found if one.check == "secrets" and "5 characters" in one.what]
    assert [one.what for one in found if one.check == "disk" and f"at {tmp_path}" in one.what]
    assert {one.state for one in found if one.check == "rotation"} == {"skipped"}


def test_command_says_it_in_words_and_in_json(
    dsn: str, world: World, rest: Rest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("OPSMANTIK_HOME", str(tmp_path))
    healthy(world)
    arguments = ["doctor", "--dsn", dsn, "--url", rest.url, "--min-free", "0"]
    done = CliRunner().invoke(cli.app, arguments)
    assert (done.exit_code, done.stdout.splitlines()[-1]) == (0, "nothing is wrong")
    world.rows("update ops.job_runs set outcome = 'failed', error = 'no luck'")
    done = CliRunner().invoke(cli.app, [*arguments, "--json"])
    assert done.exit_code == 1
    wrong = [one for one in json.loads(done.stdout) if one["state"] == "wrong"]
    assert {one["check"] for one in wrong} == {"jobs"}
    assert " wrong" in CliRunner().invoke(cli.app, arguments).stdout.splitlines()[-1]
