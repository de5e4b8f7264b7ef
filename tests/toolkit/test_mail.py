"""Mails: sent once, tried again, shown to the operator where no server is set up."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from typer.testing import CliRunner, Result

from pyctl import jobs, mail, mailtext, observe, secretfiles, settings
from pyctl.errors import OperatorError
from tests.harness import tls
from tests.harness.stage import free_port
from tests.harness.world import World
from tests.toolkit.postbox import Postbox

TOKEN = "a-token-of-a-link"
OUTBOX = "select * from ops.mail_outbox order by created_at"


@pytest.fixture
def postbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[Postbox]:
    with Postbox() as box:
        monkeypatch.setenv("OPSMANTIK_SMTP_URL", box.url)
        monkeypatch.setenv("OPSMANTIK_MAIL_FROM", "OpsMantik <noreply@opsmantik.example>")
        monkeypatch.setenv("OPSMANTIK_APP_URL", "https://app.example/")
        yield box


@pytest.fixture(autouse=True)
def _empty(world: World) -> None:
    world.rows("truncate ops.mail_outbox")


def write(world: World, recipient: str | None = "new@people.example", **columns: Any) -> None:
    row = {
        "kind": "invitation",
        "recipient": recipient,
        "token": TOKEN,
        "facts": '{"site": "acme", "role": "editor"}',
        "expires_at": "2099-01-02T03:04:00Z",
    } | columns
    names = ", ".join(row)
    values = ", ".join(f"%({name})s" for name in row)
    world.rows(f"insert into ops.mail_outbox ({names}) values ({values})", **row)


def pyctl(dsn: str, *arguments: str) -> Result:
    return CliRunner().invoke(mail.app, [*arguments, "--dsn", dsn])


def test_a_mail_is_sent_once_and_its_token_wiped(dsn: str, world: World, postbox: Postbox) -> None:
    write(world)
    assert pyctl(dsn, "send").stdout == "1 sent, 0 failed\n"
    assert pyctl(dsn, "send").stdout == "0 sent, 0 failed\n"
    (mail_,) = postbox.mails
    assert (mail_["To"], mail_["From"]) == ("new@people.example", "noreply@opsmantik.example")
    assert mail_["Subject"] == "acme: davet / invitation"
    text = mail_.get_content()
    assert text.count(f"https://app.example/invite#{TOKEN}") == 2
    assert "as editor" in text
    assert "2099-01-02 03:04 UTC" in text
    (row,) = world.rows(OUTBOX)
    assert row["sent_at"] is not None
    assert row["token"] is None


def test_a_refusal_is_told_and_tried_again(
    dsn: str, world: World, postbox: Postbox, capfd: pytest.CaptureFixture[str]
) -> None:
    write(world)
    write(world, "victim@people.example")
    postbox.refuse = True
    assert observe.run(mail.app, ["send", "--dsn", dsn]) == 1
    said = capfd.readouterr()
    assert "2 mails could not be sent" in said.err
    assert {row["last_error"] for row in world.rows(OUTBOX)} == {"SMTPRecipientsRefused"}
    assert TOKEN not in said.out + said.err
    postbox.refuse = False
    assert pyctl(dsn, "send").stdout == "0 sent, 0 failed\n"  # not at once
    world.rows("update ops.mail_outbox set next_try_at = now()")
    assert pyctl(dsn, "send").stdout == "2 sent, 0 failed\n"
    assert "SMTPRecipientsRefused" not in pyctl(dsn, "list").stdout


def test_a_dead_server_is_a_refusal(
    dsn: str, world: World, postbox: Postbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(world)
    monkeypatch.setenv("OPSMANTIK_SMTP_URL", "smtp://127.0.0.1:1")
    assert observe.run(mail.app, ["send", "--dsn", dsn]) == 1
    assert world.rows(OUTBOX)[0]["last_error"] == "ConnectionRefusedError"
    assert postbox.mails == []


def test_the_jobs_send_it_where_a_server_is_set(
    dsn: str, world: World, postbox: Postbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a person who was invited expects: nobody has to think of `pyctl mail send`."""
    off = world.rows("update ops.jobs set is_enabled = false where is_enabled returning name")
    write(world)
    due = ["run", "--due", "--dsn", dsn]
    postbox.refuse = True
    refused = CliRunner().invoke(jobs.app, due)
    assert isinstance(refused.exception, OperatorError)
    assert "1 mails could not be sent" in refused.exception.sentence
    world.rows("update ops.mail_outbox set next_try_at = now()")
    monkeypatch.delenv("OPSMANTIK_SMTP_URL")
    assert CliRunner().invoke(jobs.app, due).stdout == "nothing is due\n"
    monkeypatch.setenv("OPSMANTIK_SMTP_URL", postbox.url)
    postbox.refuse = False
    assert CliRunner().invoke(jobs.app, due).exit_code == 0
    assert [sent["To"] for sent in postbox.mails] == ["new@people.example"]
    names = [job["name"] for job in off]
    world.rows("update ops.jobs set is_enabled = true where name = any(%(names)s)", names=names)


def test_waits_longer_each_time(world: World) -> None:
    write(world)
    waits = []
    for _ in range(9):
        world.rows("update ops.mail_outbox set next_try_at = now()")
        world.rows("select ops.claim_mail()")
        waits.append(world.value("select next_try_at - now() from ops.mail_outbox"))
    minutes = [round(wait.total_seconds() / 60) for wait in waits]
    assert minutes == [1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_two_senders_take_different_mails(dsn: str, world: World) -> None:
    for number in range(2):
        write(world, f"p{number}@people.example")
    with psycopg.connect(dsn) as one, psycopg.connect(dsn) as two:
        query = "select recipient from ops.claim_mail()"
        first, second = one.execute(query).fetchall(), two.execute(query).fetchall()
    assert len({*first, *second}) == 2


def test_mails_to_nobody_and_those_that_are_over_are_not_sent(
    dsn: str, world: World, postbox: Postbox
) -> None:
    write(world, None)
    write(world, expires_at="2020-01-01T00:00:00Z")
    assert pyctl(dsn, "send").stdout == "0 sent, 0 failed\n"
    assert postbox.mails == []
    (row,) = world.rows(OUTBOX)
    assert row["token"] is None
    assert json.loads(pyctl(dsn, "list", "--json").stdout)[0]["state"] == "over"


def test_without_a_server_the_operator_hands_them_over(
    dsn: str, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(world, kind="password_reset")
    listed = pyctl(dsn, "list").stdout
    assert "waits" in listed
    assert TOKEN not in listed
    monkeypatch.setenv("OPSMANTIK_APP_URL", "https://app.example")
    shown = pyctl(dsn, "print").stdout
    assert f"https://app.example/reset#{TOKEN}" in shown
    assert "To: new@people.example" in shown
    assert pyctl(dsn, "print").stdout == "nothing waits\n"


@pytest.mark.parametrize(
    ("env", "missing"),
    [
        ({"OPSMANTIK_MAIL_FROM": "a@b.example"}, "OPSMANTIK_SMTP_URL must"),
        ({"OPSMANTIK_SMTP_URL": "smtp://mail.example"}, "OPSMANTIK_MAIL_FROM must"),
    ],
)
def test_what_is_not_set_is_said(env: dict[str, str], missing: str) -> None:
    with pytest.raises(OperatorError, match=f"No mail can be sent: {missing}") as refused:
        mail.server(settings.read(env))
    assert refused.value.exit_code == 2
    with pytest.raises(OperatorError, match="OPSMANTIK_APP_URL"):
        mail.app_url(settings.read(env))


def test_a_server_is_read_from_its_url(tmp_path: Path) -> None:
    env = {"OPSMANTIK_SMTP_URL": "smtps://me%40b@mail.example", "OPSMANTIK_MAIL_FROM": "a@b.c"}
    said = settings.read(env)
    assert mail.server(said) == mail.Server("mail.example", 465, "me@b", True, "a@b.c")
    assert mail.password_of(tmp_path) is None
    (tmp_path / "smtp").write_text("secret\n")
    with pytest.raises(OperatorError, match="others"):
        mail.password_of(tmp_path)
    (tmp_path / "smtp").chmod(0o600)
    assert mail.password_of(tmp_path) == "secret"


def test_a_closed_password_is_told_and_ends_no_loop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who runs the tests may look into every folder; the user of a service may not."""

    def closed(path: Path, **_: object) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "stat", closed)
    with pytest.raises(OperatorError, match="smtp cannot be read by this user"):
        mail.password_of(tmp_path)


def test_a_name_cannot_add_a_header(world: World) -> None:
    write(world, facts='{"site": "acme\\r\\nBcc: victim@people.example", "role": "viewer"}')
    (row,) = world.rows("select * from ops.claim_mail()")
    made = mail.message(row, "a@b.example", "https://app.example")
    assert made["Bcc"] is None
    assert mailtext.write(row, "")[0].startswith("acme Bcc:")


class Office:
    """A mail server that speaks only STARTTLS, and takes mail only from who logs in."""

    def __init__(self, directory: Path) -> None:
        self.certificate, key = tls.make_certificate(directory)
        self.mails: list[str] = []
        self.controller = Controller(
            self,
            hostname="127.0.0.1",
            port=free_port(),
            tls_context=tls.server_context(self.certificate, key),
            require_starttls=True,
            auth_required=True,
            authenticator=self.check,
        )

    def check(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, said: Any
    ) -> AuthResult:
        del server, session, envelope, mechanism
        good = LoginPassword(b"om", b"right password")
        return AuthResult(success=said == good, handled=False)

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        assert session.ssl is not None
        assert isinstance(envelope.content, bytes)
        self.mails.append(envelope.content.decode())
        del server
        return "250 kept"


@pytest.fixture
def office(tmp_path: Path, postbox: Postbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    del postbox  # sets the sender
    made = Office(tmp_path)
    made.controller.start()
    monkeypatch.setenv("OPSMANTIK_SMTP_URL", f"smtp://om@localhost:{made.controller.port}")
    monkeypatch.setenv("OPSMANTIK_HOME", str(tmp_path / "home"))
    yield made
    made.controller.stop()


def test_encrypted_and_logged_in(
    dsn: str, world: World, office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A certificate that nobody vouches for, or a wrong password, sends nothing."""

    def send(password: str) -> tuple[str, str | None]:
        secretfiles.write(tmp_path / "home" / "secrets" / "smtp", password)
        world.rows("update ops.mail_outbox set next_try_at = now()")
        told = pyctl(dsn, "send")
        assert password not in told.output
        return told.stdout.splitlines()[0], world.rows(OUTBOX)[0]["last_error"]

    write(world)
    sent, why = send("right password")
    assert (sent, why) == ("0 sent, 1 failed", "SSLCertVerificationError")
    monkeypatch.setenv("SSL_CERT_FILE", str(office.certificate))
    sent, why = send("wrong password")
    assert (sent, why) == ("0 sent, 1 failed", "SMTPAuthenticationError 535")
    assert office.mails == []
    assert send("right password")[0] == "1 sent, 0 failed"
    (text,) = office.mails
    assert "acme: davet / invitation" in text
