"""Fields and lines as COPY's binary format has them: most of what is loaded is events, and reading
them as text is a quarter of what they cost the server."""

from __future__ import annotations

import struct
from datetime import date

HEAD = b"PGCOPY\n\xff\r\n\0" + bytes(8)
END = b"\xff\xff"
NULL = struct.pack(">i", -1)
_DAY_0 = date(2000, 1, 1)
_MICROSECONDS_0 = 946_684_800_000_000
_LINE = struct.Struct(">hi16si16si")
_MOMENT = struct.Struct(">qiiiqiq")


def text(said: str) -> bytes:
    """A text."""
    data = said.encode()
    return struct.pack(">i", len(data)) + data


def json(said: str) -> bytes:
    """A jsonb."""
    return text("\x01" + said)


def number(said: int) -> bytes:
    """A numeric, 1 to 9999: one digit of ten thousand."""
    return struct.pack(">ihhHHh", 10, 1, 0, 0, 0, said)


def days(day: date) -> int:
    """A date."""
    return (day - _DAY_0).days


def line(site: bytes, session: bytes) -> bytes:
    """How each event of a session begins: the count of its columns, site and session."""
    return _LINE.pack(12, 16, site, 16, session, 8)


def moment(ident: int, month: int, at: int) -> bytes:
    """An event's id, its session's month, and twice its time (milliseconds since 1970)."""
    at = at * 1000 - _MICROSECONDS_0
    return _MOMENT.pack(ident, 4, month, 8, at, 8, at)
