"""Where an installation keeps its data when nobody says where."""

from __future__ import annotations

import hashlib
import os
import pwd
from pathlib import Path

from pyctl import pgbin
from pyctl.errors import OperatorError


def default_home(repo: Path) -> Path:
    """`.opsmantik` in the repository, unless PostgreSQL's user cannot get there.

    That happens to root, whose PostgreSQL runs as another user: /root is closed to it.
    """
    here = repo / ".opsmantik"
    if os.geteuid() != 0:
        return here
    try:
        user = pgbin.server_user()
    except OperatorError:  # no server on this machine; `up` says so when it is to start one
        return here
    if _open_to(user, repo):
        return here
    digest = hashlib.sha256(str(repo).encode()).hexdigest()[:10]
    return Path("/var/lib/opsmantik") / digest


def _open_to(user: str, directory: Path) -> bool:
    """May this user pass through the directory and all above it?"""
    entry = pwd.getpwnam(user)
    for path in (directory, *directory.parents):
        found = path.stat()
        in_group = found.st_gid == entry.pw_gid
        bit = 0o100 if found.st_uid == entry.pw_uid else 0o010 if in_group else 0o001
        if not found.st_mode & bit:
            return False
    return True
