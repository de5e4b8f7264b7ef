"""A visit as the tracker reports it, and the two ways of looking at what became of it."""

from __future__ import annotations

import json
import random
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.harness.rest import Api
from tests.harness.world import Site, World

PHONE = (
    "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/126.0.0.0 Mobile Safari/537.36"
)
BAD_ROWS = "select * from ops.bad_rows where site_id = %(site)s order by id"
SESSION = "select * from app.sessions where site_id = %(site)s and id = %(id)s"
CARDS = (
    "select * from app.calls where site_id = %(site)s and session_id = %(id)s order by tapped_at"
)


def event(category: str = "page", action: str = "page_view", **fields: Any) -> dict[str, Any]:
    """One event with an id of its own."""
    return {"i": random.getrandbits(53), "g": 0, "c": category, "a": action, **fields}


def tap(number: str = "tel:05321112233", **fields: Any) -> dict[str, Any]:
    """A tap on the phone link."""
    return event("conversion", "phone_call", **{"l": number, **fields})


def scroll(percent: int) -> dict[str, Any]:
    return event("interaction", "scroll", v=percent)


@dataclass
class Visit:
    """One session of one visitor at a site; a new one each time it is made."""

    site: Site
    query: str = "gclid=Cj0KCQ_test-1"
    session: str = field(default_factory=lambda: str(uuid.uuid4()))
    visitor: str = field(default_factory=lambda: uuid.uuid4().hex)

    def batch(self, *events: Mapping[str, Any], **fields: Any) -> dict[str, Any]:
        """The envelope; ``fields`` replace parts of it."""
        url = f"https://{self.site.domain}/" + (f"?{self.query}" if self.query else "")
        return {
            "k": self.site.key,
            "s": self.session,
            "f": self.visitor,
            "v": "1.0.0",
            "c": {"a": 1, "m": 1},
            "p": {"u": url, "r": "", "t": "Home", "sw": 412},
            "e": list(events),
            **fields,
        }

    def send(self, api: Api, *events: Mapping[str, Any], **fields: Any) -> httpx.Response:
        """The batch as a browser on the site's own page sends it."""
        return post(api, self.site, self.batch(*events, **fields))

    def row(self, world: World) -> dict[str, Any]:
        """The session as it stands; KeyError-free only where there is exactly one."""
        (row,) = world.rows(SESSION, site=self.site.id, id=self.session)
        return row

    def cards(self, world: World) -> list[dict[str, Any]]:
        return world.rows(CARDS, site=self.site.id, id=self.session)


def post(
    api: Api,
    site: Site,
    batch: Mapping[str, Any] | str | bytes,
    headers: Mapping[str, str] | None = None,
) -> httpx.Response:
    """A batch, or exactly these bytes, from the site's own page."""
    body = batch if isinstance(batch, str | bytes) else json.dumps(batch)
    sent = {"User-Agent": PHONE, "Origin": f"https://{site.domain}", **(headers or {})}
    return api.raw_sync(body, sent)


def said(answer: httpx.Response) -> tuple[int, str, int, int, int]:
    """HTTP status, status, accepted, duplicates, rejected."""
    body = answer.json()
    counts = (body["accepted"], body["duplicates"], body["rejected"])
    return (answer.status_code, body["status"], *counts)


def bad_rows(world: World, site: Site) -> list[dict[str, Any]]:
    return world.rows(BAD_ROWS, site=site.id)
