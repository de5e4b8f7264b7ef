"""``pyctl mail``: sends what waits in ``ops.mail_outbox``, or shows it where no mail is set up."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import typer

from pyctl import config, db, logs, mailtext, output, secretfiles, settings, target
from pyctl.errors import OperatorError

app = typer.Typer(no_args_is_help=True, help="Mails with links: send them, list them, print them.")

SECONDS = 20.0
LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True)
class Server:
    """Where mail goes and how."""

    host: str
    port: int
    user: str | None
    implicit_tls: bool
    sender: str


def server(said: settings.Settings) -> Server:
    """The mail server that the settings name; raises OperatorError where they name none."""
    url, sender = said.smtp_url, said.mail_from
    if url is None or sender is None:
        missing = [
            name
            for name, value in (("OPSMANTIK_SMTP_URL", url), ("OPSMANTIK_MAIL_FROM", sender))
            if not value
        ]
        raise OperatorError(
            f"No mail can be sent: {' and '.join(missing)} must be set.",
            "Without a mail server, `pyctl mail print` shows the links.",
            exit_code=2,
        )
    implicit = url.scheme == "smtps"
    user = unquote(url.username) if url.username else None
    return Server(str(url.hostname), url.port or (465 if implicit else 587), user, implicit, sender)


def app_url(said: settings.Settings) -> str:
    """The frontend's address, in which links begin; raises OperatorError where it is not set."""
    if said.app_url is None:
        raise OperatorError(
            "OPSMANTIK_APP_URL must be the address of the frontend, such as https://app.example.",
            "Links in mails begin with it.",
            exit_code=2,
        )
    return said.app_url


def message(mail: Mapping[str, Any], sender: str, url: str) -> EmailMessage:
    """The mail as it is sent."""
    subject, body = mailtext.write(mail, url)
    made = EmailMessage()
    made["From"] = sender
    made["To"] = mail["recipient"]
    made["Subject"] = subject
    made["Date"] = format_datetime(mail["created_at"])
    made["Message-ID"] = f"<{mail['id']}@{sender.partition('@')[2]}>"
    made["Auto-Submitted"] = "auto-generated"
    made.set_content(body)
    return made


def open_smtp(to: Server, password: str | None) -> smtplib.SMTP:
    """A connection, encrypted unless the server is this machine."""
    context = ssl.create_default_context()
    if to.implicit_tls:
        connection: smtplib.SMTP = smtplib.SMTP_SSL(
            to.host, to.port, timeout=SECONDS, context=context
        )
    else:
        connection = smtplib.SMTP(to.host, to.port, timeout=SECONDS)
    try:
        if not to.implicit_tls:
            connection.ehlo()
            if connection.has_extn("starttls") or to.host not in LOOPBACK:
                connection.starttls(context=context)
        if to.user is not None and password is not None:
            connection.login(to.user, password)
    except BaseException:
        connection.close()
        raise
    return connection


def claimed(conn: db.Connection) -> Iterator[dict[str, Any]]:
    """One mail after the other, each this sender's own; ``conn`` in autocommit."""
    while rows := db.rows(conn, "claim_mail"):
        yield rows[0]


def send_all(conn: db.Connection, to: Server, url: str, password: str | None) -> tuple[int, int]:
    """Sends what is due (``conn`` in autocommit): how many went, how many did not.

    A mail may go twice, when we die between the server's yes and our note, and never not at all.
    """
    sent = failed = 0
    connection: smtplib.SMTP | None = None
    try:
        for mail in claimed(conn):
            try:
                connection = connection or open_smtp(to, password)
                connection.send_message(message(mail, to.sender, url))
            except (OSError, smtplib.SMTPException, ValueError) as error:
                # the class and the server's code: its words may hold the address
                code = getattr(error, "smtp_code", None)
                said = type(error).__name__ + (f" {code}" if code else "")
                conn.execute("select ops.finish_mail(%s, %s)", [mail["id"], said])
                failed += 1
                if connection is not None:
                    connection.close()
                connection = None
            else:
                conn.execute("select ops.finish_mail(%s, null)", [mail["id"]])
                sent += 1
    finally:
        if connection is not None:
            connection.close()
    return sent, failed


def password_of(directory: Path) -> str | None:
    """What is in ``secrets/smtp``, if there is such a file."""
    try:
        return secretfiles.read(directory / "smtp")
    except FileNotFoundError:
        return None


def deliver(conn: db.Connection) -> tuple[int, int]:
    """Sends what is due by the server of the settings: how many went, how many did not.

    Raises:
        OperatorError: the settings do not say how.
    """
    said = settings.read()
    to, url = server(said), app_url(said)
    sent, failed = send_all(conn, to, url, password_of(config.load().secrets))
    if sent or failed:
        logs.log("warning" if failed else "info", "mail", sent=sent, failed=failed)
    return sent, failed


def not_sent(failed: int) -> OperatorError:
    """What is said when some did not go."""
    return OperatorError(
        f"{failed} mails could not be sent; they are tried again.", "`pyctl mail list` says why."
    )


@app.command()
def send(dsn: target.Dsn = None) -> None:
    """Send every mail that is due, as `pyctl jobs run --loop` and `--due` do where a server is set.

    Exit code 1 when one could not be sent.

    Example: pyctl mail send
    """
    with db.connect(target.resolve(dsn), autocommit=True) as conn:
        sent, failed = deliver(conn)
    typer.echo(f"{sent} sent, {failed} failed")
    if failed:
        raise not_sent(failed)


@app.command("list")
def list_mails(dsn: target.Dsn = None, as_json: output.AsJson = False) -> None:
    """What waits or was sent in the last 30 days; never a link.

    Example: pyctl mail list
    """
    with db.connect(target.resolve(dsn)) as conn:
        found = db.rows(conn, "mails")
    columns = {
        "created_at": "Written",
        "kind": "Kind",
        "state": "State",
        "recipient": "To",
        "tries": "Tries",
        "last_error": "Last error",
    }
    output.table("Mails", columns, found, as_json, empty="no mail in the last 30 days")


@app.command("print")
def print_mails(dsn: target.Dsn = None) -> None:
    """Show the mails that wait, links and all, to be handed over by hand. They count as sent.

    Example: pyctl mail print
    """
    url = app_url(settings.read())
    with db.connect(target.resolve(dsn), autocommit=True) as conn:
        shown = 0
        for mail in claimed(conn):
            subject, body = mailtext.write(mail, url)
            typer.echo(f"To: {mail['recipient']}\nSubject: {subject}\n\n{body}")
            conn.execute("select ops.finish_mail(%s, null)", [mail["id"]])
            shown += 1
    if not shown:
        typer.echo("nothing waits")
