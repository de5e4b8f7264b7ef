"""``pyctl secrets``: new secrets while everything runs and everybody stays logged in."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import time
from pathlib import Path
from typing import Annotated

import typer

from pyctl import acts, config, db, issuers, output, secretfiles, target, webclient
from pyctl.errors import OperatorError

app = typer.Typer(no_args_is_help=True, help="Secrets of the installation.")
rotate = typer.Typer(no_args_is_help=True, help="Replace a secret; the old one counts meanwhile.")
app.add_typer(rotate, name="rotate")

RELOAD_SECONDS = 20.0
Finish = Annotated[bool, typer.Option("--finish", help="End the old one.")]


@app.callback()
def _group() -> None:
    """Secrets of the installation."""


def knows(url: str, secret: str) -> bool | None:
    """Does this PostgREST take what ``secret`` signs? None: nobody answers there.

    What it takes it hands to the pre-request, which refuses this token with a code of ours.
    """

    def part(data: bytes) -> bytes:
        return base64.urlsafe_b64encode(data).rstrip(b"=")

    claims = {"role": "anon", "iss": "probe", "sub": "probe", "exp": int(time.time()) + 60}
    body = part(b'{"alg":"HS256","typ":"JWT"}') + b"." + part(json.dumps(claims).encode())
    token = body + b"." + part(hmac.digest(secret.encode(), body, hashlib.sha256))
    answer = webclient.ask(
        f"{url}/rpc/contract_version", headers={"Authorization": f"Bearer {token.decode()}"}
    )
    if answer.status == 0 or answer.status >= 500:
        return None
    return bool(answer.json and answer.json.get("message") == "issuer_not_allowed")


def _wait_until_known(url: str, secret: str) -> None:
    deadline = time.monotonic() + RELOAD_SECONDS
    while not (known := knows(url, secret)):
        if time.monotonic() > deadline:
            said = "nobody answers there" if known is None else "it still refuses what it signs"
            raise OperatorError(
                f"PostgREST at {url} does not take the new secret: {said}.",
                "Nothing has changed for anybody. Mend it and run this again: it goes on where it"
                " stopped.",
            )
        time.sleep(0.2)


def begin(conn: db.Connection, directory: Path, url: str, reason: str) -> None:
    """PostgREST learns the new secret, then the database signs with it, then the file changes.

    ``conn`` in autocommit. Interrupted anywhere, it is safe to run again.
    """
    old = secretfiles.jwt_secret(directory, may_make=False)
    path = directory / "jwt.next"
    if not path.exists():
        secretfiles.write(path, secrets.token_urlsafe(48))
    new = secretfiles.read(path)
    if new != old:
        issuers.write_keys(conn, directory)
        _wait_until_known(url, new)
        acts.do(conn, "jwt_rotate", secret=new, reason=reason)
    _follow(directory)
    issuers.write_keys(conn, directory)


def _follow(directory: Path) -> None:
    """The files after the database: it signs with the next secret, and the present is the last."""
    old, new = (secretfiles.read(directory / f"jwt.{name}") for name in ("secret", "next"))
    if new != old:
        secretfiles.write(directory / "jwt.previous", old)
        secretfiles.write(directory / "jwt.secret", new)
    (directory / "jwt.next").unlink()


def catch_up(conn: db.Connection, directory: Path) -> bool:
    """Was a rotation stopped between the database and the files? Then these follow now."""
    path = directory / "jwt.next"
    if not path.exists() or not db.rows(conn, "jwt_signs", secret=secretfiles.read(path)):
        return False
    _follow(directory)
    return True


def finish(conn: db.Connection, directory: Path, reason: str, forced: bool) -> None:
    """Tokens of the old secret count no more; ``conn`` in autocommit.

    Raises:
        OperatorError: there may still be some, and it was not forced.
    """
    half_done = (directory / "jwt.previous").exists() and not db.rows(conn, "jwt_previous")
    if not half_done:
        acts.do(conn, "jwt_drop", forced=forced, reason=reason)
    (directory / "jwt.previous").unlink(missing_ok=True)
    issuers.write_keys(conn, directory)


@rotate.command()
def jwt(
    reason: acts.OwnReason,
    finished: Finish = False,
    force: Annotated[
        bool, typer.Option("--force", help="With --finish: end what the old one signed.")
    ] = False,
    url: Annotated[str | None, typer.Option(help="PostgREST; default: the one of `up`.")] = None,
    dsn: target.Dsn = None,
) -> None:
    """Sign tokens with a new secret; those of the old one last their ten minutes.

    Run it on the machine that holds the secrets. After eleven minutes run it again, or with
    --finish: the old secret then ends. Nobody is logged out. Machines' tokens must be made anew
    before that.

    Example: pyctl secrets rotate jwt --reason "yearly"
    """
    settings = config.load()
    directory = settings.secrets
    with db.connect(target.resolve(dsn), autocommit=True) as conn:
        under_way = (directory / "jwt.previous").exists() and not (directory / "jwt.next").exists()
        if force and not (finished or under_way):
            raise typer.BadParameter("--force ends the old secret: begin first, without it")
        if finished or under_way:
            finish(conn, directory, reason, force)
            output.say("the old secret has ended")
            return
        begin(conn, directory, url or settings.postgrest_url, reason)
    output.say("tokens are signed with the new secret; the old one counts until it is ended")
    output.say('in eleven minutes: pyctl secrets rotate jwt --finish --reason "..."')


@rotate.command()
def proxy(
    reason: acts.OwnReason,
    finished: Finish = False,
    out: secretfiles.Out = None,
    show: secretfiles.Print = False,
    dsn: target.Dsn = None,
) -> None:
    """Make a new value of X-Proxy-Secret, written out once; the old one counts until --finish.

    Give it to the proxy, reload the proxy, then run this with --finish.

    Example: pyctl secrets rotate proxy --out proxy.secret --reason "yearly"
    """
    with db.connect(target.resolve(dsn)) as conn:
        if finished:
            acts.do(conn, "proxy_promote", reason=reason)
            output.say("the old secret has ended")
            return
        secretfiles.check_way_out(out, show)
        secret = secrets.token_urlsafe(48)
        acts.do(conn, "proxy_next", secret=secret, reason=reason)
        secretfiles.hand_out(secret, out)
