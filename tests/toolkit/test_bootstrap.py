"""bootstrap.sh on a machine where a package is missing and the user has sudo with a password."""

from __future__ import annotations

import os
import pty
import shutil
import subprocess
from pathlib import Path

import pytest

from pyctl import config

NEEDED = ("bash", "cat", "cut", "dirname", "grep", "ls", "mktemp", "rm", "sed", "sort", "tail")
STUBS = {
    "id": "echo 1000",
    "uname": '[ "$1" = -s ] && echo Linux || echo x86_64',
    "apt-cache": "",
    "apt-get": "",
    # asks for a password: without one (-n) there is nothing to be had
    "sudo": '[ "$1" = -n ] && exit 1; echo "$*" >>"$SAID"; case "$*" in *install*) exit 1;; esac',
}


@pytest.fixture
def said(tmp_path: Path) -> Path:
    """Where sudo writes what it was asked for; beside it a PATH on which there is no curl."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in NEEDED:
        found = shutil.which(name)
        assert found is not None
        (programs / name).symlink_to(found)
    for name, text in STUBS.items():
        (programs / name).write_text(f"#!/bin/bash\n{text}\n")
        (programs / name).chmod(0o755)
    return tmp_path / "said"


def bootstrap(said: Path, stdin: int) -> subprocess.CompletedProcess[str]:
    env = {"PATH": str(said.parent / "bin"), "SAID": str(said), "TMPDIR": str(said.parent)}
    return subprocess.run(
        ["/bin/bash", str(config.REPO / "pyctl" / "bootstrap.sh"), "test"],
        stdin=stdin, capture_output=True, text=True, env=env, timeout=60, check=False,
    )  # fmt: skip


def test_the_password_is_asked_before_the_first_use(said: Path) -> None:
    keyboard, terminal = pty.openpty()
    try:
        done = bootstrap(said, terminal)
    finally:
        os.close(keyboard)
        os.close(terminal)
    asked = said.read_text().splitlines()
    assert asked[0] == "-v"
    assert [line.split()[-1] for line in asked[1:]] == ["update", "curl"]
    assert done.returncode == 1
    assert "apt-get could not install" in done.stderr


def test_nobody_to_ask(said: Path) -> None:
    done = bootstrap(said, subprocess.DEVNULL)
    assert done.returncode == 1
    assert "Ask an administrator to run: apt-get install" in done.stderr
    assert not said.exists()
