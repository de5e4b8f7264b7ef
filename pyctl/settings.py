"""Every setting there is: its name, type, default and meaning, declared once.

The rest of pyctl reads the environment only through here; `.env.example` is written from it.
"""

# ruff: noqa: RUF009 (each default is a frozen field)

from __future__ import annotations

import dataclasses
import difflib
import os
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from email.utils import parseaddr
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

import psycopg
from psycopg.conninfo import conninfo_to_dict
from sentry_sdk.utils import BadDsn, Dsn

from pyctl.errors import OperatorError

PREFIX = "OPSMANTIK_"
# made for a test run by its own conftest
TEST_PREFIX = "OPSMANTIK_TEST_"
LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40, "off": 100}


def _setting(
    doc: str, parse: Callable[[str], Any], *, default: str = "", shown: str = "", also: str = ""
) -> Any:
    """A field of Settings. ``parse`` raises ValueError with what the text must be.

    ``shown`` stands in the example where there is no default; ``also`` is a second name.
    """
    said = {"doc": doc, "parse": parse, "default": default, "shown": shown, "also": also}
    return dataclasses.field(metadata=said)


def _text(text: str) -> str:
    return text


def _directory(text: str) -> Path:
    if not Path(text).is_absolute():
        raise ValueError(f"is {text!r}, but must be an absolute path")
    return Path(text)


def _port(text: str) -> int:
    if text.isascii() and text.isdigit() and 1024 <= int(text) <= 65535:
        return int(text)
    raise ValueError(f"is {text!r}, but must be a port number from 1024 to 65535")


def _yes(text: str) -> bool:
    if text not in ("yes", "no"):
        raise ValueError(f"is {text!r}, but must be yes or no")
    return text == "yes"


def _programs(text: str) -> Path:
    if not (Path(text) / "initdb").exists():
        raise ValueError(f"is {text!r}, but there is no initdb in it")
    return Path(text)


def conninfo(text: str) -> str:
    """A connection string without a password; raises ValueError with what is wrong."""
    try:
        parts = conninfo_to_dict(text)
    except psycopg.ProgrammingError:  # its words may repeat a password
        raise ValueError("is no connection string of libpq") from None
    if parts.get("password") or parts.get("sslpassword"):
        raise ValueError("holds a password; it belongs into ~/.pgpass or the file of PGPASSFILE")
    return text


def _smtp(text: str) -> SplitResult:
    url = urlsplit(text)
    try:
        good = url.scheme in ("smtp", "smtps") and url.hostname and url.port != 0
    except ValueError:  # the port
        good = False
    if not good:
        raise ValueError("must be like smtp://user@mail.example:587")
    if url.password is not None:
        raise ValueError("holds a password; it belongs into secrets/smtp")
    return url


def _sender(text: str) -> str:
    address = parseaddr(text)[1]
    if "@" not in address:
        raise ValueError("must be an address that mails come from")
    return address


def _web_address(text: str) -> str:
    if urlsplit(text).scheme not in ("http", "https") or not urlsplit(text).netloc:
        raise ValueError("must be an address such as https://app.example")
    return text.rstrip("/")


def _sentry(text: str) -> str:
    try:
        Dsn(text)
    except (BadDsn, ValueError):
        raise ValueError("is not a Sentry DSN, such as https://KEY@HOST/NUMBER") from None
    return text


def _level(text: str) -> str:
    if text not in LEVELS:
        raise ValueError(f"is not a level that I know; one of: {', '.join(LEVELS)}")
    return text


@dataclass(frozen=True)
class Settings:
    """What the environment says; the variable of ``pg_port`` is OPSMANTIK_PG_PORT."""

    home: Path | None = _setting(
        "Where data, logs and secrets go (absolute). Default: .opsmantik in the clone, or"
        " /var/lib/opsmantik/<hash> when root's clone is closed to PostgreSQL's user.",
        _directory,
    )
    pg_port: int = _setting(
        "Loopback ports. What `make up` used last is remembered until you choose others.",
        _port,
        default="5439",
    )
    postgrest_port: int = _setting("", _port, default="3009")
    postgrest_admin_port: int = _setting("", _port, default="3010")
    web_port: int = _setting("", _port, default="8009")
    demo: bool = _setting(
        "Does `make up` seed the demo, whose passwords are public? no: where customers will be.",
        _yes,
        default="yes",
    )
    pg_bin: Path | None = _setting(
        "PostgreSQL's server programs, where they are not Debian's (/usr/lib/postgresql/*/bin).",
        _programs,
    )
    dsn: str | None = _setting(
        "The database that commands speak to, without a password. Default: the cluster of"
        " `make up`. libpq's own variables (PGPASSFILE, PGSSLMODE ...) hold as well.",
        conninfo,
    )
    smtp_url: SplitResult | None = _setting(
        "Mail: the server (its password in the file secrets/smtp), who it comes from, and the"
        " frontend's address, in which links begin. Without a server, `pyctl mail print` shows the"
        " links.",
        _smtp,
        shown="smtp://user@mail.example:587",
    )
    mail_from: str | None = _setting("", _sender)
    app_url: str | None = _setting("", _web_address)
    log_level: str | None = _setting(
        "debug, info, warning, error or off. Default: info, at a terminal warning.", _level
    )
    sentry_dsn: str | None = _setting(
        "Where defects in pyctl are reported, and as whose. SENTRY_DSN counts, too; unset: none.",
        _sentry,
        also="SENTRY_DSN",
    )
    environment: str = _setting("", _text, default="local")


FIELDS = {PREFIX + field.name.upper(): field for field in dataclasses.fields(Settings)}
# a misspelt one is told, not ignored
NAMES = tuple(FIELDS)
PORTS = {
    name: int(field.metadata["default"]) for name, field in FIELDS.items() if field.type == "int"
}

_HEAD = """\
# Copy to .env and change what you need; the environment wins over .env.
# Every setting stands here with its default. No secret belongs in this file:
# secrets are made into files with mode 600 under OPSMANTIK_HOME/secrets.
# Written by `pyctl render env`.
"""


def read(env: Mapping[str, str] | None = None, found: Sequence[str] = ()) -> Settings:
    """What ``env`` (default: this process's) says; ``found`` are problems that are known already.

    Raises:
        OperatorError: names every problem at once (exit code 2).
    """
    env = os.environ if env is None else env
    problems = [*found, *_unknown(env)]
    values: dict[str, Any] = {}
    for name, field in FIELDS.items():
        said = field.metadata
        given = next((n for n in (name, said["also"]) if env.get(n)), name)
        text = env.get(given) or said["default"]
        try:
            values[field.name] = said["parse"](text) if text else None
        except ValueError as error:
            problems.append(f"{given} {error}.")
    ports = {n: values[f.name] for n, f in FIELDS.items() if n in PORTS and f.name in values}
    for name, port in ports.items():
        twins = [other for other in ports if other > name and ports[other] == port]
        problems += [f"{name} and {twin} are both {port}." for twin in twins]
    if problems:
        raise OperatorError(
            "The configuration is wrong:\n" + "\n".join(f"  - {text}" for text in problems),
            "Mend the environment or .env; .env.example lists every setting.",
            exit_code=2,
        )
    return Settings(**values)


def search_path() -> str:
    """PATH for programs that we start with an environment of their own; cron's has no sbin."""
    return f"{os.environ.get('PATH') or '/usr/bin:/bin'}:/usr/sbin:/sbin"


def example() -> str:
    """The text of `.env.example`."""
    parts = [_HEAD]
    for name, field in FIELDS.items():
        said = field.metadata
        if said["doc"]:
            parts.append("\n" + textwrap.fill(said["doc"], 98, **_COMMENT) + "\n")
        parts.append(f"#{name}={said['default'] or said['shown']}\n")
    return "".join(parts)


_COMMENT: dict[str, Any] = {
    "initial_indent": "# ",
    "subsequent_indent": "# ",
    "break_long_words": False,
    "break_on_hyphens": False,
}


def _unknown(env: Mapping[str, str]) -> list[str]:
    texts = []
    for name in sorted(env):
        if not name.startswith(PREFIX) or name in NAMES or name.startswith(TEST_PREFIX):
            continue
        near = difflib.get_close_matches(name, NAMES, 1)
        texts.append(f"{name} is no setting." + (f" Did you mean {near[0]}?" if near else ""))
    return texts
