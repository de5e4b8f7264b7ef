"""Looking at processes and ports through /proc: who is it, and is it still the same one."""

from __future__ import annotations

import contextlib
import errno
import signal
import socket
from collections.abc import Iterator
from pathlib import Path


def start_ticks(pid: int) -> int | None:
    """When the process started (clock ticks since boot), or None when there is no such process.

    A pid alone may be reused; pid and start time together are one process.
    """
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    # the name in parentheses may hold spaces and parentheses itself
    fields = stat.rpartition(")")[2].split()
    return None if fields[0] in "ZX" else int(fields[19])


def exists(pid: int) -> bool:
    """Is there any process of this number, dead ones that nobody collected included?"""
    return Path(f"/proc/{pid}").exists()


def is_zombie(pid: int) -> bool:
    """Dead, but not yet collected by its parent."""
    return exists(pid) and start_ticks(pid) is None


def working_directory(pid: int) -> Path | None:
    """The directory the process runs in; None when it is gone or not ours to look at."""
    try:
        return Path(f"/proc/{pid}/cwd").readlink()
    except OSError:
        return None


def working_in(directory: Path) -> list[int]:
    """Every process whose working directory this is."""
    there = directory.resolve()
    pids = (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit())
    return sorted(pid for pid in pids if working_directory(pid) == there)


def program(pid: int) -> str:
    """The program file of a process as /proc shows it; ends in ' (deleted)' after an upgrade."""
    try:
        return str(Path(f"/proc/{pid}/exe").readlink())
    except OSError:
        return ""


def port_is_free(port: int) -> bool:
    """True when a server could listen on this loopback port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
            probe.listen(1)
        except OSError as problem:
            if problem.errno in (errno.EADDRINUSE, errno.EACCES):
                return False
            raise
    return True


def port_holder(port: int) -> str:
    """'postgres (pid 12)' for whoever listens on this port, '' when that cannot be seen."""
    inodes = _listening_inodes(port)
    for process in Path("/proc").iterdir():
        if not process.name.isdigit():
            continue
        if not inodes.isdisjoint(_socket_inodes(process)):
            return f"{(process / 'comm').read_text().strip()} (pid {process.name})"
    return ""


def listens(pid: int, port: int) -> bool:
    """Is it this very process who listens on this port?"""
    return not _listening_inodes(port).isdisjoint(_socket_inodes(Path(f"/proc/{pid}")))


def _socket_inodes(process: Path) -> Iterator[str]:
    """The sockets that a process holds; none when it is gone or not ours to look at."""
    with contextlib.suppress(OSError):
        for handle in (process / "fd").iterdir():
            with contextlib.suppress(OSError):  # this listing's own handle is closed by now
                yield str(handle.readlink()).removeprefix("socket:[").removesuffix("]")


def _listening_inodes(port: int) -> set[str]:
    inodes = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            lines = Path(table).read_text().splitlines()[1:]
        except OSError:
            continue
        for fields in map(str.split, lines):
            if fields[3] == "0A" and int(fields[1].rpartition(":")[2], 16) == port:
                inodes.add(fields[9])
    return inodes


@contextlib.contextmanager
def as_ctrl_c(*signals: signal.Signals) -> Iterator[None]:
    """What a pipeline's time limit, or a terminal that goes away, sends."""

    def stop(number: int, _: object) -> None:
        raise KeyboardInterrupt(signal.Signals(number).name)

    before = {one: signal.signal(one, stop) for one in signals}
    try:
        yield
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)
