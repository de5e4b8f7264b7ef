"""``pyctl doctor``: looks over a whole installation; each finding says how to mend it.

It reads and asks, and changes nothing. What needs a file of this machine is left out with a reason
where the database is on another one.
"""

from __future__ import annotations

import base64
import importlib.metadata
import json
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import psycopg
import typer

from pyctl import (
    config,
    db,
    grants,
    migrate,
    output,
    pgbin,
    postgrest,
    secretfiles,
    target,
    webclient,
)
from pyctl.cluster import Cluster
from pyctl.config import DATABASE
from pyctl.errors import OperatorError

CLOCK_SECONDS = 5.0  # PostgREST takes a token up to 30 s past its end
HTTP_SECONDS = 10.0
OLDEST_POSTGREST = 12


@dataclass(frozen=True)
class Finding:
    """One line of the report. ``mend`` is what to do next; for what was skipped it is empty."""

    check: str
    state: Literal["ok", "wrong", "skipped"]
    what: str
    mend: str = ""


class SkippedError(Exception):
    """The check can't be made here; the text says why."""


@dataclass
class Patient:
    """What is looked over. ``conn`` is None where the database does not answer."""

    settings: config.Config
    dsn: str
    conn: db.Connection | None
    place: dict[str, Any]
    no_way_in: OperatorError | None
    url: str
    min_free: float

    def database(self) -> db.Connection:
        """The connection, to a database that was deployed."""
        if self.conn is None:
            raise SkippedError("the database does not answer")
        if not self.place["is_ours"]:
            raise SkippedError("nothing was deployed there yet")
        return self.conn

    def is_own(self) -> bool:
        """Is it the cluster of this machine's `pyctl up`?"""
        if self.conn is None:
            return self.dsn == Cluster(self.settings.home, self.settings.pg_port).dsn(DATABASE)
        data = self.place.get("data_directory") or ""
        return Path(data) == (self.settings.home / "pg").absolute()


Check = Callable[[Patient], Iterator[tuple[str, str]]]


def _reached(patient: Patient) -> Iterator[tuple[str, str]]:
    if patient.no_way_in is not None:
        yield patient.no_way_in.sentence, patient.no_way_in.way_out
    elif patient.place["in_recovery"]:
        yield "the database is a standby and takes no writes", "Point OPSMANTIK_DSN at the primary."


def _packages(_: Patient) -> Iterator[tuple[str, str]]:
    """This Python and its packages against pyproject.toml's pins."""
    mend = "make up installs what requirements.txt names"
    if not (3, 11) <= sys.version_info[:2] < (3, 14):
        yield f"Python is {sys.version.split()[0]}; it must be 3.11 to 3.13", mend
    for text in importlib.metadata.requires("opsmantik") or []:
        pin = re.match(r"([\w.-]+)(?:\[[^\]]*\])?==([\w.]+)$", text)
        if pin is None:  # of an extra
            continue
        try:
            found = importlib.metadata.version(pin[1])
        except importlib.metadata.PackageNotFoundError:
            yield f"the Python package {pin[1]} is missing", mend
            continue
        if found != pin[2]:
            yield f"the Python package {pin[1]} is {found}, pinned is {pin[2]}", mend


def _named(query: str) -> Check:
    """The check whose findings are the rows of ``pyctl/sql/doctor_<query>.sql``."""

    def check(patient: Patient) -> Iterator[tuple[str, str]]:
        for row in db.rows(patient.database(), f"doctor_{query}"):
            yield row["what"], row["mend"]

    return check


def _grants(patient: Patient) -> Iterator[tuple[str, str]]:
    """What is laxer than the house allows; and what is granted otherwise than the source says."""
    conn = patient.database()
    found = db.rows(conn, "doctor_grants")
    if migrate.compare(patient.dsn, target.SOURCE)["code_matches"]:  # else it is another source's
        found += db.rows(conn, "doctor_granted", wanted=json.dumps(grants.wanted(target.SOURCE)))
    yield from dict.fromkeys((row["what"], row["mend"]) for row in found)


def _programs(patient: Patient) -> Iterator[tuple[str, str]]:
    """A package upgraded under a running server breaks new connections."""
    conn = patient.database()
    if not patient.is_own():
        raise SkippedError("the server is not this machine's `pyctl up`")
    running = (conn.info.parameter_status("server_version") or "?").split()[0]
    installed = pgbin.program_version(pgbin.find(int(running.split(".")[0])))[1]
    if running != installed:
        yield f"PostgreSQL runs as {running}, its programs are {installed}", "pyctl up restarts it"


def _source(patient: Patient) -> Iterator[tuple[str, str]]:
    if patient.conn is None:
        raise SkippedError("the database does not answer")
    if not patient.place["is_ours"]:
        yield "nothing was deployed there yet", "pyctl migrate apply"
        return
    found = migrate.compare(patient.dsn, target.SOURCE)
    for name in ("state", "code"):
        if not found[f"{name}_matches"]:
            yield f"the database's {name} is not this source's", "pyctl migrate plan, then apply"
    for title in found["pending"]:
        yield f"the step {title} is pending", "pyctl migrate plan, then apply"


def _clock(patient: Patient) -> Iterator[tuple[str, str]]:
    conn = patient.database()
    before = time.time()
    (row,) = db.rows(conn, "doctor_place")
    after = time.time()
    off = max(before - row["clock"], row["clock"] - after)
    if off > CLOCK_SECONDS:
        yield (
            f"the database's clock and this machine's are {off:.0f} s apart",
            "Set both by NTP (timedatectl); tokens end by the one, are checked by the other.",
        )


def _disk(patient: Patient) -> Iterator[tuple[str, str]]:
    if patient.conn is None:  # a full disk may be why
        if not patient.is_own():
            raise SkippedError("the database does not answer")
        data = patient.settings.home / "pg"
    else:
        data = Path(patient.place["data_directory"] or "/nonexistent")
        host = patient.conn.info.host
        if not (host.startswith("/") or host in ("127.0.0.1", "::1", "localhost")):
            raise SkippedError(f"its disk is on {host}: look there with df")
    try:
        usage = shutil.disk_usage(data)
    except OSError:
        raise SkippedError("its data directory can't be seen from here") from None
    free = usage.free / 1e9
    if free < patient.min_free or usage.free < usage.total * 0.05:
        yield (
            f"{free:.1f} GB ({usage.free / usage.total:.0%}) are free at {data}",
            "Make room or enlarge the disk; pyctl partition retire drops old months.",
        )


def _secrets(patient: Patient) -> Iterator[tuple[str, str]]:
    directory = patient.settings.secrets
    if not directory.is_dir() and not patient.is_own():
        raise SkippedError(f"no secrets of an installation in {directory}")
    if (patient.settings.home / "pg").is_dir() and not patient.is_own():
        raise SkippedError(f"{directory} belongs to the cluster beside it, not to this database")
    if directory.exists() and directory.stat().st_mode & 0o077:
        yield f"{directory} is open to others", f"chmod 700 {directory}"
    try:
        text = secretfiles.jwt_secret(directory, may_make=False)
    except OperatorError as error:
        yield error.sentence, error.way_out
    else:
        if (directory / "jwt.next").exists():  # until it goes on, either may be the present one
            mend = 'pyctl secrets rotate jwt --reason "..." goes on where it stopped'
            yield "a change of the JWT secret was interrupted; log-ins work all the same", mend
        else:
            yield from _same_key(patient, text, "jwt.secret")
    for name, missing in (
        ("jwt.jwks", "PostgREST knows no key"),
        ("pgpass", "PostgREST can't log in"),
        ("smtp", ""),
    ):
        path = directory / name
        if not path.exists():
            if missing:
                yield f"{path} is missing: {missing}", "pyctl up makes it"
            continue
        try:
            text = secretfiles.read(path)
        except OperatorError as error:
            yield error.sentence, error.way_out
        else:
            if name == "jwt.jwks":
                yield from _same_key(patient, text, name)


def _same_key(patient: Patient, text: str, file: str) -> Iterator[tuple[str, str]]:
    """Does the database sign with a key that the file holds?"""
    if patient.conn is None or not patient.place["is_ours"]:
        return
    query = "select value from access.secrets where name = 'jwt'"
    row = patient.conn.execute(query).fetchone()
    if row is None or row[0] not in keys(text):
        yield (
            f"the database signs with another key than {file} holds: no log-in works",
            "pyctl up hands the file's key over",
        )


def keys(text: str) -> list[str]:
    """The secret that a file holds, or those of a set of keys."""
    if not text.lstrip().startswith("{"):
        return [text]
    try:
        found = json.loads(text).get("keys", [])
        return [
            base64.urlsafe_b64decode(key["k"] + "=" * (-len(key["k"]) % 4)).decode()
            for key in found
            if key.get("kty") == "oct"
        ]
    except (ValueError, KeyError, AttributeError):
        return []


def _authenticator(patient: Patient) -> Iterator[tuple[str, str]]:
    """The door that PostgREST takes: over TCP, with the password of the file."""
    conn = patient.database()
    passfile = patient.settings.secrets / "pgpass"
    if not patient.is_own() or not passfile.exists():
        raise SkippedError("PostgREST's password file is not on this machine")
    try:
        psycopg.connect(
            host="127.0.0.1",
            port=conn.info.port,
            dbname=conn.info.dbname,
            user="authenticator",
            passfile=str(passfile),
            connect_timeout=5,
        ).close()
    except psycopg.OperationalError as error:
        said = str(error).strip().splitlines()[-1]
        yield f"PostgREST's role can't log in: {said}", "pyctl up sets its password again"


def _postgrest_program(patient: Patient) -> Iterator[tuple[str, str]]:
    """The pinned program, and does it take its settings file?"""
    if not patient.is_own():
        raise SkippedError("PostgREST is not started from this machine")
    try:
        program = postgrest.binary(patient.settings.repo, patient.settings.home)
    except OperatorError as error:
        yield error.sentence, error.way_out
        return
    file = patient.settings.repo / "postgrest.conf"
    env = {"LC_ALL": "C.UTF-8", "PGRST_DB_CONFIG": "false"}
    done = subprocess.run(
        [str(program), "--dump-config", str(file)],
        env=env, capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    if done.returncode != 0:
        said = (done.stderr.strip() or done.stdout.strip()).splitlines()
        yield f"PostgREST refuses {file}: {said[-1] if said else '?'}", "Mend the file."


def _postgrest(patient: Patient) -> Iterator[tuple[str, str]]:
    """Does it answer, and does it see the functions that the database has?"""
    mend = "pyctl status; pyctl up starts it (its log is in OPSMANTIK_HOME/log)"
    root = webclient.ask(f"{patient.url}/", seconds=HTTP_SECONDS)
    if root.status == 0:
        yield f"PostgREST does not answer at {patient.url} ({root.text})", mend
        return
    version = re.match(r"postgrest/(\d+)", root.server, re.IGNORECASE)
    if root.status != 200 or not isinstance(root.json, dict) or "paths" not in root.json:
        yield f"PostgREST answers {root.status} at {patient.url}", mend
        return
    if version and int(version[1]) < OLDEST_POSTGREST:
        yield f"PostgREST is {root.server}, {OLDEST_POSTGREST} is the oldest", "make up installs it"
    stale = []
    for row in db.rows(patient.database(), "doctor_doors"):
        kind = row["takes"]
        body = json.dumps(dict.fromkeys(row["arguments"])) if kind.endswith("json") else ""
        # Nothing runs: an answer of this kind can't be made. But first the function is looked for.
        url = f"{patient.url}/rpc/{row['name']}"
        headers = {"Content-Type": kind, "Accept": "application/x-no"}
        answer = webclient.ask(url, body, headers, seconds=HTTP_SECONDS)
        if answer.status == 0:
            yield f"PostgREST no longer answers at {patient.url} ({answer.text})", mend
            return
        if isinstance(answer.json, dict) and answer.json.get("code") == "PGRST202":
            stale.append(row["name"])
    if stale:
        yield (
            f"PostgREST does not see what the database has: {', '.join(stale)}",
            "In the database: notify pgrst, 'reload schema'. Still so: it serves another database.",
        )


CHECKS: dict[str, Check] = {
    "database": _reached,
    "python packages": _packages,
    "versions": _named("versions"),
    "programs": _programs,
    "source": _source,
    "roles": _named("roles"),
    "grants": _grants,
    "triggers": _named("triggers"),
    "secrets": _secrets,
    "rotation": _named("rotation"),
    "authenticator": _authenticator,
    "clock": _clock,
    "disk": _disk,
    "partitions": _named("partitions"),
    "jobs": _named("jobs"),
    "mail": _named("mail"),
    "issuer": _named("issuer"),
    "postgrest program": _postgrest_program,
    "postgrest": _postgrest,
}


def examine(patient: Patient) -> Iterator[Finding]:
    """Every check: what it found, or one line that says it is fine or was skipped."""
    for name, check in CHECKS.items():
        clean = True
        try:
            for what, mend in check(patient):
                clean = False
                yield Finding(name, "wrong", what, mend)
        except SkippedError as reason:
            clean = False
            yield Finding(name, "skipped", str(reason))
        except psycopg.errors.InsufficientPrivilege:
            clean = False
            yield Finding(name, "skipped", "this needs a superuser's connection")
        except PermissionError as error:
            clean = False
            yield Finding(name, "skipped", f"this user may not read {error.filename}")
        except (psycopg.Error, OperatorError, OSError, subprocess.SubprocessError) as error:
            clean = False
            text = db.describe(error) if isinstance(error, psycopg.Error) else str(error)
            yield Finding(name, "wrong", f"could not be checked: {text}", "pyctl --debug doctor")
        if clean:
            yield Finding(name, "ok", "")


def look(
    dsn: str | None, settings: config.Config, *, url: str | None = None, min_free: float = 2.0
) -> list[Finding]:
    """The whole report."""
    where, asked = (url or settings.postgrest_url).rstrip("/"), target.resolve(dsn)
    try:
        conn = db.connect(asked, autocommit=True, name="pyctl doctor")
    except OperatorError as error:
        return list(examine(Patient(settings, asked, None, {}, error, where, min_free)))
    with conn:
        place = db.rows(conn, "doctor_place")[0]
        return list(examine(Patient(settings, asked, conn, place, None, where, min_free)))


def doctor(
    dsn: target.Dsn = None,
    url: Annotated[
        str | None,
        typer.Option(help="Where PostgREST answers; default: as `pyctl up` starts it."),
    ] = None,
    min_free: Annotated[
        float, typer.Option(help="Gigabytes that must be free where the data is.", min=0)
    ] = 2.0,
    as_json: output.AsJson = False,
) -> None:
    """Look over the whole installation, and say of each finding how to mend it. Changes nothing.

    Exit code 0: nothing is wrong. 1: something is. What was changed by hand inside functions,
    policies and tables, `pyctl migrate drift` finds.

    Example: pyctl doctor

    Example: pyctl doctor --dsn "host=db.example user=postgres dbname=opsmantik" --json
    """
    found = look(dsn, config.load(), url=url, min_free=min_free)
    columns = {"check": "Check", "state": "State", "what": "What", "mend": "How to mend it"}
    output.table("", columns, [vars(one) for one in found], as_json)
    wrong = sum(one.state == "wrong" for one in found)
    if not as_json:
        output.say(f"{wrong} wrong" if wrong else "nothing is wrong")
    if wrong:
        raise typer.Exit(1)
