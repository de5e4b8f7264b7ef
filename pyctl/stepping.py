"""Running a step of db/migrations, inside the deploy's transaction or before it."""

from __future__ import annotations

from psycopg import sql

from pyctl import db, loader, sqltext
from pyctl.steps import Step, concurrent_index

# A function, table, type or column that the code makes; something that the old code still uses.
NEEDS_CODE = ("42883", "42P01", "42704", "42703", "2BP01", "0A000")
OWNER = "app_owner"
WAIT_SECONDS = 2


def inside(conn: db.Connection, step: Step) -> None:
    """All of it in the caller's transaction, or nothing (then SqlFileError names the line)."""
    with conn.transaction():
        loader.set_role(conn, None if step.superuser else OWNER)
        for statement in step.statements:
            db.run_as_written(conn, step.path, statement)
        loader.set_role(conn, None)


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
        if index is not None and _is_made(conn, *index):
            return
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
