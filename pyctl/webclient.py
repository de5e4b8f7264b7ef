"""One request over HTTP, with a limit on time and size; never a surprise."""

from __future__ import annotations

import http.client
import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

LONGEST = 10_000_000


@dataclass(frozen=True)
class Answer:
    """Status 0: nobody answered, and ``text`` says why."""

    status: int
    text: str
    server: str = ""

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    @property
    def json(self) -> Any:
        """The body; None where it is no JSON."""
        try:
            return json.loads(self.text)
        except ValueError:
            return None


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A token is for whom it was sent to."""

    def redirect_request(self, *_: Any) -> None:
        return None


def _read(status: int, answer: Any) -> Answer:
    text = answer.read(LONGEST).decode("utf-8", "replace")
    return Answer(status, text, answer.headers.get("Server", ""))


def ask(
    url: str,
    body: str | None = None,
    headers: Mapping[str, str] | None = None,
    *,
    seconds: float = 20.0,
) -> Answer:
    """POST where there is a body, else GET. Environment's proxies and redirects are not used."""
    data = None if body is None else body.encode()
    request = urllib.request.Request(url, data, dict(headers or {}))  # noqa: S310
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirect)
    try:
        with opener.open(request, timeout=seconds) as answer:
            return _read(answer.status, answer)
    except urllib.error.HTTPError as error:
        with error:
            return _read(error.code, error)
    except (OSError, http.client.HTTPException, ValueError) as error:
        return Answer(0, str(getattr(error, "reason", error)))
