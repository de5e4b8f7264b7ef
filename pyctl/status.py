"""What runs, where, and in which version."""

from __future__ import annotations

from typing import TypedDict

from pyctl import postgrest, services, stack
from pyctl.config import DATABASE, Config


class Postgres(TypedDict):
    """`dsn` is a libpq URI over the socket, without a secret."""

    dsn: str
    version: str | None
    running: bool


class PostgREST(TypedDict):
    """`running`: the process lives and can reach the database."""

    url: str
    admin_url: str
    version: str | None
    running: bool


class Web(TypedDict):
    """`url` serves core.js and the demo page."""

    url: str
    running: bool


class Status(TypedDict):
    """The answer of `pyctl status --json`."""

    postgres: Postgres
    postgrest: PostgREST
    web: Web


def gather(config: Config) -> Status:
    """Ask each of them; what does not answer within 2 seconds is not running."""
    cluster = stack.cluster(config)
    running = cluster.exists() and cluster.is_running()
    server = cluster.version() if running else None
    rest = stack.postgrest_service(config).pid() is not None
    web = stack.web_service(config).pid() is not None
    return {
        "postgres": {
            "dsn": cluster.dsn(DATABASE),
            "version": server,
            "running": server is not None,
        },
        "postgrest": {
            "url": config.postgrest_url,
            "admin_url": config.postgrest_admin_url,
            "version": postgrest.version(config.home / "bin" / "postgrest"),
            "running": rest and services.answers(f"{config.postgrest_admin_url}/ready"),
        },
        "web": {
            "url": config.web_url,
            "running": web and services.answers(f"{config.web_url}/healthz"),
        },
    }


def all_running(status: Status) -> bool:
    parts = (status["postgres"], status["postgrest"], status["web"])
    return all(part["running"] for part in parts)


COLUMNS = {"part": "part", "state": "state", "version": "version", "where": "where"}


def rows(status: Status) -> list[dict[str, str | None]]:
    """For people: one row a part."""
    postgres, rest, web = status["postgres"], status["postgrest"], status["web"]
    parts = (
        ("PostgreSQL", postgres["running"], postgres["version"], postgres["dsn"]),
        ("PostgREST", rest["running"], rest["version"], rest["url"]),
        ("web", web["running"], None, web["url"]),
    )
    return [
        {"part": part, "state": "running" if running else "stopped", "version": v, "where": where}
        for part, running, v, where in parts
    ]
