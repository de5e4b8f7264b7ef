"""Reading SQL text: where statements begin and end, and what they open with.

Literals, quoted names, dollar quotes, comments and ``begin atomic … end`` bodies are understood;
nothing else of the grammar is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

_TOKEN = re.compile(
    r"""
      (?P<space>\s+)
    | (?P<line>--[^\n]*)
    | (?P<open>/\*)
    | (?P<dollar>\$(?P<tag>(?:[A-Za-z_\u0080-\uffff][\w]*)?)\$)
    | (?P<estring>[eE]'(?:[^'\\]|\\.|'')*')
    | (?P<string>'(?:[^']|'')*')
    | (?P<quoted>"(?:[^"]|"")*")
    | (?P<word>[A-Za-z_\u0080-\uffff][\w$]*)
    | (?P<other>[^\s])
    """,
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True)
class Token:
    """One piece of code; ``start`` and ``end`` are offsets into the file."""

    kind: str
    text: str
    start: int
    end: int


@dataclass(frozen=True)
class Statement:
    """One statement without its semicolon; ``line`` is 1-based, of its first piece of code."""

    text: str
    start: int
    line: int
    tokens: tuple[Token, ...]

    @cached_property
    def words(self) -> tuple[str, ...]:
        """The first eight tokens, lower case unless quoted."""
        return tuple(t.text if t.kind == "quoted" else t.text.lower() for t in self.tokens[:8])

    @property
    def canonical(self) -> str:
        """The statement without comments and layout: two that differ only in these are equal."""
        return " ".join(t.text for t in self.tokens)

    def line_at(self, position: int | None) -> int:
        """The file's line of a server-reported position (1-based, in this statement)."""
        return self.line + (self.text.count("\n", 0, position - 1) if position else 0)


def _comment_end(text: str, start: int) -> int:
    """Block comments nest in Postgres."""
    depth = 0
    for mark in re.finditer(r"/\*|\*/", text[start:]):
        depth += 1 if mark[0] == "/*" else -1
        if depth == 0:
            return start + mark.end()
    return len(text)


def tokens(text: str) -> list[Token]:
    """All pieces of code; comments and white space are left out."""
    found: list[Token] = []
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:  # cannot be: the last alternative takes any character
            raise ValueError(f"unreadable at offset {at}")
        kind, end = match.lastgroup or "other", match.end()
        if match["dollar"] is not None:
            kind = "string"
            close = text.find(match["dollar"], end)
            end = len(text) if close < 0 else close + len(match["dollar"])
        elif kind == "open":
            end = _comment_end(text, at)
        if kind not in ("space", "line", "open"):
            found.append(Token(kind, text[at:end], at, end))
        at = end
    return found


def statements(text: str) -> list[Statement]:
    """The file's statements, in order."""
    found: list[Statement] = []
    current: list[Token] = []
    depth = 0  # inside begin atomic, where semicolons and end belong to the body

    def finish() -> None:
        if current:
            start = current[0].start
            line = text.count("\n", 0, start) + 1
            found.append(Statement(text[start : current[-1].end], start, line, tuple(current)))
            current.clear()

    for token in tokens(text):
        word = token.text.lower() if token.kind == "word" else token.text
        if depth == 0 and token.kind == "other" and word == ";":
            finish()
            continue
        before = current[-1].text.lower() if current else ""
        if (word == "atomic" and before == "begin") or (depth and word == "case"):
            depth += 1
        elif depth and word == "end":
            depth -= 1
        current.append(token)
    finish()
    return found


_TRANSACTION = {"commit", "rollback", "begin", "start", "end", "abort"}


def transaction_statement(statement: Statement) -> bool:
    """Would it end or begin a transaction? (``rollback to savepoint`` does neither.)"""
    words = statement.words
    if words[0] == "rollback":
        return "to" not in words[1:3]
    return words[0] in _TRANSACTION or words[:2] == ("prepare", "transaction")
