"""Everything that is held of one site, as files: JSON lines, and a manifest with checksums."""

from __future__ import annotations

import hashlib
import json
import shutil
import tarfile
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pyctl import db, output
from pyctl.errors import OperatorError, unwritable

FORMAT = 1
# COPY's CSV quotes with a sign that JSON text never holds, so each line is the JSON itself
_COPY = "copy ({}) to stdout with (format csv, quote e'\\x01', delimiter e'\\x02')"


def write(conn: db.Connection, site: dict[str, Any], place: Path) -> int:
    """Writes the site's rows as of one moment to a new directory, or to a .tar.gz; gives how many.

    Raises:
        OperatorError: the place is taken, or can't be written.
    """
    if place.exists():
        raise OperatorError(f"{place} is there already.", "Name a new place.", exit_code=2)
    try:
        # beside it, so that it appears whole or not at all; mode 700
        draft = Path(tempfile.mkdtemp(prefix=f".{place.name}.", dir=place.absolute().parent))
    except OSError as error:
        raise unwritable(place, error) from error
    try:
        rows = _fill(conn, site, draft)
        if place.name.endswith((".tar.gz", ".tgz")):
            packed = draft / "packed"
            packed.touch(mode=0o600)
            with tarfile.open(packed, "w:gz") as tar:
                for path in sorted(draft.glob("*.json*")):
                    tar.add(path, f"{site['domain']}/{path.name}")
            packed.rename(place)
        else:
            draft.rename(place)
    except OSError as error:
        raise unwritable(place, error) from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return rows


def _fill(conn: db.Connection, site: dict[str, Any], directory: Path) -> int:
    conn.execute("set transaction isolation level repeatable read, read only")
    queries = db.rows(conn, "takeout", site=site["id"])
    files = []
    with output.progress("tables", len(queries)) as bar:
        for one in queries:
            files.append(_table(conn, one["name"], one["query"], directory))
            bar(1)
    conn.rollback()
    manifest = {
        "format": FORMAT,
        "site": {name: site[name] for name in ("id", "name", "domain")},
        "taken_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "files": files,
    }
    text = json.dumps(manifest, indent=1, ensure_ascii=False) + "\n"
    (directory / "manifest.json").write_text(text, encoding="utf-8")
    return sum(int(file["rows"]) for file in files)


def _table(conn: db.Connection, name: str, query: str, directory: Path) -> dict[str, Any]:
    path, digest, rows = directory / f"{name}.jsonl", hashlib.sha256(), 0
    path.touch(mode=0o600)  # people's data, wherever the directory is moved to
    with (
        path.open("wb") as file,
        conn.cursor() as cursor,
        cursor.copy(db.as_query(_COPY.format(query))) as lines,
    ):
        for data in lines:
            block = bytes(data)
            file.write(block)
            digest.update(block)
            rows += block.count(b"\n")
    return {"name": path.name, "rows": rows, "sha256": digest.hexdigest()}
