"""The external issuer: whose keys count, for whom they may speak, and who its people are here."""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from typer.testing import CliRunner

from pyctl import db, issuers, jobs, observe, users
from pyctl.errors import OperatorError
from tests.harness.issuer import CLIENT, Issuer, Key, b64
from tests.harness.known_issuer import home, issuer, pyctl, rest, until_let_in
from tests.harness.rest import Api
from tests.harness.world import World, sign

__all__ = ["home", "issuer", "pyctl", "rest"]

OWN_HEAD = '{"alg":"HS256","typ":"JWT"}'


def refused(api: Api, token: str) -> bool:
    """By what reads, what is open to everybody, and sign_in."""
    names = ("sites", "health", "sign_in")
    return {api.call(name, token=token).status_code for name in names} == {401}


def test_both_kinds_of_keys(api: Api, issuer: Issuer, world: World) -> None:
    for key in issuer.keys:
        assert api.call("sites", token=issuer.make_token(key)).json() == []
    assert api.call("sites", token=world.owner("acme").token).json()[0]["name"] == "acme"


@pytest.mark.parametrize(
    "changes",
    [
        {"exp": None},
        {"exp": int(time.time()) - 1},
        {"iat": None},
        {"iat": int(time.time()) + 3600, "exp": int(time.time()) + 3900},
        {"exp": int(time.time()) + 10 * 365 * 86400},
        {"aud": None},
        {"aud": "another-app"},
        {"aud": ["another-app", "a-third"]},
        {"aud": []},
        {"aud": {CLIENT: True}},
        {"sub": None},
        {"sub": ""},
        {"sub": "x" * 256},
        {"sub": 5},
        {"iss": None},
        {"iss": "https://another.example"},
        {"role": None},
        {"role": "service_role"},
        {"role": "monitor"},
        {"role": "app_owner"},
        {"role": "anon"},
        {"role": "analyst"},
    ],
)
def test_claims_that_are_refused(api: Api, issuer: Issuer, changes: dict[str, Any]) -> None:
    token = issuer.make_token(**changes)
    for name in ("sites", "health", "sign_in"):
        assert api.call(name, token=token).status_code in (401, 403), name
    assert api.call("sites", token=token).json() != []


def test_one_audience_of_several(api: Api, issuer: Issuer) -> None:
    token = issuer.make_token(aud=["another-app", CLIENT])
    assert api.call("sites", token=token).status_code == 200


@pytest.mark.parametrize("head", [None, OWN_HEAD, '{"alg":"RS256","typ":"JWT","kid":"opsmantik"}'])
def test_its_key_can_not_speak_as_us(
    api: Api, issuer: Issuer, world: World, head: str | None
) -> None:
    """All of a living log-in is right; only the key is not ours."""
    owner = world.owner("acme")
    claims = json.loads(base64.urlsafe_b64decode(owner.token.split(".")[1] + "=="))
    assert api.call("sites", token=sign(claims, world.secret)).status_code == 200
    machine = world.token("robot", role="service_role")
    robot = json.loads(base64.urlsafe_b64decode(machine.split(".")[1] + "=="))
    for key in issuer.keys:
        for said in (claims, robot):
            assert refused(api, key.sign(said, head))


def with_two(api: Api, *tokens: str) -> int:
    """Status of a read with both: PostgREST verifies the first and hands on the last."""
    connection = http.client.HTTPConnection(urlsplit(api.url).netloc, timeout=20)
    connection.putrequest("GET", "/rpc/sites")
    for token in tokens:
        connection.putheader("Authorization", f"Bearer {token}")
    connection.endheaders()
    status = connection.getresponse().status
    connection.close()
    return status


def test_two_authorization_headers_are_read_alike(api: Api, issuer: Issuer, world: World) -> None:
    """What PostgREST verifies must be what the database looks at."""
    claims = json.loads(base64.urlsafe_b64decode(world.owner("acme").token.split(".")[1] + "=="))
    forged, decoy = issuer.keys[0].sign(claims), f"{b64(OWN_HEAD.encode())}.e30.x"
    assert with_two(api, forged, decoy) == with_two(api, decoy, forged) == 401


def test_the_public_key_as_a_shared_secret(api: Api, issuer: Issuer) -> None:
    """Key confusion: what everybody knows of the issuer signs nothing."""
    jwk = issuer.keys[0].jwk
    modulus = base64.urlsafe_b64decode(jwk["n"] + "==")
    for head in (OWN_HEAD, '{"alg":"HS256","typ":"JWT","kid":"first"}'):
        for secret in (modulus, jwk["n"].encode(), json.dumps(jwk).encode()):
            body = f"{b64(head.encode())}.{b64(json.dumps(issuer.claims()).encode())}"
            mac = b64(hmac.digest(secret, body.encode(), hashlib.sha256))
            assert refused(api, f"{body}.{mac}")


@pytest.mark.parametrize(
    "head",
    [
        '{"alg":"RS256"}',
        '{"alg":"RS256","kid":"nobody"}',
        '{"alg":"RS256","kid":"second"}',
        '{"alg":"RS256","kid":null}',
        '{"alg":"RS256","kid":"opsmantik"}',
        '{"alg":"none","kid":"first"}',
        '{"alg":"HS256","kid":"first"}',
        '{"alg":"ES256","kid":"first"}',
    ],
)
def test_no_kid_or_a_wrong_one(api: Api, issuer: Issuer, head: str) -> None:
    assert refused(api, issuer.make_token(head=head))


def test_a_strangers_key_that_calls_itself_like_the_issuers(api: Api, issuer: Issuer) -> None:
    assert refused(api, issuer.make_token(Key.make("first")))


def test_our_own_secret_does_not_speak_as_the_issuer(
    api: Api, issuer: Issuer, world: World
) -> None:
    assert refused(api, sign(issuer.claims(), world.secret))


def test_no_second_issuer(api: Api, issuer: Issuer, dsn: str, tmp_path: Path) -> None:
    """Any key of the set could speak as any external issuer: so there is only one."""
    other = Key.make("other")
    keys = tmp_path / "keys.json"
    keys.write_text(json.dumps({"keys": [other.jwk]}))
    more = ["add", "https://other.example", "--aud", "x", "--jwks", str(keys), "--dsn", dsn]
    assert observe.run(issuers.app, more) == 1
    assert refused(api, issuer.make_token(other))


def test_who_signs_in(api: Api, issuer: Issuer, world: World) -> None:
    """Issuer and subject are the person; an address is only shown, and only a verified one."""
    owner = world.owner("acme")
    token = issuer.make_token(sub="new", name="Yeni Kişi", email=owner.email.upper())
    assert api.call("profile", token=token).json() == []
    for name, said in (
        ("update_profile", {"display_name": "x"}),
        ("change_password", {"old_password": "x", "new_password": "long enough"}),
        ("revoke_login", {"login_id": owner.id}),
    ):
        answer = api.call(name, said, token=token)
        assert (answer.status_code, answer.json()["message"]) == (403, "sign_in_required"), name
    answer = api.call("sign_in", token=token)
    assert answer.status_code == 200, answer.text
    (made,) = answer.json()
    assert (made["display_name"], made["email"], made["role"]) == ("Yeni Kişi", None, "user")
    assert made["id"] != owner.id
    assert api.call("sign_in", token=token).json() == api.call("profile", token=token).json()
    assert api.call("sites", token=token).json() == []
    for verified in (True, "true"):
        token = issuer.make_token(sub="new", email=owner.email.upper(), email_verified=verified)
        (again,) = api.call("sign_in", token=token).json()
        assert (again["id"], again["email"]) == (made["id"], owner.email)
        assert api.call("sites", token=token).json() == []  # the owner's address is not the owner
    for odd in ("no address", None, 5, {"a": 1}):
        token = issuer.make_token(sub="new", email=odd, email_verified=True)
        assert api.call("sign_in", token=token).json()[0]["email"] is None
    token = issuer.make_token(sub="NEW", name="x\u202e")
    (other,) = api.call("sign_in", token=token).json()
    assert (other["id"] != made["id"], other["display_name"]) == (True, None)
    token = issuer.make_token(sub="new", sid=world.value("select id::text from access.logins"))
    assert api.call("logins", token=token).json() == []
    # the built-in issuer's people are who they are already
    assert api.call("sign_in", token=owner.token).json()[0]["id"] == owner.id


def test_subjects_that_are_somebody_elsewhere(api: Api, issuer: Issuer, world: World) -> None:
    for sub in (world.owner("acme").id, "postgres", "opsmantik", "' or true --", "a\u0000b"):
        token = issuer.make_token(sub=sub)
        assert api.call("sites", token=token).status_code in (200, 400)
        assert "acme" not in api.call("sites", token=token).text
        api.call("sign_in", token=token)
        assert "acme" not in api.call("sites", token=token).text


def test_an_invitation_is_for_the_verified_address(api: Api, issuer: Issuer, world: World) -> None:
    site, owner, to = world.site("acme"), world.owner("acme"), "guest@people.example"
    said = {"site_id": site.id, "email": to, "role": "viewer"}
    assert api.call("invite_member", said, token=owner.token).status_code == 200
    accept = {"token": world.link(to)}

    def come(**claims: Any) -> int:
        token = issuer.make_token(sub="guest", **claims)
        api.call("sign_in", token=token)
        return api.call("accept_invite", accept, token=token).status_code

    verified = issuer.make_token(sub="guest", email=to, email_verified=True)
    early = api.call("accept_invite", accept, token=verified)
    assert (early.status_code, early.json()["message"]) == (403, "sign_in_required")
    assert come(email=to) == 403
    assert come(email=to, email_verified=False) == 403
    assert come(email="other@people.example", email_verified=True) == 403
    assert come(email=to, email_verified=True) == 200
    (seen,) = api.call("sites", token=issuer.make_token(sub="guest")).json()
    assert (seen["name"], seen["role"]) == ("acme", "viewer")
    password = {"email": to, "password": "whatever it is"}
    assert api.call("login", password).status_code == 401


def test_disabled_and_removed_at_once(api: Api, issuer: Issuer, world: World, dsn: str) -> None:
    token = issuer.make_token(sub="leaver", email="leaver@people.example", email_verified=True)
    (person,) = api.call("sign_in", token=token).json()
    world._run("make_member", site=world.site("acme").id, person=person["id"], role="editor")
    assert len(api.call("sites", token=token).json()) == 1
    here = world.member("acme", "viewer", "insider")
    world.set_password(here, "correct horse battery")
    login = {"email": here.email, "password": "correct horse battery"}
    assert api.call("login", login).status_code == 200

    def set_users(verb: str) -> None:
        for who in ("leaver@people.example", here.id):
            done = CliRunner().invoke(users.app, [verb, who, "--reason", "left", "--dsn", dsn])
            assert done.exit_code == 0, done.output

    set_users("disable")
    for name in ("sites", "sign_in", "health"):
        answer = api.call(name, token=token)
        assert (answer.status_code, answer.json()["message"]) == (403, "account_disabled")
    assert api.call("sites", token=here.token).json()["message"] == "login_ended"
    assert api.call("login", login).json()["message"] == "invalid_credentials"
    asked = api.call("request_password_reset", {"email": here.email})
    assert asked.json()["message"] == "sent_if_known"
    mails = "select from ops.mail_outbox where recipient = %(to)s"
    assert world.rows(mails, to=here.email) == []
    set_users("enable")
    assert len(api.call("sites", token=token).json()) == 1
    assert api.call("login", login).status_code == 200
    world.rows("delete from app.profiles where id = %(id)s", id=person["id"])
    assert api.call("sites", token=token).json() == []
    assert api.call("sign_in", token=token).json()[0]["id"] != person["id"]
    assert (
        observe.run(users.app, ["disable", "nobody@people.example", "--reason", "x", "--dsn", dsn])
        == 1
    )


def test_the_jobs_read_its_keys_again(
    api: Api, issuer: Issuer, world: World, dsn: str, home: Path
) -> None:
    """Whoever looks after the issuer changes its keys, and nobody here has to know."""
    rows = "update ops.jobs set is_enabled = false where is_enabled returning name"
    off = [row["name"] for row in world.rows(rows)]
    first, kept = issuer.keys
    due = ["run", "--due", "--dsn", dsn]
    issuer.keys = [Key.make("fresh"), kept]
    assert CliRunner().invoke(jobs.app, due).stdout == "nothing is due\n", "they were just read"
    world.rows("update access.issuers set tried_at = tried_at - interval '10 minutes'")
    assert CliRunner().invoke(jobs.app, due).exit_code == 0
    until_let_in(api, issuer.make_token())
    assert api.call("sites", token=issuer.make_token(kept)).status_code == 200
    assert refused(api, issuer.make_token(first))

    # what can't be read is told, and those that were known stay in use
    def check(name: str) -> list[str]:
        with db.connect(dsn) as conn:
            return [row["what"] for row in db.rows(conn, name)]

    assert check("doctor_issuer") == []
    fresh, issuer.keys = issuer.keys, []
    world.rows("update access.issuers set tried_at = tried_at - interval '10 minutes'")
    failed = CliRunner().invoke(jobs.app, due)
    assert isinstance(failed.exception, OperatorError)
    assert "holds no key that can be used" in failed.exception.sentence
    (said,) = check("doctor_issuer")
    assert issuer.url in said
    assert "holds no key that can be used" in said
    health = "select status, detail::text from ops.checks() where name = 'issuer'"
    (row,) = world.rows(health)
    assert (row["status"], "holds no key" in row["detail"]) == ("ok", True)
    world.rows("update access.issuers set updated_at = updated_at - interval '61 minutes'")
    assert world.rows(health)[0]["status"] == "warning"
    issuer.keys = fresh
    assert api.call("sites", token=issuer.make_token()).status_code == 200

    # nor can they be written where the secrets are another's
    (home / "secrets").rename(home / "elsewhere")
    assert observe.run(issuers.app, ["refresh", "--dsn", dsn]) == 1
    assert "can't be written" in check("doctor_issuer")[0]
    (home / "elsewhere").rename(home / "secrets")
    assert observe.run(issuers.app, ["refresh", "--dsn", dsn]) == 0
    assert check("doctor_issuer") == []
    world.rows("update ops.jobs set is_enabled = true where name = any(%(names)s)", names=off)


@pytest.mark.usefixtures("issuer")
def test_one_that_was_removed_meanwhile_stays_removed(
    dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with db.connect(dsn, autocommit=True) as conn:
        read = issuers.read_key_set

        def and_remove(place: str) -> str:
            conn.execute("delete from access.issuers where iss <> 'opsmantik'")
            return read(place)

        before = db.rows(conn, "issuers")[0]
        monkeypatch.setattr(issuers, "read_key_set", and_remove)
        conn.execute("update access.issuers set tried_at = tried_at - interval '1 hour'")
        assert issuers.refresh_due(conn) == 1
        assert db.rows(conn, "issuers") == []
        said = {name: before[name] for name in ("iss", "aud")}
        keys = json.dumps(before["keys"])
        db.rows(conn, "put_issuer", **said, keys=keys, url=before["keys_url"])


def test_rotation_and_removal(
    api: Api, issuer: Issuer, pyctl: Callable[..., str], home: Path, world: World
) -> None:
    """Nobody is signed out by a rotation, and a key that was taken back counts no more."""
    old, kept = issuer.keys
    before = [issuer.make_token(key) for key in (old, kept)]
    issuer.keys = [Key.make("third"), kept]
    pyctl("refresh")
    until_let_in(api, issuer.make_token())
    assert api.call("sites", token=before[1]).status_code == 200
    assert refused(api, before[0])
    # nor behind the header of a key that stands, once PostgREST has read the new set
    assert with_two(api, before[0], before[1]) == with_two(api, before[1], before[0]) == 401
    assert with_two(api, before[1], before[1]) == 200
    assert refused(api, old.sign(issuer.claims(), '{"alg":"RS256","kid":"third"}'))
    assert json.loads(pyctl("list", "--json"))[0]["iss"] == issuer.url
    path = home / "secrets" / "jwt.jwks"
    assert path.stat().st_mode & 0o777 == 0o600
    names = [key["kid"] for key in json.loads(path.read_text())["keys"]]
    assert names == ["opsmantik", "third", "second"]
    pyctl("remove", issuer.url, "--reason", "ticket 4711")
    assert refused(api, issuer.make_token())
    log = "select action, reason from ops.operator_log where object = %(iss)s order by id"
    assert [tuple(act.values()) for act in world.rows(log, iss=issuer.url)] == [
        ("issuer_add", "external log-in"),
        ("issuer_remove", "ticket 4711"),
    ]
    assert [key["kid"] for key in json.loads(path.read_text())["keys"]] == ["opsmantik"]
    assert "none" in pyctl("list")
