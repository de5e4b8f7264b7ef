"""Taking personal data and secrets out of whatever leaves this process: reports and log lines."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

HIDDEN = "[hidden]"

_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = (
    # password of a URL; greedy to the last @, as an unescaped password may hold one
    (re.compile(r"(\b[a-z][a-z0-9+.-]*://[^:/@\s]*:)[^\s'\"]+(?=@)", re.I), rf"\1{HIDDEN}"),
    # the key of a Sentry DSN, and other user names that are keys
    (re.compile(r"(\bhttps?://)[^:/@\s]+(?=@)", re.I), rf"\1{HIDDEN}"),
    # password=…, "token": "…", secret: …, PGPASSWORD=…, also quoted values with spaces
    (
        re.compile(
            r"((?:pass(?:word|wd|file)?|pwd|secret|token|api[_-]?key|authorization|cookie)"
            r"[\w-]*[\"']?\s*(?:=|:|\bis\b)\s*)(?:(?:bearer|basic)\s+)?"
            r"(?:\[hidden\]|'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|[^\s,;&)\]}]+)",
            re.I,
        ),
        rf"\1{HIDDEN}",
    ),
    (re.compile(r"\b(bearer|basic)\s+[\w.~+/=-]{8,}", re.I), rf"\1 {HIDDEN}"),
    (re.compile(r"\beyJ[\w-]+\.[\w-]+(?:\.[\w-]*)?"), "[token]"),
    (re.compile(r"\$2[abxy]\$\d\d\$[./A-Za-z0-9]{53}"), "[hash]"),
    (re.compile(r"[\w.!#$%&*+/=?^`{|}~-]+@[\w-]+(?:\.[\w-]+)+"), "[e-mail]"),
    # click ids tie a row to a person
    (re.compile(r"\b(gclid|wbraid|gbraid|msclkid|fbclid|ttclid)=[\w.-]+", re.I), r"\1=[click id]"),
    # long random strings: keys, digests, tokens; dashes excepted, so that uuids can still be read
    (re.compile(r"\b(?=\w*\d)(?=\w*[A-Za-z])\w{32,}\b"), "[token]"),
    # this machine's own address is nobody's
    (re.compile(r"\b(?!127\.0\.0\.1\b)(?:\d{1,3}\.){3}\d{1,3}\b"), "[ip]"),
    (
        # neither a date with a time nor a fraction
        re.compile(
            r"(?<![\w.-])(?!\d{4}-\d\d-\d\d)(?!\d+\.\d{5})"
            r"(?:tel:|wa:)?\+?\(?\d(?:[\s().-]{0,2}\d){8,14}(?![\w-]|\.\d)"
        ),
        "[phone]",
    ),
    # Postgres repeats row values in its details
    (re.compile(r"(Failing row contains \().*(\))", re.S), rf"\1{HIDDEN}\2"),
    (re.compile(r"(Key \([^)]*\)=\().*?(\)(?= |$))", re.S), rf"\1{HIDDEN}\2"),
    (re.compile(r"(with parameters: ).*"), rf"\1{HIDDEN}"),
    (re.compile(r"(invalid (?:input )?\w+ [\w ]*: )\".*?\"", re.S), rf"\1{HIDDEN}"),
)  # fmt: skip
_SECRET_KEY = re.compile(
    r"pass(word|wd)?|pwd|secret|token|api[_-]?key|authorization|cookie|dsn|e-?mail|phone", re.I
)


def text(value: str) -> str:
    """The text without phone numbers, e-mail addresses, click ids, tokens, passwords, IPs."""
    for pattern, replacement in _PATTERNS:
        value = pattern.sub(replacement, value)
    return value


def data(value: Any, *, key: str = "") -> Any:
    """The same for a nested structure; what stands under a telling key goes altogether."""
    if value is None or isinstance(value, bool | int | float):
        return value if not _SECRET_KEY.search(key) or value is None else HIDDEN
    if key and _SECRET_KEY.search(key):
        return HIDDEN
    if isinstance(value, Mapping):
        return {text(str(k)): data(v, key=str(k)) for k, v in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [data(item, key=key) for item in value]
    return text(value if isinstance(value, str) else repr(value))
