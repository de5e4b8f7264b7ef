"""Running a step of db/migrations, inside the deploy's transaction or before it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from psycopg import sql

from pyctl import db, loader, sqltext
from pyctl.steps import Step, concurrent_index, concurrent_index_on

# A function, table, type or column that the code makes; something that the old code still uses.
NEEDS_CODE = ("42883", "42P01", "42704", "42703", "2BP01", "0A000")
OWNER = "app_owner"
WAIT_SECONDS = 2
_WRITES = ("insert", "update", "delete", "merge", "with", "select")


def inside(conn: db.Connection, step: Step) -> None:
    """All of it in the caller's transaction, or nothing (then SqlFileError names the line)."""
    with conn.transaction():
        loader.set_role(conn, None if step.superuser else OWNER)
        before = step.statements[0]
        for statement in step.statements:
            if statement.words[0] not in _WRITES:
                _settle(conn, step, before)
            db.run_as_written(conn, step.path, statement)
            before = statement
        _settle(conn, step, before)
        loader.set_role(conn, None)


def _settle(conn: db.Connection, step: Step, after: sqltext.Statement) -> None:
    """Constraints that wait for the end of the transaction: who waits lets no table be altered."""
    for when in ("immediate", "deferred"):
        db.run_statement(conn, step.path, after, f"set constraints all {when}")


def outside(conn: db.Connection, step: Step, statement: sqltext.Statement) -> None:
    """One statement by itself. Whoever was killed in it runs it again from its beginning."""
    index = concurrent_index(statement)
    waits = index is not None or "concurrently" in statement.canonical.lower()
    conn.execute("select set_config('search_path', '', false)")
    # An index made concurrently waits for others' transactions and keeps nobody waiting itself.
    limit = "0" if waits else f"{WAIT_SECONDS}s"
    conn.execute("select set_config('lock_timeout', %s, false)", [limit])
    conn.execute("set statement_timeout = 0")
    if not step.superuser:
        conn.execute(sql.SQL("set role {}").format(sql.Identifier(OWNER)))
    try:
        if index is not None and _is_partitioned(conn, sql.Identifier(*index[:2])):
            _on_each_partition(conn, step, statement, *index)
        elif index is None or not _is_made(conn, *index):
            db.run_as_written(conn, step.path, statement)
    finally:
        if not conn.broken:
            conn.execute("reset role")
            conn.execute("reset lock_timeout")


def _is_made(conn: db.Connection, schema: str, relation: str, index: str) -> bool:
    """Is the index whole? What a killed run has left half made goes."""
    found = db.rows(conn, "index_state", schema=schema, relation=relation, index=index)
    if found and not found[0]["is_valid"]:
        conn.execute(
            sql.SQL("drop index concurrently if exists {}").format(sql.Identifier(schema, index))
        )
        return False
    return bool(found)


def _is_partitioned(conn: db.Connection, whole: sql.Identifier) -> bool:
    query = "select from pg_class where relkind = 'p' and oid = to_regclass(%s)"
    return conn.execute(query, [whole.as_string(conn)]).fetchone() is not None


def _on_each_partition(
    conn: db.Connection,
    step: Step,
    statement: sqltext.Statement,
    schema: str,
    relation: str,
    index: str,
) -> None:
    """What the server can't do: on each partition concurrently, then all of them are one index."""
    whole, part = sql.Identifier(schema, relation), sql.Identifier(schema, index)
    names = {"relation": whole.as_string(conn), "qualified": part.as_string(conn), "index": index}
    if not db.rows(conn, "index_state", schema=schema, relation=relation, index=index):
        text = concurrent_index_on(statement, sql.Identifier(index), whole, only=True)
        _waiting(conn, partial(db.run_statement, conn, step.path, statement, text.as_string(conn)))
    for one in db.rows(conn, "partition_indexes", **names):
        child = sql.Identifier(one["schema"], one["relation"])
        own = sql.Identifier(one["schema"], one["index"])
        if one["is_valid"] is False:
            conn.execute(sql.SQL("drop index concurrently if exists {}").format(own))
        if not one["is_valid"]:
            text = concurrent_index_on(statement, sql.Identifier(one["index"]), child)
            db.run_statement(conn, step.path, statement, text.as_string(conn))
        attach = sql.SQL("alter index {} attach partition {}").format(part, own)
        _waiting(conn, partial(conn.execute, attach))


def _waiting(conn: db.Connection, act: Callable[[], object]) -> None:
    """With a limit: this does keep others waiting."""
    conn.execute("select set_config('lock_timeout', %s, false)", [f"{WAIT_SECONDS}s"])
    act()
    conn.execute("set lock_timeout = 0")
