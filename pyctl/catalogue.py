"""A database's whole catalogue as text, and how two of them differ: the judge of migrations."""

from __future__ import annotations

import difflib
import hashlib
from dataclasses import dataclass

from psycopg import sql

from pyctl import db

Catalogue = dict[tuple[str, str], str]

# What a deploy replaces by itself: the rest is state, which only a migration changes.
CODE = frozenset(
    (
        "policy",
        "privileges of column",
        "privileges of relation",
        "privileges of routine",
        "routine",
        "rule",
        "view",
    )
)
# Rows that the source brings: the query, and the table without which there are none.
ROWS = {
    "catalogue_jobs": "ops.jobs",
    "catalogue_transitions": "app.call_transitions",
    "catalogue_months": "partman.part_config",
}
# In the database of an installation but not of the source: the operator's own business.
_OPERATORS = ("extension", "setting of the database")
# Set by the source at first, then by the operator.
_OPERATORS_SAY = "months ahead"


@dataclass(frozen=True)
class Difference:
    """One object that is not the same on both sides; None: it is not there."""

    kind: str
    name: str
    left: str | None
    right: str | None

    def text(self, left: str, right: str) -> str:
        """For a person: what, and the lines that differ."""
        title = f"{self.kind} {self.name}"
        if self.left is None or self.right is None:
            return f"{title}: only in {left if self.right is None else right}"
        if "\n" not in self.left + self.right:
            return f"{title}\n    {left}: {self.left}\n    {right}: {self.right}"
        lines = difflib.unified_diff(
            self.left.splitlines(), self.right.splitlines(), left, right, lineterm="", n=1
        )
        return "\n    ".join((title, *lines))


def read(conn: db.Connection) -> Catalogue:
    """Every object of ours with its definition (about a quarter of a second)."""
    with conn.transaction():
        conn.execute("set local search_path = ''")
        found = db.rows(conn, "catalogue")
        for query, table in ROWS.items():
            if db.is_there(conn, table):
                found += db.rows(conn, query)
    return {(row["kind"], row["name"]): row["definition"] for row in found}


def of(dsn: str) -> Catalogue:
    """The same of a database by its connection string."""
    with db.connect(dsn, autocommit=True, name="pyctl (catalogue)") as conn:
        return read(conn)


def of_shadow(dsn: str) -> Catalogue:
    """The same, and every row: where nobody has worked yet, all are the source's."""
    with db.connect(dsn, autocommit=True, name="pyctl (catalogue)") as conn:
        return read_shadow(conn)


def read_shadow(conn: db.Connection) -> Catalogue:
    """See :func:`of_shadow`."""
    found = read(conn)
    query = sql.SQL("select (to_jsonb(own) - {}::text[])::text from {} as own")
    with conn.transaction():
        conn.execute("set local search_path = ''")
        for table in db.rows(conn, "seeded_tables"):
            name = sql.SQL(db.as_query(table["name"]))
            for (row,) in conn.execute(query.format(sql.Literal(table["left_out"]), name)):
                found["row", f"of {table['name']} {row}"] = ""
    return found


def fingerprint(catalogue: Catalogue) -> str:
    """sha256 of all of it."""
    digest = hashlib.sha256()
    for key in sorted(catalogue):
        digest.update("\0".join((*key, catalogue[key], "")).encode())
    return digest.hexdigest()


def differences(left: Catalogue, right: Catalogue) -> list[Difference]:
    """What is not the same, in order of kind and name."""
    return [
        Difference(*key, left.get(key), right.get(key))
        for key in sorted(left.keys() | right.keys())
        if left.get(key) != right.get(key)
    ]


def drift(live: Catalogue, source: Catalogue) -> list[Difference]:
    """What of a live database is not the source's; what an operator may add is left out."""
    found = differences(live, source)
    return [
        one
        for one in found
        if one.kind != _OPERATORS_SAY and (one.right is not None or one.kind not in _OPERATORS)
    ]


def of_state(found: list[Difference], source: Catalogue) -> list[Difference]:
    """Those that a replay of the code does not mend."""
    views = {name for kind, name in source if kind == "view"}
    return [one for one in found if one.kind not in CODE and not _of_code(one, views)]


def _of_code(one: Difference, views: set[str]) -> bool:
    """Comments on routines and views, and all of schemas api and reporting, come with the code."""
    if one.kind == "comment":
        what, _, name = one.name.partition(" ")
        if what in ("function", "procedure", "view", "policy") or name.split("(")[0] in views:
            return True
    schema = one.name.split(" ")[-1].split(".")[0]
    return schema in ("api", "reporting")
