"""The attacked: a site of the test's own, a lead on it; and an attacker with SQL."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from psycopg.conninfo import conninfo_to_dict
from typer.testing import CliRunner

from pyctl import analyst as analysts
from tests.harness.world import World
from tests.http.conftest import fresh_buckets, lead, member, proxy, site, visit

__all__ = ["analyst", "fresh_buckets", "lead", "member", "proxy", "site", "visit"]

PASSWORD = "an analyst's password"


@pytest.fixture(scope="module")
def analyst(dsn: str, world: World) -> Iterator[dict[str, Any]]:
    """How to connect as mallory, an analyst of acme; the neighbour's site is there too."""
    world.owner("acme")
    world.neighbour_owner()
    said = ["create", "mallory", "--email", "mallory@agency.example", "--site", "acme"]
    done = CliRunner().invoke(analysts.app, [*said, "--dsn", dsn], input=PASSWORD + "\n")
    assert done.exit_code == 0, done.output
    yield conninfo_to_dict(dsn) | {"host": "127.0.0.1", "user": "mallory", "password": PASSWORD}
    world.rows("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'mallory'")
    world.rows("drop owned by mallory cascade; drop schema mallory cascade; drop role mallory")
