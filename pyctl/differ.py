"""migra's draft of the way from one database to another, cut down to what it does well.

Run as ``python -m pyctl.differ FROM TO`` (its libraries warn while they are loaded): tables,
columns, constraints, indexes, types, sequences and triggers of our schemas, without partitions.
"""

from __future__ import annotations

import functools
import re
import sys
from collections.abc import Iterator
from typing import Any

import psycopg

SCHEMAS = ("app", "access", "ops")
LEFT_OUT = ("functions", "views", "materialized_views", "rlspolicies", "privileges", "extensions")
LEFT_OUT_TOO = ("collations", "schemas", "composite_types", "domains")
KEPT = ("relations", "selectables", "tables", "indexes", "constraints", "triggers")
KEPT_TOO = ("sequences", "enums")
# Row security is code: the files in db/rls bring it.
_CODE = re.compile(r"(enable|disable|force|no force) row level security", re.IGNORECASE)

_CONSTRAINT = re.compile(
    r'alter table "\w+"\."(?P<table>\w+)" (add|validate) constraint "(?P<name>\w+)"'
    r"( (?P<key>(PRIMARY KEY|UNIQUE) using index))?"
)
_INDEX = re.compile(r"CREATE UNIQUE INDEX (?P<name>\w+) ON ")


def _is_ours(one: Any, children: set[str]) -> bool:
    table = getattr(one, "table_name", None) or one.name
    return one.schema in SCHEMAS and f"{one.schema}.{table}" not in children


def prune(inspector: Any) -> None:
    """Leaves in what migra's eyes are good for."""
    children = {
        f"{table.schema}.{table.name}"
        for table in inspector.tables.values()
        if table.parent_table is not None
    }
    for name in (*LEFT_OUT, *LEFT_OUT_TOO):
        if isinstance(getattr(inspector, name, None), dict):
            getattr(inspector, name).clear()
    for name in (*KEPT, *KEPT_TOO):
        objects = getattr(inspector, name, None)
        if not isinstance(objects, dict):
            continue
        for key, one in list(objects.items()):
            kind = getattr(one, "relationtype", "r")
            if not _is_ours(one, children) or kind not in ("r", "p"):
                del objects[key]


def draft(left: str, right: str) -> list[str]:
    """Statements, without a promise that they suffice."""
    import sqlalchemy
    from migra import Migration
    from schemainspect import get_inspector

    inspectors = []
    for dsn in (left, right):
        engine = sqlalchemy.create_engine(
            "postgresql+psycopg://", creator=functools.partial(psycopg.connect, dsn)
        )
        with engine.connect() as connection:
            inspector = get_inspector(connection)
        engine.dispose()
        prune(inspector)
        inspectors.append(inspector)
    migration = Migration(*inspectors)
    migration.set_safety(False)
    migration.add_all_changes()
    texts = [str(one).strip().rstrip(";") for one in migration.statements]
    return list(_mended(texts, inspectors[1]))


def _mended(texts: list[str], wanted: Any) -> Iterator[str]:
    """Without code, and without what migra gets wrong."""
    constraints = {(one.table_name, one.name): one for one in wanted.constraints.values()}
    partitioned = {t.name for t in wanted.tables.values() if t.partition_def is not None}
    found = ((text, _CONSTRAINT.match(text)) for text in texts)
    keys = {m["name"] for _, m in found if m and m["key"] and m["table"] in partitioned}
    for text in texts:
        match, index = _CONSTRAINT.match(text), _INDEX.match(text)
        one = constraints.get((match["table"], match["name"])) if match else None
        if _CODE.search(text) or text.startswith("select 1; --"):
            continue
        if index and index["name"] in keys:
            continue
        if match and one and match["table"] in partitioned and match["key"]:
            # a partitioned table takes no index that is there for its key
            yield text[: match.start("key")] + one.definition
        elif match and one and match["table"] in partitioned and "FOREIGN KEY" in one.definition:
            # which takes none that is not valid
            if "validate constraint" not in text:
                yield text.removesuffix(" not valid")
        elif one and one.definition.endswith(" NOT VALID"):
            # migra adds the words again, and then validates it
            if "validate constraint" not in text:
                yield text.removesuffix(" not valid")
        else:
            # migra writes `on only`, which leaves the index of a partitioned table invalid for ever
            yield re.sub(r"\bON ONLY\b", "ON", text)


if __name__ == "__main__":
    for statement in draft(*sys.argv[1:3]):
        print(f"{statement};\n")
