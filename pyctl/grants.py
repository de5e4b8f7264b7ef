"""Who may do what with which object, as the source's ``grant`` statements say."""

from __future__ import annotations

import functools
import re
from pathlib import Path

from pyctl import db, source

# partman and extensions grant to owners alone; the house's own schemas are what matters
SCHEMAS = ("app", "access", "ops", "api", "reporting")
_GRANT = re.compile(r"grant (.+?) on (?:(schema|function) )?(.+) to ([^()]+)", re.IGNORECASE)
_PRIVILEGE = re.compile(r"(\w+)(?: ?\(([^)]*)\))?")


@functools.cache
def wanted(root: Path) -> list[dict[str, str | None]]:
    """Kind and name of the object, perhaps a column, privilege, grantee: each of them."""
    return [
        one
        for phase in source.PHASES
        for path in phase.files(root)
        for statement in db.read_statements(path)
        if statement.words[:1] == ("grant",)
        for one in read(statement.text)
    ]


def read(text: str) -> list[dict[str, str | None]]:
    """What one statement grants on objects of ours."""
    found = _GRANT.fullmatch(" ".join(text.split()))
    if found is None:  # membership in a role
        return []
    privileges, kind, named, roles = found.groups()
    return [
        {
            "kind": kind or "relation",
            "object": name.strip(),
            "column": column.strip() or None,
            "privilege": privilege.lower(),
            "grantee": role.strip().strip('"'),
        }
        # one function a statement: the commas of its name part its arguments
        for name in ([named] if kind == "function" else named.split(","))
        if name.strip().partition(".")[0] in SCHEMAS
        for privilege, columns in _PRIVILEGE.findall(privileges)
        for column in columns.split(",")
        for role in roles.split(",")
    ]
