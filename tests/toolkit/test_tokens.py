"""``pyctl token``: what it makes is let in, until it is revoked."""

from __future__ import annotations

import json

from typer.testing import CliRunner

from pyctl import observe, tokens
from tests.harness.rest import Api
from tests.harness.world import World


def test_a_token_from_making_to_revoking(dsn: str, api: Api, world: World) -> None:
    world.rows("select ops.write_health()")
    run = CliRunner().invoke
    made = run(tokens.app, ["create", "prometheus", "--days", "1", "--dsn", dsn]).stdout.strip()
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


def test_a_role_that_no_machine_has(dsn: str) -> None:
    assert observe.run(tokens.app, ["create", "x", "--role", "app_owner", "--dsn", dsn]) == 2
