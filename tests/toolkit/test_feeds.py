"""``pyctl feed credentials``: what it makes opens the feed, for as long as was said."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from pyctl import feeds, observe
from pyctl.errors import OperatorError
from tests.harness.rest import Api
from tests.harness.world import World

WHY = "ticket 4711"


def pyctl(dsn: str, *arguments: str) -> Result:
    return CliRunner().invoke(feeds.app, ["credentials", *arguments, "--dsn", dsn])


def done(dsn: str, *arguments: str) -> str:
    result = pyctl(dsn, *arguments)
    assert result.exit_code == 0, result.output + str(result.exception)
    return result.stdout


def test_made_rotated_revoked(dsn: str, api: Api, world: World, tmp_path: Path) -> None:
    world.site("acme")
    file = tmp_path / "acme.secret"
    text = done(dsn, "create", "acme", "acme-ads", "--out", str(file))
    first = file.read_text().strip()
    assert file.stat().st_mode & 0o777 == 0o600
    assert first not in text
    assert api.feed("acme-ads", first).status_code == 200

    second = done(dsn, "rotate", "acme-ads", "--hours", "1", "--print", "--reason", WHY).strip()
    assert second != first
    assert [api.feed("acme-ads", one).status_code for one in (first, second)] == [200, 200]
    (row,) = json.loads(done(dsn, "list", "--json"))
    assert (row["user_name"], row["state"]) == ("acme-ads", "good, and the old secret too")
    world.rows("update access.feed_credentials set previous_until = now() - interval '1 s'")
    assert [api.feed("acme-ads", one).status_code for one in (first, second)] == [401, 200]

    third = done(dsn, "rotate", "acme-ads", "--hours", "0", "--print", "--reason", WHY).strip()
    assert [api.feed("acme-ads", one).status_code for one in (second, third)] == [401, 200]
    done(dsn, "rotate", "acme-ads", "--print", "--reason", WHY)
    done(dsn, "revoke", "acme-ads", "--reason", WHY)
    assert api.feed("acme-ads", third).status_code == 401, "the one before ends too"
    listed = done(dsn, "list")
    assert "revoked" in listed
    assert third not in listed
    for verb in ("revoke", "rotate"):
        arguments = ["credentials", verb, "acme-ads", "--reason", WHY, "--dsn", dsn]
        show = ["--print"] if verb == "rotate" else []
        assert observe.run(feeds.app, [*arguments, *show]) == 1
    acts = [row["action"] for row in world.rows("select action from ops.operator_log order by id")]
    assert acts == ["feed_create", *["feed_rotate"] * 3, "feed_revoke"]


def test_a_secret_that_nobody_would_see_is_not_made(dsn: str, world: World, tmp_path: Path) -> None:
    world.site("acme")
    there = tmp_path / "there"
    there.write_text("mine")
    count = "select count(*) from access.feed_credentials where user_name = 'another'"
    for way in ([], ["--out", str(there)], ["--out", str(tmp_path / "no/dir")]):
        assert pyctl(dsn, "create", "acme", "another", *way).exit_code != 0
        assert world.value(count) == 0
    assert there.read_text() == "mine"


@pytest.mark.parametrize("name", ["", "ab", "ş-ads", "Shop", "x" * 64])
def test_a_name_that_no_feed_can_have(dsn: str, world: World, name: str) -> None:
    world.site("acme")
    result = pyctl(dsn, "create", "acme", name, "--print")
    assert isinstance(result.exception, OperatorError)
    assert result.exception.sentence.startswith("A user name of a feed has 3 to 63")
