"""The load generators: wrk for HTTP, pgbench for SQL."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from pyctl import pgbin
from pyctl.errors import OperatorError

HERE = Path(__file__).parent
CONNECTIONS = 16
WARM_UP = 3  # seconds


def text(file: str) -> str:
    """A file beside this one."""
    return (HERE / file).read_text(encoding="utf-8")


@dataclass(frozen=True)
class Run:
    """What one run of wrk saw."""

    requests: int
    seconds: float
    median_ms: float
    errors: int
    acknowledged: int

    @property
    def rate(self) -> float:
        """Requests a second."""
        return self.requests / self.seconds


def wrk(url: str, script: str, seconds: float, connections: int, *arguments: str) -> Run:
    """One run of wrk; an answer other than 200 raises.

    Raises:
        OperatorError: wrk is not there, or some answers were refusals.
    """
    program = shutil.which("wrk")
    if program is None:
        raise OperatorError("wrk is not installed.", "apt-get install wrk, or make bench.")
    command = [program, "-t1", f"-c{connections}", f"-d{seconds:g}s", "--timeout", "10s"]
    command += ["-s", str(HERE / script), url, "--", *arguments]
    env = {**os.environ, "LUA_PATH": f"{HERE}/?.lua;;"}  # where they find what they share
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=True)
    run = Run(**json.loads(done.stdout.strip().splitlines()[-1]))
    if run.errors:
        raise OperatorError(
            f"{run.errors} of {run.requests} requests to {arguments[0]} failed: "
            f"{done.stderr.strip()[:500]}"
        )
    return run


def pgbench(
    dsn_of: tuple[str, int, str],
    script: str,
    seconds: float,
    variables: dict[str, str],
    options: str = "",
    connections: int = CONNECTIONS,
) -> tuple[float, int]:
    """Transactions a second of one script on warm connections, and how many there were in all.

    Each run connects anew, and what a connection does first (reading the catalogue, compiling
    functions) a pool does once in its life: the first seconds do not count.
    """
    sockets, port, database = dsn_of
    warm_up = max(1, min(WARM_UP, round(seconds)))
    command = [
        str(pgbin.find() / "pgbench"),
        "-n",
        "-M",
        "prepared",
        "-h",
        sockets,
        "-p",
        str(port),
    ]
    command += ["-U", "postgres", "-c", str(connections), "-j1", "-P1"]
    command += ["-T", f"{seconds + warm_up:.0f}"]
    for name, value in variables.items():
        command += ["-D", f"{name}={value}"]
    command += ["-f", str(HERE / script), database]
    done = subprocess.run(
        command,
        env={**os.environ, "PGOPTIONS": options},
        capture_output=True,
        text=True,
        check=False,
    )
    counts = [line for line in done.stdout.splitlines() if "actually processed" in line]
    whole = [line.split()[2] for line in done.stdout.splitlines() if line.startswith("tps = ")]
    each_second = [line for line in done.stderr.splitlines() if line.startswith("progress: ")]
    if not counts or not whole or "error" in done.stderr.lower():
        raise OperatorError(f"pgbench {script}: {done.stderr.strip()[:500]}")
    # a machine that is very busy leaves seconds out
    warm = [float(line.split()[3]) for line in each_second[warm_up:]] or [float(whole[0])]
    return sum(warm) / len(warm), int(counts[0].split(":")[1].split("/")[0])
