"""postgrest.conf is valid for the PostgREST that we ship and for the one that comes next.

PostgREST ignores a name that it does not know, so a misspelt or retired option would do nothing,
silently.
"""

from __future__ import annotations

import subprocess
import tomllib
from pathlib import Path

from pyctl import config, postgrest

FILE = config.REPO / "postgrest.conf"
# of those that we use; from "List of parameters" in the reference of PostgREST 16
KNOWN_TO_16 = {
    "db-anon-role",
    "db-channel",
    "db-channel-enabled",
    "db-config",
    "db-extra-search-path",
    "db-max-rows",
    "db-plan-enabled",
    "db-pool",
    "db-pool-acquisition-timeout",
    "db-pool-max-idletime",
    "db-pool-max-lifetime",
    "db-pre-request",
    "db-schemas",
    "db-tx-end",
    "log-level",
    "openapi-mode",
    "server-host",
}


def _values(text: str) -> dict[str, str]:
    """What is set, as plain text; the format is near enough to TOML."""
    return {name: str(value).lower() for name, value in tomllib.loads(text).items()}


def test_ours_knows_every_option_and_takes_its_value(tmp_path: Path) -> None:
    # db-config would look into the database, and there is none
    env = {"LC_ALL": "C.UTF-8", "PGRST_DB_CONFIG": "false"}
    program = postgrest.binary(config.REPO, tmp_path)
    dumped = subprocess.run(
        [str(program), "--dump-config", str(FILE)],
        env=env, capture_output=True, text=True, timeout=30, check=True,
    )  # fmt: skip
    wanted, known = _values(FILE.read_text()), _values(dumped.stdout)
    wanted["db-config"] = "false"
    assert {name: known.get(name) for name in wanted} == wanted


def test_the_next_one_knows_every_option() -> None:
    assert _values(FILE.read_text()).keys() == KNOWN_TO_16
