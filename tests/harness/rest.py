"""The real PostgREST, and a small client for its functions."""

from __future__ import annotations

import json as jsonlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from pyctl import config, postgrest
from pyctl.services import Service
from tests.harness.stage import Stage, free_port


@dataclass(frozen=True)
class Rest:
    """A running PostgREST."""

    url: str
    admin_url: str
    service: Service


def start(stage: Stage, database: str, secrets: Path | None = None, **settings: str) -> Rest:
    """PostgREST with the top-level postgrest.conf against a database, ready to answer.

    ``settings`` are PostgREST's own variables, which win over the file.
    """
    port, admin_port = free_port(), free_port()
    env = postgrest.environment(
        pg_port=stage.cluster.port,
        database=database,
        port=port,
        admin_port=admin_port,
        secrets=secrets or stage.secrets,
    )
    env |= settings
    program = postgrest.binary(config.REPO, stage.home)
    service = stage.service("postgrest")
    service.start([str(program), str(config.REPO / "postgrest.conf")], env)
    rest = Rest(f"http://127.0.0.1:{port}", f"http://127.0.0.1:{admin_port}", service)
    service.wait_for(f"{rest.admin_url}/ready", postgrest.READY_SECONDS)
    return rest


class Api:
    """Calls functions of schema api over HTTP, as somebody (``token``) or as anon."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.client = httpx.Client(base_url=url, timeout=20)

    def call(
        self,
        name: str,
        json: Mapping[str, Any] | None = None,
        *,
        token: str | None = None,
        method: str = "POST",
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, Any] | None = None,
    ) -> httpx.Response:
        """One RPC. With GET, ``json`` becomes the query string."""
        sent = dict(headers or {})
        if token is not None:
            sent["Authorization"] = f"Bearer {token}"
        path = f"/rpc/{name}"
        if method == "GET":
            return self.client.get(path, params={**(json or {}), **(params or {})}, headers=sent)
        return self.client.request(
            method, path, json=dict(json or {}), headers=sent, params=dict(params or {})
        )

    def raw_sync(
        self, body: str | bytes, headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        """Exactly these bytes to ``sync``, as a browser's script sends them."""
        sent = {"Content-Type": "text/plain", **(headers or {})}
        return self.client.post("/rpc/sync", content=body, headers=sent)

    def sync(
        self, envelope: Mapping[str, Any], headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        """One batch."""
        return self.raw_sync(jsonlib.dumps(envelope), headers)

    def feed(self, user: str, password: str, name: str = "conversions.csv") -> httpx.Response:
        """The feed's URL as the ad platform fetches it."""
        return self.client.get(f"/rpc/{name}", auth=(user, password))

    def close(self) -> None:
        """Ends the connections."""
        self.client.close()
