"""The SQL part of `make lint`: width of lines, and plpgsql_check on every function.

The functions are checked in a throw-away cluster that the deploy itself loads.
"""

from __future__ import annotations

import shutil
import socket
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pyctl import config, db, deploy
from pyctl.cluster import Cluster
from pyctl.errors import OperatorError

WIDTH = 120
# prose is not broken for its length
PROSE = ("--", "comment on ")


def wide_lines(root: Path) -> list[str]:
    """Each line of code in `root`'s SQL that is wider than WIDTH, as 'path:line: …'.

    Not in tests: their tables of cases are read across. Nor in migrations, which are half drafted.
    """
    return [
        f"{path}:{number}: {len(line)} columns, {WIDTH} are the most"
        for path in sorted(root.rglob("*.sql"))
        if path.relative_to(root).parts[0] not in ("tests", "migrations")
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if len(line) > WIDTH and not line.lstrip().startswith(PROSE)
    ]


def plpgsql_findings(dsn: str, root: Path) -> list[str]:
    """Each finding of plpgsql_check as 'path (routine, line N of its body): …'."""
    with db.connect(dsn) as connection:
        connection.execute("create extension if not exists plpgsql_check schema extensions")
        connection.execute("create extension if not exists pg_cron")
        found = db.rows(connection, "plpgsql_findings")
        connection.rollback()
    texts = []
    for row in found:
        folder = root / ("rpc" if row["schema"] == "api" else f"functions/{row['schema']}")
        where = f"{folder / row['name']}.sql ({row['routine']}, line {row['line']} of its body"
        where += f", on {row['on_table']})" if row["on_table"] else ")"
        extra = "".join(f"\n    {row[key]}" for key in ("detail", "hint") if row[key])
        texts.append(f"{where}: {row['level']}: {row['message']}{extra}")
    return texts


@contextmanager
def scratch_database(root: Path) -> Iterator[str]:
    """The connection string of a database made of `root`, gone afterwards."""
    # not under /tmp, which may be small, nor in a directory closed to the server's user
    home = Path(tempfile.mkdtemp(prefix="opsm-lint-", dir="/var/tmp"))
    home.chmod(0o755)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    # with pg_cron: there are functions that speak of its tables
    cluster = Cluster(home, port, cron_database=config.DATABASE)
    dsn = cluster.dsn(config.DATABASE)
    try:
        cluster.create()
        cluster.start()
        deploy.deploy(dsn, root)
        yield dsn
    finally:
        cluster.remove()
        shutil.rmtree(home, ignore_errors=True)


def main() -> int:
    """0: nothing found. 1: something; each on a line of its own."""
    root = config.REPO / "db"
    found = wide_lines(root)
    try:
        with scratch_database(root) as dsn:
            found += plpgsql_findings(dsn, root)
    except OperatorError as error:
        found.append(f"{error.sentence}\n{error.way_out}")
    for text in found:
        print(text.replace(f"{config.REPO}/", ""))
    print(f"sql: {len(found)} findings" if found else "sql: nothing found")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
