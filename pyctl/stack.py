"""The three things that run: PostgreSQL, PostgREST, the web server; put together from a Config."""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

from pyctl import clusterchecks, pgbin, postgrest, processes, web
from pyctl.cluster import Cluster
from pyctl.config import DATABASE, Config
from pyctl.services import Service


def cluster(config: Config) -> Cluster:
    """With pg_cron for our database where it is installed; else jobs run by `pyctl jobs run`."""
    with_cron = "pg_cron" not in pgbin.missing_extensions(pgbin.find())
    return Cluster(config.home, config.pg_port, cron_database=DATABASE if with_cron else None)


def postgrest_service(config: Config) -> Service:
    return Service("postgrest", config.run_directory, config.log_directory)


def web_service(config: Config) -> Service:
    return Service("web", config.run_directory, config.log_directory)


def check_ports(config: Config) -> None:
    """Before anything is started or stopped: what is not ours may not sit on our ports.

    A service that runs may hold its own; on a port to which it shall move it would be a stranger.
    """
    rest, web_pid = postgrest_service(config).pid(), web_service(config).pid()
    prefix = "OPSMANTIK_POSTGREST"
    for pid, port, wanted_for, variable in (
        (rest, config.postgrest_port, "PostgREST", f"{prefix}_PORT"),
        (rest, config.postgrest_admin_port, "PostgREST's health checks", f"{prefix}_ADMIN_PORT"),
        (web_pid, config.web_port, "the web server", "OPSMANTIK_WEB_PORT"),
    ):
        if pid is None or not processes.listens(pid, port):
            clusterchecks.port_free(port, wanted_for, variable)


def start_postgrest(config: Config) -> bool:
    """True when it was (re)started, False when it ran already with these very settings."""
    program = postgrest.binary(config.repo, config.home)
    settings_file = config.repo / "postgrest.conf"
    env = postgrest.environment(
        pg_port=config.pg_port,
        database=DATABASE,
        port=config.postgrest_port,
        admin_port=config.postgrest_admin_port,
        secrets=config.secrets,
    )
    inputs = (program, settings_file, config.secrets / "jwt.secret", config.secrets / "pgpass")
    return _start(
        postgrest_service(config),
        [str(program), str(settings_file)],
        env,
        _digest(*inputs, text=json.dumps(env, sort_keys=True)),
        f"{config.postgrest_admin_url}/ready",
        postgrest.READY_SECONDS,
    )


def start_web(config: Config) -> bool:
    """True when it was (re)started, False when it ran already with these very settings."""
    program = Path(web.__file__)
    # isolated: the script's own directory stays out of the import path
    root = config.repo / "tracker"
    what = [str(config.web_port), str(root), config.postgrest_url]
    argv = [sys.executable, "-I", str(program), *what]
    return _start(
        web_service(config),
        argv,
        {"PATH": "/usr/bin:/bin", "PYTHONUNBUFFERED": "1"},
        _digest(program, text=json.dumps(argv)),
        f"{config.web_url}/healthz",
        10.0,
    )


def _start(
    service: Service, argv: list[str], env: dict[str, str], digest: str, url: str, seconds: float
) -> bool:
    running = service.pid() is not None
    if running and service.noted().get("settings") == digest:
        service.wait_for(url, seconds)
        return False
    if running:
        service.stop()
    service.start(argv, env, digest)
    service.wait_for(url, seconds)
    return True


def _digest(*files: Path, text: str) -> str:
    digest = hashlib.sha256(text.encode())
    for path in files:
        digest.update(path.read_bytes())
    return digest.hexdigest()
