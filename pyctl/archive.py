"""A month of raw rows in files: what ``pyctl partition retire --dump`` leaves behind.

Two gzipped CSV files and a manifest that names their rows, sizes and checksums.
"""

from __future__ import annotations

import contextlib
import datetime
import gzip
import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from psycopg import sql

from pyctl import db
from pyctl.errors import OperatorError

FORMAT = 1
BLOCK = 1 << 20


def files_of(directory: Path, month: datetime.date) -> dict[str, Path]:
    """Where each table of that month goes, and the manifest."""
    names = {
        "app.sessions": f"sessions_{month:%Y-%m}.csv.gz",
        "app.events": f"events_{month:%Y-%m}.csv.gz",
        "manifest": f"manifest_{month:%Y-%m}.json",
    }
    return {table: directory / name for table, name in names.items()}


def refuse_overwriting(directory: Path, month: datetime.date) -> None:
    """A dump is never written over another one (OperatorError)."""
    if not directory.is_dir():
        raise OperatorError(
            f"{directory} is no directory.", f"Make it first: mkdir -p {directory}", exit_code=2
        )
    for path in files_of(directory, month).values():
        if path.exists():
            raise OperatorError(
                f"{path} is there already.",
                "Look whether it is whole (sha256sum, against its manifest), then move it away.",
            )


def write(
    conn: db.Connection, directory: Path, month: datetime.date, tables: dict[str, str]
) -> dict[str, Any]:
    """Writes ``tables`` (parent: child) as they stand in this transaction; gives the manifest.

    Whole or not at all: a file has its name only when it is on the disk and was read back.
    """
    paths = files_of(directory, month)
    manifest: dict[str, Any] = {
        "format": FORMAT,
        "month": f"{month:%Y-%m}",
        "written_at": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "server_version": conn.info.server_version,
        "tables": {},
    }
    conn.execute("set local datestyle = 'ISO'; set local timezone = 'UTC'")
    for parent, child in tables.items():
        manifest["tables"][parent] = _write_table(conn, child, paths[parent])
    with _new_file(paths["manifest"]) as draft:
        draft.write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
    return manifest


def remove(directory: Path, month: datetime.date) -> None:
    """Takes back what ``write`` left: the month was not dropped after all."""
    for path in files_of(directory, month).values():
        path.unlink(missing_ok=True)


def _write_table(conn: db.Connection, child: str, path: Path) -> dict[str, Any]:
    copy = sql.SQL("copy {} to stdout with (format csv, header)").format(
        sql.SQL(db.as_query(child))
    )
    written = hashlib.sha256()
    with _new_file(path) as draft:
        with gzip.GzipFile(draft, "wb", mtime=0) as packed, conn.cursor() as cursor:
            with cursor.copy(copy) as blocks:
                for block in blocks:
                    written.update(block)
                    packed.write(block)
            rows = cursor.rowcount
        digest, content = _read_back(draft)
        if content != written.hexdigest():
            raise OperatorError(
                f"{path} was read back and is not what was written.",
                "Nothing was dropped. Look at the disk before you try again.",
            )
        packed_bytes = draft.stat().st_size
    return {
        "file": path.name,
        "rows": rows,
        "bytes": packed_bytes,
        "sha256": digest,
        "columns": db.rows(conn, "columns", name=child),
    }


def _read_back(path: Path) -> tuple[str, str]:
    """The checksums of the file and of what is packed in it."""
    packed, content = hashlib.sha256(), hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            packed.update(block)
    with gzip.open(path) as file:
        while block := file.read(BLOCK):
            content.update(block)
    return packed.hexdigest(), content.hexdigest()


@contextlib.contextmanager
def _new_file(path: Path) -> Iterator[Path]:
    """A draft beside ``path``, for its owner only; takes the name when all went well."""
    draft = path.with_name(f".{path.name}.draft")
    draft.unlink(missing_ok=True)
    draft.touch(mode=0o600)
    try:
        yield draft
        _sync(draft)
        draft.rename(path)
        _sync(path.parent)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def _sync(path: Path) -> None:
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
