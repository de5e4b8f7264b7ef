"""``pyctl user``: what holds at once, and who can't be taken away."""

from __future__ import annotations

import json
import threading

import pytest
from typer.testing import CliRunner, Result

from pyctl import acts, db, observe, users
from pyctl.errors import OperatorError
from tests.harness.rest import Api
from tests.harness.world import World

PASSWORD = "correct horse battery"
WHY = "ticket 4711"


def pyctl(dsn: str, *arguments: str, given: str = PASSWORD + "\n") -> Result:
    return CliRunner().invoke(users.app, [*arguments, "--dsn", dsn], input=given)


def done(dsn: str, *arguments: str, given: str = PASSWORD + "\n") -> str:
    result = pyctl(dsn, *arguments, given=given)
    assert result.exit_code == 0, result.output + str(result.exception)
    return result.stdout


def refused(dsn: str, *arguments: str) -> int:
    return observe.run(users.app, [*arguments, "--reason", WHY, "--dsn", dsn])


def log_in(api: Api, email: str, password: str = PASSWORD) -> tuple[int, str | None]:
    answer = api.call("login", {"email": email, "password": password})
    return answer.status_code, answer.json()["access_token"]


def test_from_adding_to_shutting_out(dsn: str, api: Api, world: World) -> None:
    email = "murat@agency.example"
    person = done(dsn, "create", "Murat@Agency.example", "--name", "Murat").strip()
    status, token = log_in(api, email)
    assert status == 200
    (listed,) = [one for one in json.loads(done(dsn, "list", "--json")) if one["id"] == person]
    assert (listed["email"], listed["state"], listed["sites"]) == (email, "user", [])
    assert listed["last_seen"] is not None

    # admin at once, and no admin at once: by the token of before
    world.admin()
    site = {"name": "made", "domain": "made.example"}
    assert api.call("create_site", site, token=token).status_code == 403
    done(dsn, "promote", email, "--reason", WHY)
    assert api.call("create_site", site, token=token).status_code == 200
    done(dsn, "demote", email, "--reason", WHY)
    assert api.call("create_site", site, token=token).status_code == 403
    assert "made (owner)" in done(dsn, "list")

    done(dsn, "disable", email, "--reason", WHY)
    assert api.call("profile", token=token).status_code == 401
    assert log_in(api, email)[0] == 401
    assert refused(dsn, "disable", email) == 1
    done(dsn, "enable", email, "--reason", WHY)
    assert api.call("profile", token=token).status_code == 401, "they log in anew"
    status, token = log_in(api, email)
    assert status == 200

    done(dsn, "reset-password", email, "--reason", WHY, given="another long one\n")
    assert api.call("profile", token=token).status_code == 401
    assert log_in(api, email)[0] == 401
    assert log_in(api, email, "another long one")[0] == 200
    mails = "select count(*) from ops.mail_outbox where kind = 'password_changed'"
    assert world.value(mails + " and recipient = %(to)s", to=email) == 1
    log = "select action, reason, object, facts::text from ops.operator_log order by id"
    rows = [row for row in world.rows(log) if row["object"] == person]
    assert [row["action"] for row in rows] == [
        "user_create", "user_promote", "user_demote", "user_disable", "user_enable",
        "user_reset_password",
    ]  # fmt: skip
    assert {row["reason"] for row in rows} == {"new person", WHY}
    assert not [row for row in rows if "@" in str(row) or PASSWORD in str(row)]


def test_invited(dsn: str, api: Api, world: World) -> None:
    site = world.site("acme")
    member = world.viewer()
    done(dsn, "invite", "zeynep@people.example", "--site", "acme", "--role", "viewer")
    (mail,) = world.rows(
        "select token, kind from ops.mail_outbox where recipient = 'zeynep@people.example'"
    )
    said = {"token": mail["token"], "display_name": "Zeynep", "password": PASSWORD}
    assert api.call("accept_invite", said).is_success
    _, token = log_in(api, "zeynep@people.example")
    assert [one["id"] for one in api.call("sites", token=token).json()] == [site.id]
    assert refused(dsn, "invite", member.email, "--site", "acme") == 1, "is a member"
    assert refused(dsn, "invite", "nobody", "--site", "acme") == 1
    assert refused(dsn, "invite", "a@b.example", "--site", "nowhere") == 2


def test_the_last_admin_stays(dsn: str, world: World) -> None:
    world.rows("update app.profiles set role = 'user'")
    one = world.person("first-admin", role="admin")
    assert refused(dsn, "demote", one.email) == 1
    assert refused(dsn, "disable", one.email) == 1
    two = world.person("second-admin", role="admin")
    # both at once: one of them stays
    refusals: list[OperatorError] = []

    def demote(who: str) -> None:
        with db.connect(dsn) as conn:
            try:
                acts.do(conn, "user_role", user=who, admin=False, reason=WHY)
            except OperatorError as error:
                refusals.append(error)

    threads = [threading.Thread(target=demote, args=[who.id]) for who in (one, two)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [error.sentence for error in refusals] == ["This is the last admin."]
    assert world.value("select count(*) from app.profiles where role = 'admin'") == 1


@pytest.mark.parametrize(
    ("arguments", "given", "code"),
    [
        (["create", "a@b.example"], "short\n", 2),
        (["create", "a@b.example"], "\n", 2),
        (["create", "a@b.example"], "x" * 73 + "\n", 1),
        (["create", "not an address"], PASSWORD + "\n", 1),
        (["create", "taken@people.example"], PASSWORD + "\n", 1),
        (["promote", "nobody@people.example", "--reason", WHY], "", 1),
    ],
)
def test_what_is_wrong_is_a_sentence(
    dsn: str, world: World, arguments: list[str], given: str, code: int
) -> None:
    world.person("taken")
    before = world.value("select count(*) from app.profiles")
    result = pyctl(dsn, *arguments, given=given)
    assert isinstance(result.exception, OperatorError)
    assert result.exception.exit_code == code
    assert PASSWORD not in str(result.exception)
    assert world.value("select count(*) from app.profiles") == before
