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
    """Transactions a second of one script, prepared, and how many they were."""
    sockets, port, database = dsn_of
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
    command += ["-U", "postgres", "-c", str(connections), "-j1", "-T", f"{max(1, seconds):.0f}"]
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
    rates = [line for line in done.stdout.splitlines() if line.startswith("tps = ")]
    if not rates or "error" in done.stderr.lower():
        raise OperatorError(f"pgbench {script}: {done.stderr.strip()[:500]}")
    count = next(line for line in done.stdout.splitlines() if "actually processed" in line)
    return float(rates[0].split()[2]), int(count.split(":")[1].split("/")[0])
