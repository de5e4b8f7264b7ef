"""A command that breaks: what Sentry receives, what the log says, what a person reads."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import typer

from pyctl import cli, config, observe, scrub

# The real command line, with one more command that breaks in the way a careless one would.
CRASHING = """
import sys
import psycopg
from pyctl import cli
from pyctl.observe import run

@cli.app.command()
def crash(phone: str) -> None:
    password, caller = "hunter2-secret", "Yilmaz"
    try:
        raise KeyError("caller +90 532 123 45 67, ayse@example.com.tr")
    except KeyError as cause:
        raise RuntimeError(
            f"could not call {phone} for ayse@example.com.tr: password={password} "
            "token=eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJheXNlIn0.c2lnbmF0dXJl "
            "at postgresql://authenticator:sw0rdfish@127.0.0.1/opsmantik "
            "unnamed portal with parameters: $1 = 'Ayse Yilmaz'"
        ) from cause

sys.exit(run(cli.app, sys.argv[1:]))
"""
PERSONAL = (
    "123 45 67", "ayse", "example.com", "hunter2", "eyJ", "sw0rdfish", "Yilmaz", "999 88"
)  # fmt: skip


@dataclass
class Receiver:
    """Plays Sentry: keeps what arrives."""

    url: str = ""
    bodies: list[bytes] = field(default_factory=list)

    def events(self) -> list[dict[str, Any]]:
        found = []
        for body in self.bodies:
            lines = body.split(b"\n")
            for header, payload in zip(lines[1::2], lines[2::2], strict=False):
                if json.loads(header).get("type") == "event":
                    found.append(json.loads(payload))
        return found


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    received = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            zipped = self.headers.get("Content-Encoding") == "gzip"
            received.bodies.append(gzip.decompress(body) if zipped else body)
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    received.url = f"http://publickey@127.0.0.1:{server.server_address[1]}/1"
    yield received
    server.shutdown()
    server.server_close()
    thread.join()


def command(*arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("OPSMANTIK_", "SENTRY_"))}
    return subprocess.run(
        [sys.executable, *arguments],
        env={**clean, **env},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def crash(**env: str) -> subprocess.CompletedProcess[str]:
    return command("-c", CRASHING, "crash", "0544 999 88 77", **env)


@pytest.mark.parametrize("variable", ["SENTRY_DSN", "OPSMANTIK_SENTRY_DSN"])
def test_report_arrives_without_personal_data(receiver: Receiver, variable: str) -> None:
    done = crash(**{variable: receiver.url})
    assert done.returncode == 1, done.stderr
    (event,) = receiver.events()
    raw = b"".join(receiver.bodies).decode()
    for word in (*PERSONAL, os.uname().nodename):
        assert word not in raw, word
    last = event["exception"]["values"][-1]
    assert last["type"] == "RuntimeError"
    assert last["value"].startswith("could not call [phone] for [e-mail]")
    assert event["exception"]["values"][0]["type"] == "KeyError"
    assert event["tags"]["command"] == "crash"
    assert any(frame["function"] == "crash" for frame in last["stacktrace"]["frames"])
    assert event["event_id"] in done.stderr


def test_a_person_reads_one_sentence(receiver: Receiver) -> None:
    done = crash(SENTRY_DSN=receiver.url, OPSMANTIK_LOG_LEVEL="off")
    assert done.stdout == ""
    assert len(done.stderr.strip().splitlines()) == 1
    assert "RuntimeError" in done.stderr
    assert "Traceback" not in done.stderr


def test_without_sentry_the_sentence_says_so() -> None:
    done = crash(OPSMANTIK_LOG_LEVEL="off")
    assert done.returncode == 1
    assert "was not reported" in done.stderr


def test_an_unreachable_sentry_delays_but_does_not_break() -> None:
    done = crash(SENTRY_DSN="http://key@127.0.0.1:9/1")
    assert done.returncode == 1
    assert "Something went wrong" in done.stderr


def test_log_lines_are_structured_and_scrubbed() -> None:
    done = crash(OPSMANTIK_LOG_LEVEL="debug")
    lines = [line for line in done.stderr.splitlines() if line.startswith("time=")]
    assert [line.split(" level=")[1].split()[0] for line in lines] == [
        "debug", "error", "debug", "info"
    ]  # fmt: skip
    runs = {line.split(" run=")[1].split()[0] for line in lines}
    assert len(runs) == 1
    assert all(" command=crash " in line for line in lines)
    assert ", in crash" in lines[2]
    for word in PERSONAL:
        assert word not in done.stderr
    assert "exit=1" in lines[-1]


def test_expected_refusals_are_not_reported(receiver: Receiver) -> None:
    """A database that is not there is the operator's to mend, and not an error of ours."""
    dsn = "postgresql://bob@127.0.0.1:9/nowhere"
    done = command("-m", "pyctl", "migrate", "status", "--dsn", dsn, SENTRY_DSN=receiver.url)
    assert done.returncode == 1
    assert "cannot be reached" in done.stderr
    assert 'command="migrate status"' in done.stderr
    assert "sw0rdfish" not in done.stderr
    assert receiver.events() == []


def test_a_refusal_is_said_once_at_a_terminal() -> None:
    """Whose level is warning; in a log it is a line of level info."""
    refused = ("-m", "pyctl", "migrate", "status", "--dsn", "host=127.0.0.1 port=9 user=bob")
    said = command(*refused, OPSMANTIK_LOG_LEVEL="warning").stderr
    assert said.count("cannot be reached") == 1
    assert "level=" not in said
    assert "level=info" in command(*refused, OPSMANTIK_LOG_LEVEL="info").stderr


def test_wrong_use_is_2() -> None:
    assert command("-m", "pyctl", "jobs", "run").returncode == 2
    assert command("-m", "pyctl", "no-such-verb").returncode == 2
    done = command("-m", "pyctl", "migrate", "status", SENTRY_DSN="not a dsn with sw0rdfish")
    assert done.returncode == 2
    assert "SENTRY_DSN is not a Sentry DSN" in done.stderr
    assert "sw0rdfish" not in done.stderr
    env = {"OPSMANTIK_LOG_LEVEL": "loud", "OPSMANTIK_PG_PORT": "x", "OPSMANTIK_PGPORT": "1"}
    done = command("-m", "pyctl", "migrate", "status", **env)
    assert done.returncode == 2
    assert done.stderr.count("\n  - ") == 3
    assert command("-m", "pyctl", "migrate", "status", "--help", **env).returncode == 0


@pytest.mark.parametrize("arguments", [("render", "env"), ("--help",)])
def test_a_full_disk_is_a_sentence(arguments: tuple[str, ...]) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "pyctl", *arguments], cwd=config.REPO,
            stdout=full, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 1
    assert "The output can't be written: No space left on device." in done.stderr
    assert "did not expect" not in done.stderr


def test_a_file_that_is_closed_is_not_said_to_be_full(capsys: pytest.CaptureFixture[str]) -> None:
    app = typer.Typer()

    @app.command()
    def look() -> None:
        raise PermissionError(13, "Permission denied", "/secrets/jwt.secret")

    assert observe.run(app, []) == 1
    said = capsys.readouterr().err
    assert "/secrets/jwt.secret is closed to this user" in said
    assert "written" not in said


@pytest.mark.parametrize(
    ("sent", "said"),
    [(b"sw0rd\0fish-long\n", "NUL"), (b"sw0rd\xfcfish-long\n", "no text in UTF-8")],
)
def test_what_is_no_text_is_a_sentence(dsn: str, sent: bytes, said: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pyctl", "user", "create", "a@b.example", "--dsn", dsn],
        cwd=config.REPO, input=sent, capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert said in done.stderr.decode()
    assert b"sw0rd" not in done.stderr


def test_tracebacks_are_for_debug_and_scrubbed() -> None:
    arguments = ("crash", "0544 999 88 77")
    done = command("-c", CRASHING, "--debug", *arguments, OPSMANTIK_LOG_LEVEL="off")
    assert done.returncode == 1
    assert "Traceback (most recent call last)" in done.stderr
    assert ", in crash" in done.stderr
    assert "could not call [phone]" in done.stderr
    for word in PERSONAL:
        assert word not in done.stderr, word
    refused = ("migrate", "status", "--dsn", "host=127.0.0.1 port=9")
    done = command("-m", "pyctl", "--debug", *refused, OPSMANTIK_LOG_LEVEL="off")
    assert "Traceback" in done.stderr
    assert "cannot be reached" in done.stderr
    done = command("-m", "pyctl", *refused, OPSMANTIK_LOG_LEVEL="off")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("text", "scrubbed"),
    [
        ("+90 532 123 45 67", "[phone]"),
        ("(0532) 123-45-67 / tel:+905321234567", "[phone] / [phone]"),
        ("wa:+90.532.123.4567", "[phone]"),
        ("Ay.se+x@mail.example.com.tr!", "[e-mail]!"),
        ("postgresql://u:p@ss/w:rd@h:5432/db", "postgresql://u:[hidden]@h:5432/db"),
        ("https://abcdef@sentry.example/1", "https://[hidden]@sentry.example/1"),
        ("host=h password='a b c' dbname=d", "host=h password=[hidden] dbname=d"),
        ("{'api_key': 'x y', 'n': 1}", "{'api_key': [hidden], 'n': 1}"),
        ("Authorization: Basic dXNlcjpwYXNz", "Authorization: [hidden]"),
        ("Bearer abc.def.ghijkl", "Bearer [hidden]"),
        ("got eyJhbGciOi.eyJzdWIiOiJ4.c2lnbmF0dXJl back", "got [token] back"),
        ("key 9f86d081884c7d659a2feaa0c55ad015 is unknown", "key [token] is unknown"),
        ("/l?gclid=Cj0KCQ-x&b=1", "/l?gclid=[click id]&b=1"),
        ("from 203.0.113.77", "from [ip]"),
        ("from 127.0.0.11", "from [ip]"),
        ("Key (email)=(x y) already exists.", "Key (email)=([hidden]) already exists."),
        ("Failing row contains (1, O)l, 2).", "Failing row contains ([hidden])."),
        ('invalid input syntax for type x: "Ayse"', "invalid input syntax for type x: [hidden]"),
        # and what must stay readable
        ("2026-11-22 21:28:44 in 0.123456789 s", "2026-11-22 21:28:44 in 0.123456789 s"),
        ("site 0b8f0c3e-9d65-4c6e-9d7c-2b1a7a0b6c11", "site 0b8f0c3e-9d65-4c6e-9d7c-2b1a7a0b6c11"),
        ("server at 127.0.0.1, port 5439", "server at 127.0.0.1, port 5439"),
        ("deploy.py:120 port=54321", "deploy.py:120 port=54321"),
    ],
)  # fmt: skip
def test_scrubbing(text: str, scrubbed: str) -> None:
    assert scrub.text(text) == scrubbed
    assert scrub.text(scrubbed) == scrubbed


def test_scrubbing_goes_into_structures() -> None:
    data = {"a": [{"email": "x", "note": "call 05321234567"}], "token": 5, "n": 7}
    assert scrub.data(data) == {
        "a": [{"email": "[hidden]", "note": "call [phone]"}],
        "token": "[hidden]",
        "n": 7,
    }


COMMANDS = ("partition list", "partition check", "partition ensure", "partition drain",
            "partition retire", "jobs list", "jobs check", "jobs history", "jobs run --due",
            "jobs run roll_stats", "jobs run --loop", "user list", "site list")  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS)
def test_a_database_without_opsmantik_is_told(
    empty_database: str, command: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert observe.run(cli.app, [*command.split(), "--dsn", empty_database]) == 1
    heard = capfd.readouterr().err
    assert "not as this source knows it" in heard
    assert "pyctl migrate status" in heard
    assert "did not expect" not in heard
