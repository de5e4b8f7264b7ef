"""PostgREST: the verified program, and how it is started with `postgrest.conf`."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from pathlib import Path
from urllib.parse import quote

from pyctl import settings
from pyctl.errors import OperatorError

READY_SECONDS = 30.0


def binary(repo: Path, home: Path) -> Path:
    """`home/bin/postgrest`, a copy whose checksum is the one pinned in `postgrest.sha256`.

    A copy, so that `npm` may clear node_modules under a running server.
    """
    pinned, source = (repo / "postgrest.sha256").read_text().split()
    copy = home / "bin" / "postgrest"
    if _checksum(copy) == pinned:
        return copy
    found = _checksum(repo / source)
    if found != pinned:
        what = "is not there" if found is None else f"has checksum {found}, not {pinned}"
        raise OperatorError(
            f"PostgREST {what} ({repo / source}).",
            "Run `make up`, which installs it. A wrong checksum after that means a wrong program:"
            " do not run it.",
        )
    copy.parent.mkdir(parents=True, exist_ok=True)
    draft = copy.with_suffix(".new")
    shutil.copyfile(repo / source, draft)
    draft.chmod(0o755)
    draft.rename(copy)
    return copy


def version(program: Path) -> str | None:
    """'12.0.2', or None when the program does not tell."""
    try:
        answer = subprocess.run(
            [str(program), "--version"], capture_output=True, text=True, timeout=10, check=False
        )
    except OSError:
        return None
    return answer.stdout.split()[1] if len(answer.stdout.split()) > 1 else None


def environment(
    *, pg_port: int, database: str, port: int, admin_port: int, secrets: Path
) -> dict[str, str]:
    """All of PostgREST's environment: addresses and the names of secret files, no secret."""
    passfile = quote(str(secrets / "pgpass"), safe="")
    uri = f"postgresql://authenticator@127.0.0.1:{pg_port}/{quote(database, safe='')}"
    return {
        "PATH": settings.search_path(),
        "LC_ALL": "C.UTF-8",
        "PGRST_DB_URI": f"{uri}?passfile={passfile}&application_name=postgrest",
        "PGRST_JWT_SECRET": f"@{secrets / 'jwt.jwks'}",
        "PGRST_SERVER_PORT": str(port),
        "PGRST_ADMIN_SERVER_PORT": str(admin_port),
    }


def _checksum(path: Path) -> str | None:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        return None
