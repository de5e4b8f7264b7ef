"""Structured log lines: logfmt on stderr, one event a line, personal data taken out.

``time=2026-01-02T03:04:05.678Z level=info command="migrate apply" run=3f message=finished``
"""

from __future__ import annotations

import datetime
import logging
import re
import sys
from typing import Any

from pyctl import scrub
from pyctl.settings import LEVELS

_LOGGER = logging.getLogger("pyctl")


def _field(name: str, value: Any) -> str:
    if isinstance(value, float):
        value = f"{value:.3f}"
    text = scrub.text(str(scrub.data(value, key=name)))
    if re.fullmatch(r"[\w.:/+@-]+", text):
        return f"{name}={text}"
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'{name}="{escaped}"'


class _Logfmt(logging.Formatter):
    def __init__(self, command: str, run: str) -> None:
        super().__init__()
        self._common = {"command": command, "run": run}

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.datetime.fromtimestamp(record.created, datetime.UTC)
        stamp = at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        fields = {**self._common, "message": record.getMessage()}
        fields.update(getattr(record, "fields", {}))
        start = [f"time={stamp}", f"level={record.levelname.lower()}"]
        return " ".join(start + [_field(name, value) for name, value in fields.items()])


class _Stderr(logging.StreamHandler[Any]):
    """Looks stderr up at each line, so that a test's or a caller's redirection counts."""

    def emit(self, record: logging.LogRecord) -> None:
        self.stream = sys.stderr  # not setStream: it would flush the old one, perhaps closed
        super().emit(record)


def start(command: str, run: str, level: str | None = None) -> None:
    """Sets the lines' common fields, and the lowest level that is written.

    Default: info, but at a terminal warning, because there a person reads the command's own words.
    """
    wanted = level or ("warning" if sys.stderr.isatty() else "info")
    handler = _Stderr(sys.stderr)
    handler.setFormatter(_Logfmt(command, run))
    _LOGGER.handlers = [handler]
    _LOGGER.propagate = False
    _LOGGER.setLevel(LEVELS[wanted])


def log(level: str, message: str, **fields: Any) -> None:
    """One line; ``fields`` are scrubbed, and hidden under names such as token or email."""
    _LOGGER.log(LEVELS[level], "%s", message, extra={"fields": fields})
