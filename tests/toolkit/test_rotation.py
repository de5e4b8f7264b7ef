"""``pyctl secrets rotate``: everybody stays logged in, and the old secret ends."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from pyctl import rotation, secretfiles, tokens
from pyctl.errors import OperatorError
from tests.harness import rest as rest_
from tests.harness.rest import Api
from tests.harness.stage import Stage
from tests.harness.world import World, sign

WHY = "ticket 4711"


@pytest.fixture(scope="module")
def home(stage: Stage, database: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An installation's directory whose secrets are this module's own."""
    assert database, "its making makes PostgREST's password"
    home = tmp_path_factory.mktemp("home")
    shutil.copytree(stage.secrets, home / "secrets")
    return home


@pytest.fixture(scope="module")
def rest(stage: Stage, database: str, home: Path) -> Iterator[rest_.Rest]:
    started = rest_.start(stage, database, home / "secrets")
    yield started
    started.service.stop()


@pytest.fixture(autouse=True)
def _at_home(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPSMANTIK_HOME", str(home))


def rotate(dsn: str, rest: rest_.Rest, *arguments: str) -> Result:
    said = ["rotate", "jwt", "--url", rest.url, "--reason", WHY, *arguments, "--dsn", dsn]
    return CliRunner().invoke(rotation.app, said)


def past_the_lifetime(world: World) -> None:
    world.rows("update access.machine_tokens set created_at = created_at - interval '1 hour'")
    world.rows(
        "update access.secrets set updated_at = updated_at - interval '12 minutes'"
        " where name = 'jwt_previous'"
    )


def pair_of(api: Api, world: World, name: str) -> dict[str, Any]:
    person = world.person(name)
    world.set_password(person, "correct horse battery")
    said = {"email": person.email, "password": "correct horse battery"}
    return dict(api.call("login", said).json())


def status(api: Api, token: str) -> int:
    return api.call("profile", token=token).status_code


def test_nobody_is_logged_out(
    dsn: str, rest: rest_.Rest, api: Api, world: World, home: Path
) -> None:
    pair = pair_of(api, world, "ayse")
    before = pair["access_token"]
    run = CliRunner().invoke
    machine = run(tokens.app, ["create", "prometheus", "--print", "--dsn", dsn]).stdout.strip()
    old = (home / "secrets/jwt.secret").read_text()

    # somebody who asks and refreshes all the while
    ended, seen = threading.Event(), []

    def live() -> None:
        client, mine = Api(rest.url), pair_of(api, world, "busy")
        while not ended.is_set():
            seen.append(status(client, mine["access_token"]))
            answer = client.call("refresh_token", {"refresh_token": mine["refresh_token"]})
            seen.append(answer.status_code)
            mine = answer.json()
            ended.wait(2.1)  # thirty exchanges a minute are what one log-in has
        client.close()

    person = threading.Thread(target=live)
    person.start()
    try:
        result = rotate(dsn, rest)
        assert result.exit_code == 0, result.output + str(result.exception)
        new = (home / "secrets/jwt.secret").read_text()
        assert new != old
        assert new not in result.output
        assert (home / "secrets/jwt.secret").stat().st_mode & 0o777 == 0o600
        assert status(api, before) == 200, "a token of before"
        again = api.call("refresh_token", {"refresh_token": pair["refresh_token"]}).json()
        after = again["access_token"]
        assert status(api, after) == 200
        assert api.call("health", token=machine).status_code != 401

        # nothing ends while it is in use
        early = rotate(dsn, rest)
        assert isinstance(early.exception, OperatorError)
        assert "are good until" in early.exception.sentence
        past_the_lifetime(world)
        machines = rotate(dsn, rest, "--finish")
        assert isinstance(machines.exception, OperatorError)
        assert "prometheus" in machines.exception.sentence
        assert status(api, before) == 200
        made_anew = run(
            tokens.app, ["create", "prometheus", "--print", "--dsn", dsn]
        ).stdout.strip()
        world.rows(
            "update access.machine_tokens set revoked_at = now() where id ="
            " (select id from access.machine_tokens order by created_at limit 1)"
        )
        assert rotate(dsn, rest).exit_code == 0
    finally:
        ended.set()
        person.join()
    assert len(seen) >= 2
    assert set(seen) == {200}
    assert status(api, before) == 401
    assert status(api, after) == 200
    assert api.call("refresh_token", {"refresh_token": again["refresh_token"]}).is_success
    assert api.call("health", token=made_anew).status_code != 401
    assert api.call("health", token=machine).status_code == 401
    assert sorted(path.name for path in (home / "secrets").glob("jwt.*")) == [
        "jwt.jwks",
        "jwt.secret",
    ]
    # what the old secret signs now is nobody's
    claims = {"iss": "opsmantik", "sub": "x", "exp": 4102444800, "role": "anon"}
    assert status(api, sign(claims, old)) == 401
    assert rotation.knows(rest.url, new.strip())
    assert not rotation.knows(rest.url, old.strip())
    assert isinstance(rotate(dsn, rest, "--finish").exception, OperatorError)


@pytest.mark.parametrize("point", ["jwt.previous", "jwt.secret"])
def test_interrupted_it_goes_on(
    dsn: str,
    rest: rest_.Rest,
    api: Api,
    world: World,
    monkeypatch: pytest.MonkeyPatch,
    point: str,
) -> None:
    token = pair_of(api, world, f"before-{point}")["access_token"]
    with monkeypatch.context() as broken:
        real = secretfiles.write

        def dies(path: Path, text: str) -> None:
            if path.name == point:
                raise KeyboardInterrupt
            real(path, text)

        broken.setattr(secretfiles, "write", dies)
        assert rotate(dsn, rest).exit_code != 0
    assert status(api, token) == 200
    assert status(api, pair_of(api, world, f"amid-{point}")["access_token"]) == 200
    assert rotate(dsn, rest).exit_code == 0
    assert status(api, token) == 200
    past_the_lifetime(world)
    assert rotate(dsn, rest, "--finish", "--force").exit_code == 0
    assert status(api, token) == 401
    assert status(api, pair_of(api, world, f"after-{point}")["access_token"]) == 200


def test_no_postgrest_no_change(
    dsn: str, api: Api, rest: rest_.Rest, world: World, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rotation, "RELOAD_SECONDS", 0.3)
    before = (home / "secrets/jwt.secret").read_text()
    said = ["rotate", "jwt", "--url", "http://127.0.0.1:9", "--reason", WHY, "--dsn", dsn]
    result = CliRunner().invoke(rotation.app, said)
    assert isinstance(result.exception, OperatorError)
    assert "nobody answers" in result.exception.sentence
    (home / "secrets/jwt.next").unlink()
    assert rotate(dsn, rest, "--force").exit_code == 2, "there is nothing to end"
    assert not (home / "secrets/jwt.next").exists()
    assert (home / "secrets/jwt.secret").read_text() == before
    assert status(api, pair_of(api, world, "still")["access_token"]) == 200
    monkeypatch.undo()
    monkeypatch.setenv("OPSMANTIK_HOME", str(home))
    assert rotate(dsn, rest).exit_code == 0


def test_the_proxy_changes_over(dsn: str, world: World, tmp_path: Path) -> None:
    world.rows("select ops.set_proxy_secret(%(old)s)", old="o" * 40)

    def trusted(secret: str) -> bool:
        with world.conn.transaction():
            world.rows(
                "select set_config('request.headers',"
                " jsonb_build_object('x-proxy-secret', %(s)s::text)::text, true)",
                s=secret,
            )
            return bool(world.value("select is_trusted from access.client()"))

    run, file = CliRunner().invoke, tmp_path / "proxy"
    said = ["rotate", "proxy", "--reason", WHY, "--dsn", dsn]
    assert run(rotation.app, [*said, "--finish"]).exit_code == 1
    assert run(rotation.app, said).exit_code == 1, "into a pipe"
    assert run(rotation.app, [*said, "--out", str(file)]).exit_code == 0
    new = file.read_text().strip()
    assert [trusted(one) for one in ("o" * 40, new, "x" * 40)] == [True, True, False]
    assert run(rotation.app, [*said, "--finish"]).exit_code == 0
    assert [trusted(one) for one in ("o" * 40, new)] == [False, True]
