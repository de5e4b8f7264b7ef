"""Two small servers: a page that carries the tracker, and a receiver that can misbehave."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

CORE_JS = Path(__file__).parents[2] / "tracker" / "core.js"
HANG_UP = 0


@dataclass(frozen=True)
class Answer:
    """What the receiver says; status ``HANG_UP`` cuts the connection, body None is sync's own."""

    status: int = 200
    body: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    after: threading.Event | None = None


@dataclass(frozen=True)
class Hit:
    """One request as it arrived."""

    method: str
    path: str
    headers: Mapping[str, str]
    text: str
    at: float

    @property
    def body(self) -> dict[str, Any]:
        """The parsed envelope."""
        parsed: dict[str, Any] = json.loads(self.text)
        return parsed

    @property
    def events(self) -> list[dict[str, Any]]:
        """Its events."""
        events: list[dict[str, Any]] = self.body["e"]
        return events


Rule = Callable[[Hit], Answer]


class Server:
    """A threaded server on a free loopback port."""

    def __init__(self, handler: type[BaseHTTPRequestHandler]) -> None:
        self.http = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.http.server_address[1]}"
        self.thread = threading.Thread(target=self.http.serve_forever, args=(0.05,), daemon=True)
        self.thread.start()

    def close(self) -> None:
        """Ends it."""
        self.http.shutdown()
        self.http.server_close()
        self.thread.join()


class Host(Server):
    """A customer's website: ``html`` under every path, the script under /core.js."""

    def __init__(self) -> None:
        host = self
        self.html = ""
        self.headers: dict[str, str] = {}

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                script = self.path == "/core.js"
                body = CORE_JS.read_bytes() if script else host.html.encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/javascript" if script else "text/html")
                self.send_header("Content-Length", str(len(body)))
                for name, value in ({} if script else host.headers).items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args: object) -> None:
                pass

        super().__init__(Handler)


class Receiver(Server):
    """Takes what the tracker sends, keeps events by id, answers as ``rule`` says."""

    def __init__(self) -> None:
        receiver = self
        self.hits: list[Hit] = []
        self.stored: dict[int, dict[str, Any]] = {}
        self.deliveries: Counter[int] = Counter()
        self.rule: Rule = lambda _: Answer()
        self.news = threading.Condition()

        class Handler(BaseHTTPRequestHandler):
            def do_OPTIONS(self) -> None:
                self._take("")
                self._reply(204, "", {})

            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                hit = self._take(self.rfile.read(length).decode())
                answer = receiver.rule(hit)
                if answer.after is not None:
                    answer.after.wait(30)
                if answer.status == HANG_UP:
                    self.close_connection = True
                    return
                own = answer.body is None and answer.status < 300
                body = receiver.store(hit) if own else (answer.body or "")
                self._reply(answer.status, body, answer.headers)

            def _take(self, text: str) -> Hit:
                hit = Hit(self.command, self.path, dict(self.headers), text, time.monotonic())
                with receiver.news:
                    receiver.hits.append(hit)
                    receiver.news.notify_all()
                return hit

            def _reply(self, status: int, body: str, headers: Mapping[str, str]) -> None:
                try:
                    self.send_response(status)
                    self.send_header("Access-Control-Allow-Origin", "*")
                    self.send_header("Access-Control-Allow-Headers", "*")
                    self.send_header("Access-Control-Expose-Headers", "Retry-After")
                    self.send_header("Content-Length", str(len(body)))
                    for name, value in headers.items():
                        self.send_header(name, value)
                    self.end_headers()
                    self.wfile.write(body.encode())
                except OSError:
                    pass  # the page has gone; that is what some tests are about

            def log_message(self, *args: object) -> None:
                pass

        super().__init__(Handler)

    def store(self, hit: Hit) -> str:
        """What sync does with a batch, as far as a browser can tell."""
        with self.news:
            fresh = [event for event in hit.events if event["i"] not in self.stored]
            self.stored.update({event["i"]: event for event in fresh})
            self.deliveries.update(event["i"] for event in hit.events)
            self.news.notify_all()
        counts = {"accepted": len(fresh), "duplicates": len(hit.events) - len(fresh)}
        state = {"ok": True, "score": 0, "status": "stored", "rejected": 0, "retry_after": None}
        return json.dumps({**state, **counts})

    def named(self, action: str) -> list[dict[str, Any]]:
        """Stored events of one action."""
        return [event for event in list(self.stored.values()) if event["a"] == action]

    def sent(self, action: str) -> list[Hit]:
        """Requests that carried an event of that action, whatever was answered."""
        return [hit for hit in list(self.hits) if any(e["a"] == action for e in hit.events)]
