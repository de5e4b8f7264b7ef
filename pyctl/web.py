"""Static server for `tracker/`: `/core.js` and the demo page, as a real one would serve them.

For development and the demo. Started by `pyctl up` as `web.py PORT ROOT API_URL`; the demo page
learns the API's address from `/demo/config.js`.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import sys
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
}
SMALLEST_GZIP = 256


def resolve(root: Path, target: str) -> Path | None:
    """The file that a request target means, None when there is none inside `root`."""
    path = unquote(urlsplit(target).path)
    if "\0" in path or "\\" in path:
        return None
    candidate = (root / path.lstrip("/")).resolve()
    if path.endswith("/"):
        candidate /= "index.html"
    hidden = any(part.startswith(".") for part in Path(path).parts)
    inside = candidate.is_relative_to(root.resolve())
    return candidate if inside and not hidden and candidate.is_file() else None


class Handler(BaseHTTPRequestHandler):
    """GET and HEAD of files; everything else is refused."""

    protocol_version = "HTTP/1.1"
    timeout = 30

    def __init__(self, *args: object, root: Path, api_url: str) -> None:
        self.root = root
        self.api_url = api_url
        super().__init__(*args)  # type: ignore[arg-type]

    def version_string(self) -> str:
        return "opsmantik-web"

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def _answer(self, *, with_body: bool) -> None:
        path = urlsplit(self.path).path
        if path == "/healthz":
            self._send(
                HTTPStatus.OK, b"ok\n", "text/plain", with_body, {"Cache-Control": "no-store"}
            )
            return
        if path == "/demo/config.js":
            demo = {"endpoint": self.api_url} if self.api_url else {}
            script = f"window.OPSMANTIK_DEMO = {json.dumps(demo)};\n".encode()
            headers = {"Cache-Control": "no-store"}
            self._send(HTTPStatus.OK, script, TYPES[".js"], with_body, headers)
            return
        found = resolve(self.root, path)
        if found is None and (path == "/" or resolve(self.root, f"{path}/")):
            # a fixed place, or the same path: never to where the client says
            where = "/demo/" if path == "/" else f"/{path.strip('/')}/"
            self._send(HTTPStatus.FOUND, b"", "text/plain", with_body, {"Location": where})
            return
        if found is None:
            self._send(HTTPStatus.NOT_FOUND, b"not found\n", "text/plain", with_body, {})
            return
        self._send_file(found, with_body)

    def _send_file(self, path: Path, with_body: bool) -> None:
        body = path.read_bytes()
        kind = TYPES.get(path.suffix, "application/octet-stream")
        script = path.suffix == ".js"
        headers = {
            "Cache-Control": "public, max-age=300" if script else "no-cache",
            "Vary": "Accept-Encoding",
        }
        if script:
            # lets pages load it with `integrity` and see its errors
            headers["Access-Control-Allow-Origin"] = "*"
        tag = hashlib.sha256(body).hexdigest()[:16]
        textual = kind.startswith("text/") or path.suffix in {".json", ".svg"}
        if textual and len(body) >= SMALLEST_GZIP and self._takes_gzip():
            body, tag = gzip.compress(body, 9, mtime=0), f"{tag}-gzip"
            headers["Content-Encoding"] = "gzip"
        headers["ETag"] = f'"{tag}"'
        if f'"{tag}"' in self.headers.get("If-None-Match", ""):
            headers.pop("Content-Encoding", None)
            self._send(HTTPStatus.NOT_MODIFIED, b"", None, False, headers)
            return
        self._send(HTTPStatus.OK, body, kind, with_body, headers)

    def _takes_gzip(self) -> bool:
        wanted = self.headers.get("Accept-Encoding", "").replace(" ", "").lower().split(",")
        return any(item == "gzip" or item.startswith("gzip;q=") for item in wanted) and not any(
            item in ("gzip;q=0", "gzip;q=0.0") for item in wanted
        )

    def _send(
        self,
        status: HTTPStatus,
        body: bytes,
        kind: str | None,
        with_body: bool,
        headers: dict[str, str],
    ) -> None:
        self.send_response(status)
        if kind is not None:
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
        self.send_header("X-Content-Type-Options", "nosniff")
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if with_body:
            self.wfile.write(body)

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        # without the query: it carries click ids
        path = urlsplit(self.path).path
        self.log_message("%s %s %s %s", self.command, path, int(code), size)


def make_server(port: int, root: Path, api_url: str = "") -> ThreadingHTTPServer:
    """A server on loopback, ready to `serve_forever()`; port 0 chooses a free one."""
    ThreadingHTTPServer.daemon_threads = True
    return ThreadingHTTPServer(("127.0.0.1", port), partial(Handler, root=root, api_url=api_url))


if __name__ == "__main__":
    make_server(int(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]).serve_forever()
