"""What can stand in the way of a cluster's start, said before PostgreSQL says it worse."""

from __future__ import annotations

import os
import pwd
import shutil
import stat
import time
from pathlib import Path

from pyctl import pgbin, processes
from pyctl.errors import OperatorError

LEAVE_SECONDS = 10.0


def give_to_server(path: Path) -> None:
    """Hand a file or directory made by root to the user who runs PostgreSQL."""
    if os.geteuid() == 0:
        server = pwd.getpwnam(pgbin.server_user())
        shutil.chown(path, server.pw_uid, server.pw_gid)


def reachable(home: Path) -> None:
    """The server's user must be able to pass through every parent of `home`."""
    if pgbin.run(["test", "-x", home]).returncode != 0:
        raise OperatorError(
            f"The user {pgbin.server_user()}, who runs PostgreSQL, cannot get to {home}.",
            "Let others pass through its parent directories (chmod o+x), or choose another "
            "place: OPSMANTIK_HOME=/var/lib/opsmantik make up",
        )


def port_free(port: int, wanted_for: str, variable: str) -> None:
    """Nobody else may listen there; `variable` is the setting that chooses another port."""
    if processes.port_is_free(port):
        return
    holder = processes.port_holder(port)
    raise OperatorError(
        f"Port {port}, wanted for {wanted_for}, is taken{' by ' + holder if holder else ''}.",
        f"Stop that program, or choose another port: {variable}={_next_free(port)} make up",
    )


def socket_directory(path: Path) -> None:
    """Make it, closed to others; /tmp is everybody's, so an existing one must be ours."""
    try:
        path.mkdir(mode=0o700)
        give_to_server(path)
    except FileExistsError:
        found = path.lstat()
        owner = pwd.getpwnam(pgbin.server_user()).pw_uid
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != owner or found.st_mode & 0o022:
            raise OperatorError(
                f"{path} should be PostgreSQL's own socket directory, but is somebody else's.",
                "Look who made it and why, then remove it.",
            ) from None


def lock_file(data: Path) -> None:
    """Remove a postmaster.pid whose number now belongs to a stranger.

    PostgreSQL sees to every other stale one itself, and better: it also looks for backends that
    outlived their server. So the file only goes when nobody at all works in the data directory.
    """
    path = data / "postmaster.pid"
    try:
        pid = int(path.read_text().split("\n", 1)[0])
    except (OSError, ValueError):
        return
    deadline = time.monotonic() + LEAVE_SECONDS
    # a server that was just killed takes a moment to be gone, and its backends another
    while (left := processes.working_in(data)) or processes.is_zombie(pid):
        if time.monotonic() > deadline:
            break
        time.sleep(0.1)
    if left:
        raise OperatorError(
            f"The server of {data} is gone, but its processes {left} still work in it.",
            "They end by themselves when their work is done; try again then.",
        )
    if processes.exists(pid):
        path.unlink()


def _next_free(port: int) -> int:
    # by tens: the ports right beside are likely to be the next part's
    while not processes.port_is_free(port) and port < 65000:
        port += 10
    return port
