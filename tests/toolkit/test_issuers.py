"""Key sets: which keys of another issuer get into ours."""

from __future__ import annotations

import http.server
import itertools
import json
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pyctl import issuers
from pyctl.errors import OperatorError
from tests.harness import tls
from tests.harness.issuer import Key

RSA, EC = Key.make("r").jwk, Key.make("e", "ES256").jwk


def key_set(*keys: Any) -> str:
    return json.dumps({"keys": keys})


def test_public_members_of_public_keys() -> None:
    more = {"x5c": ["..."], "key_ops": ["verify"], "role": "service_role"}
    unnamed = {name: value for name, value in RSA.items() if name not in ("alg", "use")}
    assert issuers.usable(key_set({**RSA, **more}, EC)) == [RSA, EC]
    assert issuers.usable(key_set(unnamed)) == [RSA]


@pytest.mark.parametrize(
    "key",
    [
        {"kty": "oct", "kid": "o", "k": "c2VjcmV0", "alg": "HS256"},
        {"kty": "OKP", "kid": "o", "crv": "Ed25519", "x": "x"},
        {**RSA, "kid": None},
        {**RSA, "kid": ""},
        {**RSA, "kid": 5},
        {**RSA, "use": "enc"},
        {**RSA, "alg": "RSA-OAEP"},
        {**RSA, "alg": "HS256"},
        {**RSA, "alg": "none"},
        {**RSA, "n": ""},
        {**RSA, "n": "ü!"},
        {**EC, "crv": "P-521"},
        {**EC, "alg": "RS256"},
        Key.make("short", bits=1024).jwk,
        {},
    ],
)
def test_keys_that_are_left_out(key: dict[str, Any]) -> None:
    assert issuers.usable(key_set(key, EC)) == [EC]
    with pytest.raises(OperatorError, match="holds no key that can be used"):
        issuers.usable(key_set(key))


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "is no JSON Web Key Set"),
        ("[" * 500_000, "is no JSON Web Key Set"),
        ("{}", "is no JSON Web Key Set"),
        ('{"keys": 5}', "is no JSON Web Key Set"),
        ('{"keys": ["x"]}', "is no JSON Web Key Set"),
        (key_set(), "holds no key"),
        (key_set(RSA, {**EC, "kid": "r"}), "the same kid"),
        (key_set(RSA, {**EC, "kid": "opsmantik"}), "begins with opsmantik like ours"),
        (key_set(RSA, {**EC, "d": "secret"}), "holds a private key"),
    ],
)
def test_sets_that_are_refused(text: str, complaint: str) -> None:
    with pytest.raises(OperatorError, match=complaint):
        issuers.usable(text)


@pytest.mark.parametrize("place", ["http://127.0.0.1:9/jwks", "ftp://x/y", "/nowhere/keys.json"])
def test_places_that_are_none(place: str) -> None:
    with pytest.raises(OperatorError):
        issuers.read_key_set(place)


@pytest.fixture
def https(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Runs a server that answers as it is told, (status, headers, body); gives its address."""
    certificate, key = tls.make_certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    running: list[http.server.HTTPServer] = []

    def serve(status: int, headers: dict[str, str], *body: bytes, again: bool = False) -> str:
        class Handler(http.server.BaseHTTPRequestHandler):
            def log_message(self, *_: Any) -> None:
                pass

            def do_GET(self) -> None:
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                for piece in itertools.cycle(body) if again else body:
                    self.wfile.write(piece)
                    time.sleep(0.05 if again else 0)

        server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
        server.socket = tls.server_context(certificate, key).wrap_socket(
            server.socket, server_side=True
        )
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}).start()
        running.append(server)
        return f"https://localhost:{server.server_address[1]}/jwks"

    yield serve
    for server in running:
        server.shutdown()
        server.server_close()


def test_fetched_by_https_only_and_within_bounds(
    https: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    good = https(200, {}, key_set(RSA).encode())
    assert issuers.usable(issuers.read_key_set(good)) == [RSA]
    assert issuers.read_key_set(https(302, {"Location": good}, b"")) == key_set(RSA)
    for bad in (
        https(302, {"Location": "http://127.0.0.1:9/jwks"}, b""),
        https(302, {"Location": "file:///etc/hostname"}, b""),
        https(500, {}, key_set(RSA).encode()),
        https(200, {}, b" " * (issuers.LONGEST + 1)),
    ):
        with pytest.raises(OperatorError):
            issuers.read_key_set(bad)
    monkeypatch.setattr(issuers, "SECONDS", 0.3)
    with pytest.raises(OperatorError, match="took longer"):  # each piece is in time
        issuers.read_key_set(https(200, {}, b" ", again=True))
    monkeypatch.delenv("SSL_CERT_FILE")  # a certificate that nobody vouches for
    with pytest.raises(OperatorError, match="could not be fetched"):
        issuers.read_key_set(good)
