"""``pyctl issuer``: the one external OpenID Connect issuer whose tokens count, and its keys.

PostgREST verifies with the key set in ``secrets/jwt.jwks``: our own secret and the issuer's public
keys, which the database keeps. After each change the file is written and PostgREST reads it again.
"""

from __future__ import annotations

import base64
import binascii
import http.client
import json
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

import psycopg
import typer

from pyctl import acts, config, db, logs, output, secretfiles, target
from pyctl.errors import OperatorError

app = typer.Typer(
    no_args_is_help=True,
    help="The external log-in (OpenID Connect): add it, renew its keys, remove it.",
)

SECONDS = 20.0
LONGEST = 1_000_000
SHORTEST_RSA = 2048
# public members only: whatever else is in a key stays out of our set
TAKEN = {"RSA": ("RS256", ("n", "e")), "EC": ("ES256", ("crv", "x", "y"))}
NEXT = "Ask the issuer for its key set (jwks_uri in /.well-known/openid-configuration)."


def usable(text: str) -> list[dict[str, str]]:
    """The keys of a JWKS that may verify: RS256 and ES256, public, for signatures, each named.

    Raises OperatorError where it is no key set, holds a private key, names two keys alike or like
    ours, or holds no key that can be used.
    """
    try:
        said = json.loads(text)
        found = [dict(key) for key in said["keys"]]
    except (ValueError, TypeError, KeyError, RecursionError):
        raise OperatorError("This is no JSON Web Key Set.", NEXT) from None
    if any("d" in key for key in found):
        raise OperatorError(
            "The key set holds a private key.",
            "Whoever has it can log in as anybody: replace the key at the issuer, and give us"
            " only public keys.",
        )
    kept = [key for key in map(_public, found) if key is not None]
    if not kept:
        raise OperatorError(
            "The key set holds no key that can be used: RS256 (2048 bits or more) or ES256, with a"
            " kid.",
            NEXT,
        )
    names = [key["kid"] for key in kept]
    if len(set(names)) < len(names) or any(n.startswith(secretfiles.OWN_KID) for n in names):
        raise OperatorError(
            f"Two keys have the same kid, or one begins with {secretfiles.OWN_KID} like ours.",
            "Let the issuer name its keys otherwise.",
        )
    return kept


def _public(key: dict[str, Any]) -> dict[str, str] | None:
    """The key's public members; None where it is not for us."""
    algorithm, members = TAKEN.get(str(key.get("kty")), (None, ()))
    if algorithm is None or key.get("alg", algorithm) != algorithm:
        return None
    if key.get("use", "sig") != "sig" or not all(
        isinstance(key.get(name), str) and key[name] for name in ("kid", *members)
    ):
        return None
    if key["kty"] == "RSA" and _bits(key["n"]) < SHORTEST_RSA:
        return None
    if key["kty"] == "EC" and key["crv"] != "P-256":
        return None
    taken = {name: key[name] for name in ("kty", "kid", *members)}
    return {**taken, "alg": algorithm, "use": "sig"}


def _bits(number: str) -> int:
    try:
        return int.from_bytes(base64.urlsafe_b64decode(number + "==")).bit_length()
    except (binascii.Error, ValueError):
        return 0


class _SameScheme(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *what: Any) -> urllib.request.Request | None:
        request = super().redirect_request(*what)
        if request is not None and urlsplit(request.full_url).scheme != "https":
            raise urllib.error.URLError("it leads away from https")
        return request


def _read(answer: http.client.HTTPResponse) -> bytes:
    """What comes in time: the loop of the jobs waits for it. The socket's limit is per piece."""
    end, text = time.monotonic() + SECONDS, b""
    while len(text) <= LONGEST and (piece := answer.read1(65536)):
        text += piece
        if time.monotonic() > end:
            raise TimeoutError(f"it took longer than {SECONDS:.0f} s")
    return text


def read_key_set(place: str) -> str:
    """The text of a key set, from a file or an https address."""
    if urlsplit(place).scheme != "https":
        if "://" in place:
            raise OperatorError(
                "Keys are fetched by https only.", "Name an https address or a file.", exit_code=2
            )
        try:
            return Path(place).read_text(encoding="utf-8")
        except (OSError, ValueError) as error:
            raise OperatorError(
                f"{place} cannot be read ({type(error).__name__}).", "Name a file or https address."
            ) from None
    try:
        with urllib.request.build_opener(_SameScheme).open(place, timeout=SECONDS) as answer:
            text = _read(answer)
    except (OSError, http.client.HTTPException, ValueError) as error:
        said = getattr(error, "reason", None) or str(error) or type(error).__name__
        raise OperatorError(
            f"{place} could not be fetched: {said}.", "The keys that were known stay in use."
        ) from None
    if len(text) > LONGEST:
        raise OperatorError(f"{place} is longer than a key set is.", NEXT)
    return text.decode("utf-8", "replace")


def write_keys(conn: db.Connection, secrets: Path) -> None:
    """Write the key set: our secret and the keys that the database knows. PostgREST reads it."""
    with secretfiles.alone(secrets):
        secret = secretfiles.jwt_secret(secrets, may_make=False)
        keys = [key for row in db.rows(conn, "issuers") for key in row["keys"] or []]
        secretfiles.write_key_set(secrets, secret, keys)
    conn.execute("notify pgrst, 'reload config'")


def _put(dsn: str | None, iss: str, aud: str, place: str, reason: str | None = None) -> None:
    keys = usable(read_key_set(place))
    secrets = config.load().secrets
    secretfiles.jwt_secret(secrets, may_make=False)
    url = place if urlsplit(place).scheme == "https" else None
    with db.connect(target.resolve(dsn)) as conn:
        try:
            db.rows(conn, "put_issuer", iss=iss, aud=aud, keys=json.dumps(keys), url=url)
        except psycopg.errors.UniqueViolation:
            raise OperatorError(
                "There is an external issuer already, and any key of the set could speak as any"
                " of them: one is all there can be.",
                "`pyctl issuer remove` ends the other; several log-ins go behind one issuer.",
            ) from None
        except psycopg.errors.CheckViolation:
            raise OperatorError(
                f"{iss} is no issuer: it must begin with https://.",
                "Copy it from /.well-known/openid-configuration, as it stands there.",
                exit_code=2,
            ) from None
        if reason is not None:
            acts.do(conn, "record_act", action="issuer_add", object=iss, reason=reason)
        write_keys(conn, secrets)
    _tell(keys)


def _tell(keys: list[dict[str, str]]) -> None:
    output.say(f"{len(keys)} keys: {', '.join(key['kid'] for key in keys)}")


def _read_again(conn: db.Connection, iss: str, url: str) -> list[dict[str, str]]:
    """Reads the keys from where they came; what goes wrong is noted (``conn`` in autocommit)."""
    try:
        keys = usable(read_key_set(url))
        if db.rows(conn, "read_issuer", iss=iss, url=url, keys=json.dumps(keys)):
            write_keys(conn, config.load().secrets)
    except OperatorError as error:
        db.rows(conn, "failed_issuer", iss=iss, error=error.sentence)
        raise
    return keys


def refresh_due(conn: db.Connection) -> int:
    """Reads the issuer's keys again where that is due; gives of how many (``conn`` in autocommit).

    Raises:
        OperatorError: they could not be read; those that were known stay in use.
    """
    due = db.rows(conn, "claim_issuer")
    for one in due:
        keys = _read_again(conn, one["iss"], one["keys_url"])
        logs.log("info", "issuer", iss=one["iss"], keys=len(keys))
    return len(due)


@app.command()
def add(
    iss: Annotated[str, typer.Argument(metavar="ISS", help="Claim iss, to the letter.")],
    aud: Annotated[str, typer.Option(help="Claim aud that its tokens carry for us.")],
    jwks: Annotated[str, typer.Option(metavar="FILE|URL", help="Its key set; by https.")],
    reason: acts.OwnReason = "external log-in",
    dsn: target.Dsn = None,
) -> None:
    """Let the tokens of an issuer in, as people without sites. Again: other aud, other keys.

    Example: pyctl issuer add https://id.example --aud opsmantik --jwks https://id.example/jwks.json
    """
    _put(dsn, iss, aud, jwks, reason)


@app.command()
def refresh(
    jwks: Annotated[
        str | None, typer.Option(metavar="FILE|URL", help="Default: where it came from.")
    ] = None,
    dsn: target.Dsn = None,
) -> None:
    """Read the issuer's keys again now: new ones count, those it took back no more.

    `pyctl jobs run --loop` and `--due` do it every ten minutes.

    Example: pyctl issuer refresh
    """
    with db.connect(target.resolve(dsn), autocommit=True) as conn:
        found = db.rows(conn, "issuers")
        if not found:
            raise OperatorError("There is no external issuer.", "`pyctl issuer add` adds one.")
        one = found[0]
        if jwks is not None:
            _put(dsn, one["iss"], one["aud"], jwks)
        elif one["keys_url"] is not None:
            _tell(_read_again(conn, one["iss"], one["keys_url"]))
        else:
            raise OperatorError(
                "Its keys came from a file.",
                "Name the file with its new keys: --jwks.",
                exit_code=2,
            )


@app.command("list")
def list_issuers(dsn: target.Dsn = None, as_json: output.AsJson = False) -> None:
    """The external issuer with its keys' names.

    Example: pyctl issuer list
    """
    with db.connect(target.resolve(dsn)) as conn:
        found = db.rows(conn, "issuers")
    for issuer in [] if as_json else found:
        issuer["kids"] = [key["kid"] for key in issuer["keys"] or []]
    columns = {"iss": "issuer", "aud": "aud", "kids": "keys", "updated_at": "read"}
    columns |= {"last_error": "last error"}
    empty = "none: people log in with e-mail and password"
    output.table("Issuer", columns, found, as_json, empty=empty)


@app.command()
def remove(
    iss: Annotated[str, typer.Argument(metavar="ISS", help="As `list` shows it.")],
    reason: acts.OwnReason = "external log-in ended",
    dsn: target.Dsn = None,
) -> None:
    """End an issuer: its tokens are refused at once. Profiles and memberships stay.

    Example: pyctl issuer remove https://id.example
    """
    secrets = config.load().secrets
    secretfiles.jwt_secret(secrets, may_make=False)
    with db.connect(target.resolve(dsn)) as conn:
        done = conn.execute(
            "delete from access.issuers where iss = %s and iss <> 'opsmantik'", [iss]
        )
        if done.rowcount != 1:
            raise OperatorError(f"{iss} is no external issuer.", "`pyctl issuer list` shows it.")
        acts.do(conn, "record_act", action="issuer_remove", object=iss, reason=reason)
        write_keys(conn, secrets)
    output.say("removed")
