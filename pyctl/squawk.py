"""squawk's judgement of steps: what is dangerous on a live database needs a written reason."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from pyctl.errors import OperatorError
from pyctl.steps import Step

OLDEST_SERVER = "15"
# Matters of taste, or answered by the house: text with a check, time limits that apply sets, steps
# that are never run twice, and bigint or identity where ids are counted at all.
NOT_OURS = (
    "prefer-robust-stmts",
    "prefer-text-field",
    "prefer-bigint-over-int",
    "prefer-bigint-over-smallint",
    "prefer-identity",
    "require-lock-timeout",
    "require-statement-timeout",
    "prefer-timestamptz",
)


@dataclass(frozen=True)
class Finding:
    """``line`` is 1-based."""

    rule: str
    line: int
    message: str


def program() -> str:
    """Where squawk is: beside this Python, or on the path."""
    found = shutil.which("squawk", path=str(Path(sys.executable).parent)) or shutil.which("squawk")
    if found is None:
        raise OperatorError("squawk is not installed.", "make lint installs it (squawk-cli).")
    return found


def findings(path: Path, *, outside: bool) -> list[Finding]:
    """What squawk says of a file."""
    argv = [program(), "--pg-version", OLDEST_SERVER, "--reporter", "json"]
    argv += [f"--exclude={','.join(NOT_OURS)}"]
    argv += [] if outside else ["--assume-in-transaction"]
    done = subprocess.run([*argv, str(path)], capture_output=True, text=True, check=False)
    try:
        found = json.loads(done.stdout or "[]")
    except ValueError:
        raise OperatorError(f"squawk failed on {path.name}: {done.stderr.strip()}") from None
    return [Finding(one["rule_name"], one["line"] + 1, one["message"]) for one in found]


def unexplained(steps: list[Step]) -> list[str]:
    """Findings for which the file gives no reason, and reasons for which there is no finding."""
    texts: list[str] = []
    for step in steps:
        found = findings(step.path, outside=step.outside)
        texts += [
            f"{step.path.name}:{one.line}: {one.rule}: {one.message}\n"
            f"    change it, or write why it is right here: -- squawk {one.rule}: because …"
            for one in found
            if one.rule not in step.reasons
        ]
        idle = step.reasons.keys() - {one.rule for one in found}
        texts += [f"{step.path.name}: nothing to explain: {rule}" for rule in sorted(idle)]
    return texts
