"""Secrets live in files with mode 600, never in argv, the environment or a log."""

from __future__ import annotations

import base64
import contextlib
import fcntl
import json
import os
import secrets
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer

from pyctl.errors import OperatorError

SHORTEST = 32
FEWEST_DIFFERENT = 10
OWN_KID = "opsmantik"

Out = Annotated[
    Path | None, typer.Option(help="Write the secret to this new file, mode 600.", dir_okay=False)
]
Print = Annotated[bool, typer.Option("--print", help="Print the secret although nobody looks on.")]


def jwt_secret(directory: Path, *, may_make: bool) -> str:
    """The secret that signs tokens, from `jwt.secret`.

    Made once, and only while `may_make` (no database exists yet): a lost secret is not replaced
    silently, because that signs everybody out. Raises OperatorError when it is missing, weak, or
    readable by others.
    """
    path = directory / "jwt.secret"
    if not path.exists():
        if not may_make:
            raise OperatorError(
                f"The JWT secret {path} is missing, although its database is there.",
                "Put it back from your backup. If it is lost, make a new one with "
                "`pyctl up --new-jwt-secret`: everybody then has to sign in again.",
            )
        write(path, secrets.token_urlsafe(48))
    text = read(path)
    new = "`pyctl up --new-jwt-secret`"
    if len(text.encode()) < SHORTEST:
        raise OperatorError(
            f"The JWT secret in {path} has {len(text)} characters; it needs {SHORTEST} or more.",
            f"Put a stronger one there, or let {new} make it. Everybody then signs in again.",
        )
    if len(set(text)) < FEWEST_DIFFERENT or text != text.strip():
        raise OperatorError(
            f"The JWT secret in {path} is no random text (too few different characters, or blanks"
            " at an end).",
            f"Put a better one there, or let {new} make it. Everybody then signs in again.",
        )
    return text


def write_key_set(directory: Path, secret: str, others: Sequence[Mapping[str, str]]) -> None:
    """Write `jwt.jwks`, which PostgREST verifies with: our secret, then others' public keys.

    While our secret is being rotated, the next and the previous one are in it too.
    """
    own = [_own_key(OWN_KID, secret)]
    for name in ("next", "previous"):
        path = directory / f"jwt.{name}"
        if path.exists():
            own.append(_own_key(f"{OWN_KID}-{name}", read(path)))
    write(directory / "jwt.jwks", json.dumps({"keys": [*own, *others]}))


@contextlib.contextmanager
def alone(directory: Path) -> Iterator[None]:
    """Others who write the key set wait: the last one to write has read all that there is.

    Raises:
        OperatorError: the directory is not there, or is somebody else's.
    """
    try:
        handle = os.open(directory, os.O_RDONLY)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)
    except OSError as error:
        raise OperatorError(
            f"The keys of PostgREST in {directory} can't be written: {error.strerror}.",
            "Run this on the machine of PostgREST, as the user who keeps its secrets.",
        ) from None


def _own_key(kid: str, secret: str) -> dict[str, str]:
    k = base64.urlsafe_b64encode(secret.encode()).rstrip(b"=").decode()
    return {"kty": "oct", "kid": kid, "alg": "HS256", "use": "sig", "k": k}


def check_way_out(out: Path | None, show: bool) -> None:
    """Before a secret is made: somebody must get it.

    Raises:
        OperatorError: the file is there already, or nobody would see it.
    """
    if out is not None and out.exists():
        raise OperatorError(f"{out} is there already.", "Name a new file.", exit_code=2)
    if out is None and not show and not sys.stdout.isatty():
        raise OperatorError(
            "The secret would go into a pipe or a log.",
            "Say --out FILE (mode 600), or --print where that is meant.",
            exit_code=2,
        )


def hand_out(secret: str, out: Path | None) -> None:
    """Into the file, mode 600, or on standard output: this once."""
    if out is None:
        typer.echo(secret)
        return
    try:
        handle = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(secret + "\n")
    except OSError as error:
        raise OperatorError(f"{out} can't be written: {error}", "Nothing was changed.") from error
    typer.echo(f"written to {out}")


def authenticator_password(directory: Path) -> str:
    """The password PostgREST logs in with, kept in `pgpass` as libpq reads it.

    Made when missing: nobody but PostgREST uses it, and `up` sets it in the database each time.
    """
    path = directory / "pgpass"
    start = "127.0.0.1:*:*:authenticator:"
    if not path.exists():
        write(path, start + secrets.token_urlsafe(32) + "\n")
    text = read(path)
    if not text.startswith(start) or len(text) < len(start) + SHORTEST:
        raise OperatorError(
            f"{path} is not the password file that `up` writes.",
            f"Remove it (rm {path}); the next `make up` makes a new password.",
        )
    return text.removeprefix(start)


def write(path: Path, text: str) -> None:
    """Write a file that only its owner may read, whole or not at all."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_suffix(".new")
    draft.unlink(missing_ok=True)
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.rename(path)


def read(path: Path) -> str:
    """What is in a secret file; raises OperatorError where others may read it."""
    try:
        mode = path.stat().st_mode & 0o777
        if mode & 0o077:
            raise OperatorError(
                f"{path} has mode {mode:o}: others on this machine may have read the secret.",
                f"Close it (chmod 600 {path}); where others work here, replace the secret too.",
            )
        # PostgREST drops one line break at the end, so an editor's does no harm
        return path.read_text().removesuffix("\n")
    except PermissionError:
        raise OperatorError(
            f"{path} cannot be read by this user.", "Run this as the user who made it."
        ) from None
