"""``pyctl token``: what it makes is let in, until it is revoked."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pyctl import observe, tokens
from tests.harness.rest import Api
from tests.harness.world import World


def test_a_token_from_making_to_revoking(dsn: str, api: Api, world: World) -> None:
    world.rows("select ops.write_health()")
    run = CliRunner().invoke
    made = run(
        tokens.app, ["create", "prometheus", "--days", "1", "--print", "--dsn", dsn]
    ).stdout.strip()
    assert api.call("health", token=made).json()["checks"] is not None
    text = run(tokens.app, ["list", "--dsn", dsn]).stdout
    assert "prometheus" in text
    assert made not in text
    (row,) = json.loads(run(tokens.app, ["list", "--json", "--dsn", dsn]).stdout)
    assert (row["name"], row["role"], row["state"]) == ("prometheus", "monitor", "good")
    assert run(tokens.app, ["revoke", row["id"], "--dsn", dsn]).exit_code == 0
    assert api.call("health", token=made).status_code == 401
    assert observe.run(tokens.app, ["revoke", row["id"], "--dsn", dsn]) == 1
    assert "revoked" in run(tokens.app, ["list", "--dsn", dsn]).stdout
    acts = world.rows(
        "select action, object, reason from ops.operator_log order by id desc limit 2"
    )
    assert [tuple(act.values()) for act in acts] == [
        ("token_revoke", row["id"], "not needed any more"),
        ("token_create", "monitor prometheus", "new machine"),
    ]
    assert made not in str(world.rows("select * from ops.operator_log"))


WHY = "ticket 4711: a card is missing"


def test_support_is_short_and_the_owner_sees_it(
    dsn: str, api: Api, world: World, tmp_path: Path
) -> None:
    site, owner, admin = world.site("acme"), world.owner("acme"), world.admin()
    file = tmp_path / "token"
    said = ["support", "acme", "--admin", admin.email, "--minutes", "5", "--reason", WHY]
    done = CliRunner().invoke(tokens.app, [*said, "--out", str(file), "--dsn", dsn])
    assert done.exit_code == 0, done.output + str(done.exception)
    token = file.read_text().strip()
    assert token not in done.output
    claims = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
    assert (claims["sub"], claims["role"]) == (admin.id, "authenticated")
    assert claims["exp"] - claims["iat"] == 300
    change = {"site_id": site.id, "version": 1, "changes": {"assumed_cpc": 12.5}}
    assert api.call("update_site", change, token=token).status_code == 200
    (seen,) = api.call("support_accesses", {"site_id": site.id}, token=owner.token).json()
    assert seen["reason"] == WHY
    log = api.call("activity", {"site_id": site.id}, token=owner.token).json()
    assert (log[0]["actor_id"], log[0]["reason"]) == (admin.id, WHY)
    act = log[1]["after"]
    assert (act["act"], act["reason"], act["admin"]) == ("token_support", WHY, admin.id)
    # the owner ends it
    end = {"site_id": site.id, "access_id": seen["id"]}
    assert api.call("close_support_access", end, token=owner.token).is_success
    assert api.call("update_site", change, token=token).status_code == 403


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["create", "x", "--role", "app_owner", "--print"], 2),
        (["create", "x"], 2),  # into a pipe
        (["create", "", "--print"], 1),
        (["create", "Ş" * 5, "--print"], 1),
        (["revoke", "nothing"], 1),
        (["support", "acme", "--admin", "ayse@people.example", "--reason", WHY, "--print"], 1),
        (["support", "acme", "--admin", "ADMIN", "--reason", "short", "--print"], 1),
        (["support", "acme", "--admin", "ADMIN", "--reason", WHY], 2),
        (["support", "nowhere", "--admin", "ADMIN", "--reason", WHY, "--print"], 2),
        (["support", "acme", "--admin", "ADMIN", "--reason", WHY, "--minutes", "61"], 2),
    ],
)
def test_what_is_wrong_makes_none(
    dsn: str,
    world: World,
    arguments: list[str],
    code: int,
    capfd: pytest.CaptureFixture[str],
) -> None:
    world.site("acme")
    world.person("ayse")
    email = world.admin().email
    count = (
        "select (select count(*) from access.machine_tokens) + (select count(*) from access.logins)"
        " + (select count(*) from app.support_accesses) + (select count(*) from ops.operator_log)"
    )
    before = world.value(count)
    said = [email if word == "ADMIN" else word for word in arguments]
    assert observe.run(tokens.app, [*said, "--dsn", dsn]) == code
    assert world.value(count) == before
    assert "did not expect" not in capfd.readouterr().err
