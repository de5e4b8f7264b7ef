"""Configuration: from the environment (or `.env`), checked as a whole before anything runs."""

from __future__ import annotations

import difflib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pyctl.errors import OperatorError
from pyctl.homedir import default_home

REPO = Path(__file__).resolve().parent.parent
DATABASE = "opsmantik"

PORTS = {
    "OPSMANTIK_PG_PORT": 5439,
    "OPSMANTIK_POSTGREST_PORT": 3009,
    "OPSMANTIK_POSTGREST_ADMIN_PORT": 3010,
    "OPSMANTIK_WEB_PORT": 8009,
}
# every setting there is; a misspelt one is told, not ignored
SETTINGS = (
    *PORTS,
    "OPSMANTIK_HOME",
    "OPSMANTIK_PG_BIN",
    "OPSMANTIK_DSN",
    "OPSMANTIK_SMTP_URL",
    "OPSMANTIK_MAIL_FROM",
    "OPSMANTIK_APP_URL",
    "OPSMANTIK_SENTRY_DSN",
    "OPSMANTIK_ENVIRONMENT",
    "OPSMANTIK_LOG_LEVEL",
)
# made for a test run by its own conftest
TEST_PREFIX = "OPSMANTIK_TEST_"


@dataclass(frozen=True)
class Config:
    """Where things are and where they listen. `home` holds everything that `up` makes."""

    home: Path
    pg_port: int
    postgrest_port: int
    postgrest_admin_port: int
    web_port: int
    repo: Path = REPO

    @property
    def log_directory(self) -> Path:
        return self.home / "log"

    @property
    def run_directory(self) -> Path:
        return self.home / "run"

    @property
    def secrets(self) -> Path:
        return self.home / "secrets"

    @property
    def postgrest_url(self) -> str:
        return f"http://127.0.0.1:{self.postgrest_port}"

    @property
    def postgrest_admin_url(self) -> str:
        return f"http://127.0.0.1:{self.postgrest_admin_port}"

    @property
    def web_url(self) -> str:
        return f"http://127.0.0.1:{self.web_port}"


def load(env: Mapping[str, str] | None = None, *, repo: Path = REPO) -> Config:
    """The configuration that `env` (default: this process's) says.

    Raises OperatorError (exit code 2) that names every problem at once.
    """
    env = os.environ if env is None else env
    problems = [*_unknown(env)]
    home = env.get("OPSMANTIK_HOME", "")
    if home and not Path(home).is_absolute():
        problems.append(f"OPSMANTIK_HOME is {home!r}, but must be an absolute path.")
    place = Path(home) if Path(home).is_absolute() else default_home(repo)
    remembered = _remembered(place)
    ports = {
        name: _port(env.get(name) or str(remembered.get(name, PORTS[name])), name, problems)
        for name in PORTS
    }
    for name, port in ports.items():
        twins = [other for other in ports if other > name and ports[other] == port]
        problems += [f"{name} and {twin} are both {port}." for twin in twins]
    programs = env.get("OPSMANTIK_PG_BIN", "")
    if programs and not (Path(programs) / "initdb").exists():
        problems.append(f"OPSMANTIK_PG_BIN is {programs!r}, but there is no initdb in it.")
    if problems:
        raise OperatorError(
            "The configuration is wrong:\n" + "\n".join(f"  - {text}" for text in problems),
            "Mend the environment or .env; .env.example lists every setting.",
            exit_code=2,
        )
    pg, postgrest, admin, web = ports.values()
    return Config(place, pg, postgrest, admin, web, repo)


def _unknown(env: Mapping[str, str]) -> list[str]:
    texts = []
    for name in sorted(env):
        if not name.startswith("OPSMANTIK_") or name in SETTINGS or name.startswith(TEST_PREFIX):
            continue
        near = difflib.get_close_matches(name, SETTINGS, 1)
        texts.append(f"{name} is no setting." + (f" Did you mean {near[0]}?" if near else ""))
    return texts


def remember_ports(config: Config, only: str = "OPSMANTIK_") -> None:
    """So that `status` and `down` find from another shell what `up` started on chosen ports.

    `only` begins the names of those to remember: of what is up, never of what is only wanted.
    """
    ports = (config.pg_port, config.postgrest_port, config.postgrest_admin_port, config.web_port)
    up = {name: port for name, port in zip(PORTS, ports, strict=True) if name.startswith(only)}
    config.run_directory.mkdir(parents=True, exist_ok=True)
    text = json.dumps(_remembered(config.home) | up, indent=2)
    (config.run_directory / "ports.json").write_text(text + "\n")


def _remembered(home: Path) -> dict[str, object]:
    try:
        found = json.loads((home / "run" / "ports.json").read_text())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _port(text: str, name: str, problems: list[str]) -> int:
    if text.isascii() and text.isdigit() and 1024 <= int(text) <= 65535:
        return int(text)
    problems.append(f"{name} is {text!r}, but must be a port number from 1024 to 65535.")
    return -list(PORTS).index(name)  # no twin of any other
