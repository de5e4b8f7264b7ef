"""A small OpenID Connect issuer on loopback: authorization code with PKCE, two keys, rotation."""

from __future__ import annotations

import base64
import hashlib
import http.server
import json
import secrets
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from tests.harness import tls

CLIENT = "opsmantik-app"
REDIRECT = "https://app.example/signed-in"


def b64(data: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _number(value: int) -> str:
    return b64(value.to_bytes((value.bit_length() + 7) // 8))


@dataclass(frozen=True)
class Key:
    """A key pair, RS256 or ES256."""

    kid: str
    private: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey

    @classmethod
    def make(cls, kid: str, algorithm: str = "RS256", bits: int = 2048) -> Key:
        """A new one."""
        if algorithm == "RS256":
            return cls(kid, rsa.generate_private_key(65537, bits))
        return cls(kid, ec.generate_private_key(ec.SECP256R1()))

    @property
    def algorithm(self) -> str:
        return "RS256" if isinstance(self.private, rsa.RSAPrivateKey) else "ES256"

    @property
    def jwk(self) -> dict[str, str]:
        """The public key."""
        said = {"kid": self.kid, "use": "sig", "alg": self.algorithm}
        if isinstance(self.private, rsa.RSAPrivateKey):
            public = self.private.public_key().public_numbers()
            return {"kty": "RSA", "n": _number(public.n), "e": _number(public.e), **said}
        point = self.private.public_key().public_numbers()
        x, y = b64(point.x.to_bytes(32)), b64(point.y.to_bytes(32))
        return {"kty": "EC", "crv": "P-256", "x": x, "y": y, **said}

    def sign(self, claims: Mapping[str, Any], head: str | None = None) -> str:
        """A token; ``head`` says another header, word for word."""
        own = json.dumps({"alg": self.algorithm, "typ": "JWT", "kid": self.kid})
        body = f"{b64((head or own).encode())}.{b64(json.dumps(dict(claims)).encode())}"
        if isinstance(self.private, rsa.RSAPrivateKey):
            signature = self.private.sign(body.encode(), padding.PKCS1v15(), hashes.SHA256())
        else:
            r, s = decode_dss_signature(self.private.sign(body.encode(), ec.ECDSA(hashes.SHA256())))
            signature = r.to_bytes(32) + s.to_bytes(32)
        return f"{body}.{b64(signature)}"


class _Desk(http.server.BaseHTTPRequestHandler):
    server: _Server

    def log_message(self, *_: Any) -> None:
        pass

    def answer(self, status: int, said: Any, **headers: str) -> None:
        body = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Access-Control-Allow-Origin", "*")
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self) -> None:
        issuer, asked = self.server.issuer, urlsplit(self.path)
        if asked.path == "/.well-known/openid-configuration":
            self.answer(200, issuer.configuration)
        elif asked.path == "/jwks":
            self.answer(200, {"keys": [key.jwk for key in issuer.keys]})
        elif asked.path == "/authorize":
            status, said = issuer.authorize(dict(parse_qsl(asked.query)))
            self.answer(status, {}, Location=said) if status == 302 else self.answer(status, said)
        else:
            self.answer(404, {})

    def do_POST(self) -> None:
        text = self.rfile.read(int(self.headers["Content-Length"])).decode()
        form = {name: values[0] for name, values in parse_qs(text).items()}
        self.answer(*self.server.issuer.token(form))


class _Server(http.server.ThreadingHTTPServer):
    issuer: Issuer
    daemon_threads = True


class Issuer:
    """As a context: runs. ``person`` is who is logged in there; ``keys[0]`` signs."""

    def __init__(self, directory: Path) -> None:
        self.keys = [Key.make("first"), Key.make("second", "ES256")]
        self.person: dict[str, Any] = {"sub": "ayse"}
        self.certificate, key = tls.make_certificate(directory)
        self._codes: dict[str, dict[str, Any]] = {}
        self._server = _Server(("127.0.0.1", 0), _Desk)
        self._server.issuer = self
        self._server.socket = tls.server_context(self.certificate, key).wrap_socket(
            self._server.socket, server_side=True
        )
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}
        )
        self.url = f"https://localhost:{self._server.server_address[1]}"

    @property
    def configuration(self) -> dict[str, Any]:
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/jwks",
            "response_types_supported": ["code"],
            "code_challenge_methods_supported": ["S256"],
        }

    def claims(self, **changes: Any) -> dict[str, Any]:
        """Of a good token for whoever is logged in; None leaves one out."""
        now = int(time.time())
        said = {
            "iss": self.url,
            "aud": CLIENT,
            "role": "authenticated",
            "iat": now,
            "exp": now + 300,
            **self.person,
            **changes,
        }
        return {name: value for name, value in said.items() if value is not None}

    def make_token(self, key: Key | None = None, head: str | None = None, **changes: Any) -> str:
        """A token without the walk to get it."""
        return (key or self.keys[0]).sign(self.claims(**changes), head)

    def authorize(self, asked: Mapping[str, str]) -> tuple[int, Any]:
        """The log-in page, at which somebody is logged in already: sends back with a code."""
        if asked.get("client_id") != CLIENT or not asked.get("redirect_uri"):
            return 400, {"error": "invalid_request"}
        if asked.get("code_challenge_method") != "S256" or not asked.get("code_challenge"):
            return 400, {"error": "invalid_request"}
        code = secrets.token_urlsafe(16)
        self._codes[code] = {**asked, "person": dict(self.person)}
        back = urlencode({"code": code, "state": asked.get("state", "")})
        return 302, f"{asked['redirect_uri']}?{back}"

    def token(self, form: Mapping[str, str]) -> tuple[int, Any]:
        """A token for a code; a code is good once, and only with what its challenge was made of."""
        asked = self._codes.pop(form.get("code", ""), None)
        challenge = b64(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        if (
            asked is None
            or form.get("grant_type") != "authorization_code"
            or form.get("client_id") != asked["client_id"]
            or form.get("redirect_uri") != asked["redirect_uri"]
            or not secrets.compare_digest(challenge, asked["code_challenge"])
        ):
            return 400, {"error": "invalid_grant"}
        token = self.make_token(**asked["person"])
        return 200, {"access_token": token, "token_type": "Bearer", "expires_in": 300}

    def __enter__(self) -> Issuer:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
