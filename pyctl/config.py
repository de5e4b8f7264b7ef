"""Where things are and where they listen, as the settings say."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pyctl import settings
from pyctl.homedir import default_home
from pyctl.settings import PORTS

REPO = Path(__file__).resolve().parent.parent
DATABASE = "opsmantik"


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


def load(
    env: Mapping[str, str] | None = None, *, repo: Path = REPO, found: Sequence[str] = ()
) -> Config:
    """The configuration that `env` (default: this process's) says.

    Raises OperatorError (exit code 2) that names every problem at once.
    """
    env = os.environ if env is None else env
    given = env.get("OPSMANTIK_HOME", "")
    place = Path(given) if Path(given).is_absolute() else default_home(repo)
    # chosen ports win over those of the last `up`, and these over the defaults
    remembered = {name: str(port) for name, port in _remembered(place).items() if name in PORTS}
    said = settings.read(remembered | {name: text for name, text in env.items() if text}, found)
    ports = (said.pg_port, said.postgrest_port, said.postgrest_admin_port, said.web_port)
    return Config(place, *ports, repo)


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
