"""The source tree under ``db/``: which files, in which order, and their checksums."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from pyctl import db, sqltext
from pyctl.errors import OperatorError


@dataclass(frozen=True)
class Phase:
    """Files that are run one after the other as one role (None: the connecting superuser)."""

    name: str
    folder: str
    role: str | None
    pattern: str = "*.sql"
    code: bool = True  # replayed on a live database; otherwise state
    makes_schema: bool = False  # its files make a schema of their own

    def files(self, root: Path) -> list[Path]:
        """In byte order of their names, so ``_schema.sql`` comes before lower-case names."""
        return sorted((root / self.folder).glob(self.pattern), key=lambda p: p.name.encode())


PHASES = (
    Phase("foundation", "schema", None, "0*.sql", code=False),
    Phase("functions", "functions/app", "app_owner"),
    Phase("functions", "functions/access", "app_owner"),
    Phase("tables", "schema", "app_owner", "[1-9]*.sql", code=False),
    Phase("partitions", "partitions", "app_owner", code=False),
    Phase("functions", "functions/ops", "app_owner"),
    Phase("policies", "rls", "app_owner"),
    Phase("api", "rpc", "app_owner", makes_schema=True),
    Phase("reporting", "reporting", "app_owner", makes_schema=True),
)


def checksum(root: Path, *, code: bool) -> str:
    """sha256 over the statements of the state (or code) files; comments and layout don't count."""
    digest = hashlib.sha256()
    for phase in PHASES:
        if phase.code is not code:
            continue
        for path in phase.files(root):
            digest.update(f"-- {path.relative_to(root)}\n".encode())
            for statement in sqltext.statements(path.read_text(encoding="utf-8")):
                digest.update(f"{statement.canonical};\n".encode())
    return digest.hexdigest()


def routine_name(statement: sqltext.Statement) -> tuple[str, str] | None:
    """(schema, name) when the statement creates a function or procedure with a qualified name."""
    words = statement.words
    if words[:1] != ("create",) or words[1:2] not in (("function",), ("procedure",)):
        return None
    if words[3:4] != (".",):
        return None
    return words[2].strip('"'), words[4].strip('"')


def plain_domain(statement: sqltext.Statement) -> str | None:
    """``name type`` when the statement makes a domain of schema api that only renames a type."""
    words = statement.words
    if words[:4] != ("create", "domain", "api", ".") or words[5:6] != ("as",):
        return None
    return f"{words[4].strip(chr(34))} {words[6]}" if len(statement.tokens) == 7 else None


def plain_domains(root: Path) -> list[str]:
    """All of these in the source, which a replay keeps."""
    paths = [path for phase in PHASES if phase.folder == "rpc" for path in phase.files(root)]
    found = (plain_domain(one) for path in paths for one in db.read_statements(path))
    return [domain for domain in found if domain]


def check(root: Path) -> None:
    """Refuses a tree that can't be deployed before anything is touched (OperatorError)."""
    if not PHASES[0].files(root):
        raise OperatorError(f"{root} has no schema/0*.sql: is it the db folder?", exit_code=2)
    for phase in PHASES:
        for path in phase.files(root):
            db.read_statements(path)


def state_routines(root: Path) -> set[tuple[str, str]]:
    """Routines that state files create: a replay of the code must leave them alone."""
    names = (
        routine_name(statement)
        for phase in PHASES
        if not phase.code
        for path in phase.files(root)
        for statement in db.read_statements(path)
    )
    return {name for name in names if name}
