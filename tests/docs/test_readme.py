"""The README is run as printed, and what it points at is there."""

from __future__ import annotations

import os
import re
import subprocess

import pytest

from pyctl import config, seed
from tests.harness.rest import Rest

README = (config.REPO / "README.md").read_text(encoding="utf-8")
WALK = README.split("## A five-minute walk")[1].split("\n## ")[0]
BLOCKS = re.findall(r"^```sh\n(.*?)^```", WALK, re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def walked(dsn: str, rest: Rest) -> list[str]:
    """What each block of the walk printed; only the address is another one."""
    seed.demo(dsn)
    mark = "=== next block ==="
    script = f"\necho; echo '{mark}'\n".join(BLOCKS)
    assert "API=http://127.0.0.1:3009\n" in script
    done = subprocess.run(
        ["/bin/bash", "-euo", "pipefail"],
        input=script.replace("API=http://127.0.0.1:3009\n", f"API={rest.url}\n"),
        cwd=config.REPO,
        env=os.environ | {"OPSMANTIK_DSN": dsn},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split(mark)


def test_tap_is_stored(walked: list[str]) -> None:
    assert '"status":"stored","accepted":2' in walked[0]


def test_lead_is_on_top_of_the_inbox(walked: list[str]) -> None:
    assert '"intent_target":"tel:+905321112233","click_id":"my-first-click"' in walked[1]
    assert '"status":"intent"' in walked[1]


def test_seal_answers_the_sealed_card(walked: list[str]) -> None:
    assert '"status":"confirmed","version":2,"sale_amount":1500.00,"currency":"TRY"' in walked[2]
    assert '"oci_status":"held"' in walked[2]


def test_job_says_what_it_did(walked: list[str]) -> None:
    # the demo's own four sales, and the one of the walk
    assert walked[3].strip() == "offer_conversions: ok, 5 done"


def test_walk_ends_in_a_visible_row(walked: list[str]) -> None:
    lines = walked[4].strip().splitlines()
    assert lines[0] == "Parameters:TimeZone=+0000"
    assert re.fullmatch(
        r"my-first-click,,,Sealed Lead,"
        r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,1500\.00,TRY,om-[0-9a-f]{32},,,,",
        lines[-1],
    )


def test_the_shell_finds_pyctl() -> None:
    """As the README and the tutorial say, in the clone; from there on anywhere."""
    said = 'export PATH="$PWD/.venv/bin:$PATH"'
    assert said in README
    assert said in (config.REPO / "docs/tutorial.md").read_text(encoding="utf-8")
    done = subprocess.run(
        ["/bin/bash", "-euc", f"{said}; cd /; pyctl --version"],
        cwd=config.REPO, env={"HOME": "/nonexistent", "PATH": "/usr/bin:/bin"},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.startswith("pyctl ")


def test_every_block_was_run(walked: list[str]) -> None:
    assert len(walked) == len(BLOCKS) == 5


@pytest.mark.parametrize("path", re.findall(r"^\| `([^`]+)`", README, re.MULTILINE))
def test_named_place_is_there(path: str) -> None:
    assert path == "pyctl" or (config.REPO / path).exists()
