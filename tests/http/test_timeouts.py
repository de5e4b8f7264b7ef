"""Each role has its statement_timeout in requests: a slow one cannot keep a connection for long."""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.harness.rest import Api
from tests.harness.world import World

PROBE = """
create function api.probe() returns text language sql stable
begin atomic
    select current_setting('statement_timeout');
end
"""
GRANT = "grant execute on function api.probe() to anon, authenticated, service_role, monitor"


@pytest.fixture(scope="module")
def probe(api: Api, world: World) -> Any:
    """A function that says what holds in a request."""
    world.rows(PROBE)
    world.rows(GRANT)
    world.rows("notify pgrst, 'reload schema'")
    while api.call("probe").status_code == 404:
        time.sleep(0.05)
    return api


@pytest.mark.parametrize(
    ("role", "limit"),
    [(None, "3s"), ("authenticated", "10s"), ("service_role", "10s"), ("monitor", "3s")],
)
def test_statement_timeout(probe: Api, world: World, role: str | None, limit: str) -> None:
    token = role and world.token(world.person("somebody").id, role=role)
    answer = probe.call("probe", token=token)
    assert (answer.status_code, answer.json()) == (200, limit)
