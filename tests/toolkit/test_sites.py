"""``pyctl site``: each verb on real data, and a neighbour who notices nothing."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

import psycopg
import pytest
from typer.testing import CliRunner, Result

from pyctl import acts, config, db, observe, sites
from pyctl.errors import OperatorError
from tests.harness.rest import Api
from tests.harness.world import Site, World
from tests.http.visit import Visit, event, tap

WHY = "ticket 4711"
PLACES = "select ctid::text from app.conversions where site_id = %s"
TABLES = "select name from ops.tenant_tables()"


VISITS = """
insert into app.sessions (
    site_id, id, created_month, created_at, first_event_at, last_event_at
)
select %(site)s, gen_random_uuid(), '2020-02-01', at, at, at
from generate_series(1, %(count)s) as n
cross join lateral (values (timestamptz '2020-02-03' + n * interval '1 minute')) as t (at)
"""


def pyctl(dsn: str, *arguments: str, given: str | None = None) -> Result:
    return CliRunner().invoke(sites.app, [*arguments, "--dsn", dsn], input=given)


def done(dsn: str, *arguments: str, given: str | None = None) -> str:
    result = pyctl(dsn, *arguments, given=given)
    assert result.exit_code == 0, result.output + str(result.exception)
    return result.stdout


def refused(dsn: str, *arguments: str) -> int:
    return observe.run(sites.app, [*arguments, "--dsn", dsn])


def held(world: World, site: Site) -> dict[str, int]:
    """How many rows each table has of a site."""
    names = [row["name"] for row in world.rows(TABLES)]
    counts = {
        name: world.value(f"select count(*) from {name} where site_id = %(site)s", site=site.id)
        for name in names
    }
    return {name: count for name, count in counts.items() if count}


def fill(api: Api, world: World, name: str) -> Site:
    """A site with people, visits in two months, a sale, a key, refusals and rollups."""
    site = world.site(name, undo_window="0 s", conversion_hold="0 s")
    owner = world.owner(name)
    for n in range(3):
        visit = Visit(site, query=f"gclid=click-{name}-{n}")
        assert visit.send(api, event(g=60000), tap()).status_code == 200
    (card,) = visit.cards(world)
    sale = {"call_id": str(card["id"]), "amount": 100, "currency": "TRY", "version": 1}
    assert api.call("seal", sale, token=owner.token).status_code == 200
    key = {"site_id": site.id, "name": "server", "scopes": ["write"]}
    assert api.call("create_api_key", key, token=owner.token).status_code == 200
    invited = {"site_id": site.id, "email": f"guest@{name}.example", "role": "viewer"}
    assert api.call("invite_member", invited, token=owner.token).status_code == 200
    assert api.call("rotate_call_secret", {"site_id": site.id}, token=owner.token).is_success
    world.rows("select access.create_feed_credential(%(s)s, %(n)s)", s=site.id, n=f"feed-{name}")
    world.rows(
        "insert into app.sessions (site_id, id, created_month, created_at, first_event_at,"
        " last_event_at) select %(site)s, gen_random_uuid(), '2020-02-01', at, at, at"
        " from (values (timestamptz '2020-02-03 12:00Z')) as old (at)",
        site=site.id,
    )
    return site


@pytest.fixture(scope="module")
def neighbour(api: Api, world: World) -> Site:
    return fill(api, world, "next-door")


def test_a_new_customer(dsn: str, world: World) -> None:
    made = json.loads(
        done(dsn, "create", "new.example", "--owner", "New@Owner.example", "--json",
             "--set", "time_zone=Europe/Berlin", "--set", "assumed_cpc=2.5")
    )  # fmt: skip
    (row,) = world.rows("select * from app.sites where id = %(id)s", id=made["id"])
    assert (row["name"], row["public_key"]) == ("new.example", made["key"])
    assert (row["time_zone"], float(row["assumed_cpc"])) == ("Europe/Berlin", 2.5)
    assert made["is_invited"]
    mail = "select kind, facts ->> 'role' as role from ops.mail_outbox where recipient = %(who)s"
    assert world.rows(mail, who="new@owner.example") == [{"kind": "invitation", "role": "owner"}]
    # who has an account is the owner at once
    ayse = world.person("ayse")
    again = done(dsn, "create", "second.example", "--owner", ayse.email)
    assert "invitation" not in again
    assert ayse.email in done(dsn, "list")
    log = "select action, operator, reason from ops.operator_log where object = %(id)s"
    assert world.rows(log, id=made["id"]) == [
        {"action": "site_create", "operator": "postgres", "reason": "new customer"}
    ]


def test_a_command_that_is_run_again_makes_no_second_site(
    dsn: str, world: World, tmp_path: Path
) -> None:
    count = "select count(*) from app.sites where domain in ('once.example', 'twice.invalid')"
    said = ["create", "once.example", "--owner", "a@once.example"]
    done(dsn, *said)
    assert refused(dsn, *said) == 1
    done(dsn, "archive", "once.example", "--reason", WHY)
    assert refused(dsn, *said) == 1
    assert world.value(count) == 1
    done(dsn, *said, "--another")
    assert world.value(count) == 2
    canary = ["--domain", "twice.invalid"]
    done(dsn, "canary", str(tmp_path / "one"), *canary)
    assert refused(dsn, "canary", str(tmp_path / "two"), *canary) == 1
    assert not (tmp_path / "two").exists()
    assert world.value(count) == 3


@pytest.mark.parametrize(
    "arguments",
    [
        ["create", "not a host", "--owner", "a@b.example"],
        ["create", "fine.example", "--owner", "nobody"],
        ["create", "fine.example", "--owner", "a@b.example", "--set", "colour=red"],
        ["create", "fine.example", "--owner", "a@b.example", "--set", "colour"],
        ["archive", "nowhere.example", "--reason", WHY],
        ["restore", "acme", "--reason", WHY],
    ],
)
def test_what_is_wrong_changes_nothing(dsn: str, world: World, arguments: list[str]) -> None:
    world.site("acme")
    before = world.value("select count(*) from app.sites") + world.value(
        "select count(*) from ops.operator_log"
    )
    assert refused(dsn, *arguments) in (1, 2)
    after = world.value("select count(*) from app.sites") + world.value(
        "select count(*) from ops.operator_log"
    )
    assert after == before


def test_a_reason_is_needed(dsn: str, world: World) -> None:
    world.site("acme")
    assert refused(dsn, "archive", "acme", "--reason", "  ") == 1
    # it stands in the site's chain for ever: no address of anybody, no second line
    for reason in ("asked by jane@people.example", "two\nlines", "x" * 501, "hid\u202eden"):
        assert refused(dsn, "archive", "acme", "--reason", reason) == 1, reason
    assert refused(dsn, "archive", "acme") == 2


def test_a_site_in_the_other_state_is_told_so(
    dsn: str, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.site("acme")
    for verb in ("restore", "purge"):
        assert refused(dsn, verb, "acme", "--reason", WHY) == 2
        assert "acme is not archived" in capsys.readouterr().err
    done(dsn, "archive", "acme", "--reason", WHY)
    for verb in ("archive", "rotate-key"):
        assert refused(dsn, verb, "acme", "--reason", WHY) == 2
        assert "acme is archived" in capsys.readouterr().err


def test_archived_and_back(dsn: str, api: Api, world: World) -> None:
    site = world.site("sleepy")
    owner = world.owner("sleepy")
    visit = Visit(site)
    done(dsn, "archive", site.domain, "--reason", WHY)
    assert visit.send(api, tap()).status_code == 404
    assert site.id not in done(dsn, "list")
    assert site.id in done(dsn, "list", "--archived")
    done(dsn, "restore", site.domain, "--reason", WHY)
    assert visit.send(api, tap()).status_code == 200
    # its owner sees who and why
    seen = api.call("activity", {"site_id": site.id}, token=owner.token).json()
    acts = [row["after"] for row in seen if row["action"] == "operate"]
    assert [(one["act"], one["reason"]) for one in acts] == [
        ("site_restore", WHY),
        ("site_archive", WHY),
    ]


def test_a_new_key_and_the_old_one_for_a_while(dsn: str, api: Api, world: World) -> None:
    site = world.site("keyed")
    new = done(dsn, "rotate-key", "keyed", "--hours", "24", "--reason", WHY).strip()
    assert new == world.value("select public_key from app.sites where id = %(id)s", id=site.id)
    assert new != site.key
    assert Visit(site).send(api, tap()).status_code == 200, "the tag of before"
    assert Visit(site).send(api, tap(), k=new).status_code == 200
    assert world.value("select count(*) from app.calls where site_id = %(id)s", id=site.id) == 2
    assert refused(dsn, "rotate-key", "keyed", "--reason", WHY) == 1, "the old one is in use"
    world.rows(
        "update app.sites set previous_key_until = now() - interval '1 s' where id = %(id)s",
        id=site.id,
    )
    assert Visit(site).send(api, tap()).status_code == 404
    done(dsn, "rotate-key", "keyed", "--hours", "24", "--reason", WHY)
    assert Visit(site).send(api, tap(), k=new).status_code == 200
    done(dsn, "end-old-key", "keyed", "--reason", WHY)
    assert Visit(site).send(api, tap(), k=new).status_code == 404
    assert refused(dsn, "end-old-key", "keyed", "--reason", WHY) == 1
    done(dsn, "rotate-key", "keyed", "--hours", "0", "--reason", WHY)
    assert world.value("select previous_key from app.sites where id = %(id)s", id=site.id) is None


def test_takeout(dsn: str, api: Api, world: World, neighbour: Site, tmp_path: Path) -> None:
    site = fill(api, world, "mover")
    place = tmp_path / "mover"
    done(dsn, "takeout", "mover", str(place), "--reason", WHY)
    assert place.stat().st_mode & 0o777 == 0o700
    modes = {path.name: path.stat().st_mode & 0o777 for path in place.glob("*.jsonl")}
    assert set(modes.values()) == {0o600}, modes
    manifest = json.loads((place / "manifest.json").read_text())
    assert manifest["site"]["id"] == site.id
    found = {}
    for file in manifest["files"]:
        data = (place / file["name"]).read_bytes()
        assert hashlib.sha256(data).hexdigest() == file["sha256"]
        rows = [json.loads(line) for line in data.splitlines()]
        assert len(rows) == file["rows"]
        found[file["name"].removesuffix(".jsonl")] = rows
    have = held(world, site)
    assert {"app.events", "app.sessions", "app.calls", "app.conversions", "app.audit_log"} <= {
        *have
    }
    for name, count in have.items():
        assert len(found[name.replace(".", "_")]) == count, name
    assert [row["id"] for row in found["app_sites"]] == [site.id]
    assert {row["email"] for row in found["people"]} == {"owner-of-mover@people.example", None}
    text = b"".join(path.read_bytes() for path in place.iterdir()).decode()
    assert neighbour.id not in text
    assert "next-door" not in text
    secrets = world.rows(
        "select current_secret as one from access.call_secrets union all"
        " select right(secret_sha256::text, -2) from access.feed_credentials union all"
        " select right(key_sha256::text, -2) from access.api_keys union all"
        " select right(token_sha256::text, -2) from app.invitations"
    )
    assert len(secrets) >= 8
    assert not [row for row in secrets if row["one"] in text]
    # odd letters and line breaks come back as they were
    odd = 'Ayşe "1"\n\\t\t;=2+2\x01\u2028'
    world.rows(
        "update app.sites set config = jsonb_build_object('odd', %(odd)s::text)"
        " where id = %(id)s", id=site.id, odd=odd
    )  # fmt: skip
    packed = tmp_path / "mover.tar.gz"
    done(dsn, "takeout", "mover", str(packed), "--reason", WHY)
    assert packed.stat().st_mode & 0o777 == 0o600
    with tarfile.open(packed) as tar:
        member = tar.extractfile("mover.example/app_sites.jsonl")
        assert member is not None
        assert json.loads(member.read())["config"]["odd"] == odd
    assert refused(dsn, "takeout", "mover", str(packed), "--reason", WHY) == 2, "is there"
    assert refused(dsn, "takeout", "mover", str(tmp_path / "no/way"), "--reason", WHY) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mover", "mover.tar.gz"]


def test_a_takeout_of_many_rows_takes_no_more_memory(
    dsn: str, world: World, tmp_path: Path
) -> None:
    peaks = []
    for name, count in (("little", 200), ("much", 12_000)):
        site = world.site(name)
        world.rows("set session_replication_role = replica")  # nobody counts these
        world.rows(VISITS, site=site.id, count=count)
        world.rows("reset session_replication_role")
        said = ["site", "takeout", name, str(tmp_path / name), "--reason", WHY, "--dsn", dsn]
        ran = subprocess.run(
            [sys.executable, "-m", "tests.toolkit.peak", *said],
            capture_output=True, text=True, check=True, cwd=config.REPO,
        )  # fmt: skip
        lines = (tmp_path / name / "app_sessions.jsonl").read_bytes()
        assert lines.count(b"\n") == count
        peaks.append(json.loads(ran.stdout.splitlines()[-1]))
    assert len(lines) > 9_000_000
    for who in ("pyctl", "server"):
        assert peaks[1][who] - peaks[0][who] < 6_000, (who, peaks)


def test_purge(dsn: str, api: Api, world: World, neighbour: Site) -> None:
    site = fill(api, world, "leaver")
    owner = world.owner("leaver")
    # a site of the same name, to which the same person is invited
    guest = {"site_id": neighbour.id, "email": "guest@leaver.example", "role": "viewer"}
    token = world.owner(neighbour.name).token
    assert api.call("invite_member", guest, token=token).status_code == 200
    mails = "select id from ops.mail_outbox where recipient = 'guest@leaver.example' order by id"
    assert len(world.rows(mails)) == 2
    world.rows('update ops.mail_outbox set facts = facts || \'{"site": "leaver"}\'')
    beside = held(world, neighbour)
    assert {"app.events", "app.sessions", "app.calls", "app.audit_log", "access.api_keys"} <= {
        *beside
    }
    assert refused(dsn, "purge", "leaver", "--yes", "leaver", "--reason", WHY) == 2, "stands"
    done(dsn, "archive", "leaver", "--reason", WHY)
    assert refused(dsn, "purge", "leaver", "--yes", "lever", "--reason", WHY) == 2
    before = held(world, site)
    assert refused(dsn, "purge", "leaver", "--yes", "leaver", "--reason", WHY) == 1, "held"
    assert held(world, site) == before

    # interrupted in the middle: what is half gone can't be restored, only purged
    with db.connect(dsn, autocommit=True) as conn:
        acts.do(conn, "purge_begin", site=site.id, forced=True, reason=WHY)
        (place,) = conn.execute(PLACES, [site.id]).fetchall()[0]
        one = {"site": site.id, "leaf": "app.conversions", "places": [place]}
        assert acts.do(conn, "purge_step", **one) == [{"done": 1}]
        assert acts.do(conn, "purge_step", **one) == [{"done": 0}]
        (other,) = conn.execute(PLACES, [neighbour.id]).fetchall()[0]
        assert acts.do(conn, "purge_step", **(one | {"places": [other]})) == [{"done": 0}]
        with pytest.raises(OperatorError, match="step by step"):
            acts.do(conn, "purge_step", **(one | {"leaf": "app.audit_log"}))
    assert refused(dsn, "restore", "leaver", "--reason", WHY) == 1
    assert api.call("archived_sites", token=owner.token).json() == []
    assert api.call("restore_site", {"site_id": site.id}, token=owner.token).status_code == 404
    assert world.value("select ops.verify_audits()") >= 2
    done(dsn, "purge", "leaver", "--reason", WHY, given="leaver\n")

    assert held(world, site) == {}
    assert world.value("select count(*) from app.sites where id = %(id)s", id=site.id) == 0
    assert held(world, neighbour) == beside
    assert world.value("select ops.verify_audits()") >= 1
    for query in (
        "select count(*) from app.profiles where issuer = 'api_key' and id not in"
        " (select user_id from access.api_keys)",
        "select count(*) from app.site_members where user_id = %(owner)s",
    ):
        assert world.value(query, owner=owner.id) == 0, query
    assert len(world.rows(mails)) == 1, "the neighbour's invitation is on its way"
    people = "select count(*) from app.profiles where id = %(owner)s"
    assert world.value(people, owner=owner.id) == 1, "an account is its person's"
    (purged,) = world.rows("select * from app.site_purges where site_id = %(id)s", id=site.id)
    assert purged["finished_at"] is not None
    assert purged["chain_length"] == before["app.audit_log"] + 1
    (row,) = world.rows(
        "select * from ops.operator_log where object = %(id)s and action = 'site_purged'",
        id=site.id,
    )
    assert (row["operator"], row["reason"]) == ("postgres", WHY)
    assert row["facts"]["rows"] >= sum(before.values())
    assert row["facts"]["chain_hash"] == purged["chain_hash"].hex()
    assert refused(dsn, "purge", "leaver", "--yes", "leaver", "--reason", WHY) == 2


def test_a_purge_reads_no_table_anew_for_each_batch(
    dsn: str, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or it would read past all it has deleted, again and again."""
    site = world.site("large")
    world.rows(VISITS, site=site.id, count=7200)
    world.rows("update app.sites set deleted_at = now() where id = %(id)s", id=site.id)
    monkeypatch.setattr(sites, "ROUND", 5000)
    scans = (
        "select seq_scan + coalesce(idx_scan, 0) from pg_stat_all_tables"
        " where relid = %(t)s::regclass"
    )
    table = "app.sessions_default"
    before = world.value(scans, t=table)
    with db.connect(dsn, autocommit=True) as conn:
        assert sites.purge_site(conn, site.id, WHY, False, 100) >= 7200
    # two rounds of places, one that finds nothing, and what finish_purge does
    assert world.value(scans, t=table) - before <= 4
    assert held(world, site) == {}


def test_the_log_and_the_chain_stay(world: World, neighbour: Site) -> None:
    attempts: list[tuple[str, dict[str, Any]]] = [
        ("delete from app.audit_log where site_id = %(id)s", {"id": neighbour.id}),
        ("delete from ops.operator_log", {}),
        ("update ops.operator_log set reason = 'another'", {}),
        ("truncate ops.operator_log", {}),
        ("select ops.purge_step(%(id)s, 'app.calls', '{}')", {"id": neighbour.id}),
        ("select ops.finish_purge(%(id)s)", {"id": neighbour.id}),
    ]
    world.rows("select ops.record_act('test', 'x', 'because')")
    for query, arguments in attempts:
        with pytest.raises(psycopg.Error):
            world.rows(query, **arguments)
    assert world.value("select count(*) from ops.operator_log") > 0
