"""What a draft writes beside migra, by comparing facts that carry their own statements."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

from pyctl import catalogue, db

# pg_identify_object's words where `comment on` has others
_COMMENT_KINDS = {
    "composite type": "type",
    "composite type column": "column",
    "statistics object": "statistics",
    "table column": "column",
    "table constraint": "constraint",
}
_SIMPLE_KINDS = ("index", "schema", "sequence", "table", "trigger", "type")
# Rows, with the table without which there are none.
_ROWS = {
    "draft_jobs": "ops.jobs",
    "draft_months": "partman.part_config",
    "draft_transitions": "app.call_transitions",
}


@dataclass(frozen=True)
class Side:
    """One of the two databases."""

    facts: dict[tuple[str, str], dict[str, Any]]
    names: list[dict[str, Any]]
    composites: dict[str, dict[str, Any]]
    enums: dict[str, list[str]]


def _keyed(rows: list[dict[str, Any]]) -> dict[tuple[str, str], dict[str, Any]]:
    return {(row["kind"], row["name"]): row for row in rows}


def read(conn: db.Connection) -> Side:
    """Names are qualified whatever the connection's search path is."""
    with conn.transaction():
        conn.execute("set local search_path = ''")
        rows = db.rows(conn, "draft_facts")
        for query, table in _ROWS.items():
            if db.is_there(conn, table):
                rows += db.rows(conn, query)
        composites = {row["name"]: row for row in db.rows(conn, "draft_types")}
        enums = {row["name"]: row["labels"] for row in db.rows(conn, "draft_enums")}
        return Side(_keyed(rows), db.rows(conn, "draft_names"), composites, enums)


def superusers(there: db.Connection, wanted: db.Connection) -> tuple[list[str], list[str]]:
    """What only the superuser may make, before the step, and drop, after it."""
    sides = [_keyed(db.rows(conn, "draft_superuser")) for conn in (there, wanted)]
    return (
        [row["made"] for key, row in sides[1].items() if key not in sides[0]],
        [row["undone"] for key, row in sides[0].items() if key not in sides[1]],
    )


def renames(there: Side, wanted: Side) -> list[str]:
    """What is the same in the same place but for its name."""
    texts = []
    names: dict[tuple[str, str], tuple[list[Any], list[Any]]] = defaultdict(lambda: ([], []))
    for number, side in enumerate((there, wanted)):
        for row in side.names:
            names[row["place"], row["body"]][number].append(row)
    for left, right in names.values():
        both = {row["name"] for row in left} & {row["name"] for row in right}
        old = [row for row in left if row["name"] not in both]
        new = [row for row in right if row["name"] not in both]
        if len(old) == len(new) == 1:
            texts.append(_renamed(old[0], new[0]["name"]))
    return texts


def _renamed(old: dict[str, Any], name: str) -> str:
    is_constraint = old["statement"].endswith(" constraint")
    middle = f" {_quoted(old['name'])} to " if is_constraint else " to "
    return f"{old['statement']}{middle}{_quoted(name)}"


def new_values(there: Side, wanted: Side) -> list[str]:
    """Of enums that only grow: the type stays, and no row is touched."""
    texts = []
    for name, labels in wanted.enums.items():
        old = there.enums.get(name, [])
        if not old or [label for label in labels if label in old] != old:
            continue
        for n, label in enumerate(labels):
            if label not in old:
                place = f"after {_literal(labels[n - 1])}" if n else f"before {_literal(old[0])}"
                text = f"alter type {name} add value if not exists {_literal(label)} {place}"
                texts.append(text)
    return texts


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _quoted(name: str) -> str:
    plain = name.replace("_", "a").isalnum() and name.islower() and not name[0].isdigit()
    return name if plain else '"' + name.replace('"', '""') + '"'


def composites(there: Side, wanted: Side) -> tuple[list[str], list[str]]:
    """Statements for composite types, and what of them must be left to a person."""
    texts, marks = [], []
    for name, row in wanted.composites.items():
        new, old = row["attributes"], there.composites.get(name)
        if old is None:
            texts.append(f"create type {name} as ({', '.join(new)})")
            continue
        pairs = zip(old["attributes"], new, strict=False)
        same = len(list(takewhile(lambda pair: pair[0] == pair[1], pairs)))
        changes = [f"drop attribute {one}" for one in old["names"][same:]]
        if changes and old["is_stored"]:
            marks.append(
                f"{name} has values in a table, and what takes an attribute away or moves it takes"
                " its values too. Write it by hand, with what becomes of them."
            )
            continue
        changes += [f"add attribute {one}" for one in new[same:]]
        if changes:
            texts.append(f"alter type {name} {', '.join(changes)}")
    return texts, marks


def between(there: Side, wanted: Side, place: str) -> list[str]:
    """The statements of one place: before migra's part, or after it."""
    texts: list[str | None] = []
    if place == "after":
        texts += [f"drop type {name}" for name in there.composites if name not in wanted.composites]
    for key, row in there.facts.items():
        if key in wanted.facts or row["how"] in ("change", "rebuild"):
            continue
        # objects go when nothing uses them any more
        when = "after" if row["how"] == "whole" else row["place"]
        if when == place and _has_its_type(row, wanted):
            texts.append(row["undone"])
    for key, row in wanted.facts.items():
        if row["place"] == place and _has_its_type(row, there):
            texts += _made(there.facts.get(key), row)
    return [text for text in texts if text]


def _has_its_type(row: dict[str, Any], side: Side) -> bool:
    return row["of_what"] is None or ("type", row["of_what"]) in side.facts


def _made(old: dict[str, Any] | None, row: dict[str, Any]) -> list[str | None]:
    how = row["how"]
    if old is None:
        return [] if how in ("change", "rebuild") else [row["made"]]
    if how == "whole" or old["body"] == row["body"]:
        return []
    undone = old["undone"] if how in ("again", "rebuild") else None
    return [undone, row["made"] if how != "rebuild" else None]


def comments(found: list[catalogue.Difference]) -> list[str]:
    """Statements for comments on what has a simple name."""
    texts = []
    for one in found:
        what = _commented(one.name)
        if one.kind == "comment" and what is not None:
            text = "null" if one.right is None else _literal(one.right)
            texts.append(f"comment on {what} is {text}")
    return texts


def _commented(identity: str) -> str | None:
    if identity.startswith("domain constraint "):
        return "constraint " + identity.removeprefix("domain constraint ").replace(
            " on ", " on domain "
        )
    for kind, word in _COMMENT_KINDS.items():
        if identity.startswith(f"{kind} ") and not identity.startswith(f"{kind} column "):
            return f"{word} {identity.removeprefix(f'{kind} ')}"
    return identity if identity.startswith(tuple(f"{one} " for one in _SIMPLE_KINDS)) else None
