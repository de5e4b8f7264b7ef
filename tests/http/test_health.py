"""`health`: strangers see how it is, operators why."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.harness.rest import Api
from tests.harness.world import World

CHECKS = {
    "database", "partitions", "jobs", "mail", "issuer", "rollups", "ingest", "bad_rows", "quotas",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _written(world: World) -> Iterator[None]:
    # late is counted from the first deploy, and the run's template may be minutes old
    world.rows("update ops.deploys set at = now()")
    world.rows("select ops.write_health()")
    yield
    world.rows("delete from ops.health")


def test_anon_sees_the_status_only(api: Api, world: World) -> None:
    for token in (None, world.owner("acme").token, world.token("s", role="service_role")):
        answer = api.call("health", token=token, method="GET")
        assert answer.status_code == 200
        body = answer.json()
        assert (set(body), body["status"]) == ({"status", "checked_at", "checks"}, "ok")
        assert body["checks"] is None


def test_monitor_and_admin_see_the_checks(api: Api, world: World) -> None:
    for token in (world.token("prometheus", role="monitor"), world.admin().token):
        answer = api.call("health", token=token, method="GET")
        assert answer.status_code == 200
        checks = answer.json()["checks"]
        assert set(checks) == CHECKS
        assert {check["status"] for check in checks.values()} == {"ok"}


@pytest.mark.parametrize("minutes", [4, 600])
def test_an_old_row_is_stale(api: Api, world: World, minutes: int) -> None:
    world.rows(f"update ops.health set checked_at = now() - interval '{minutes} minutes'")
    answer = api.call("health")
    assert (answer.status_code, answer.json()["status"]) == (500, "stale")
    assert answer.headers["Cache-Control"] == "no-store"


def test_no_row_is_stale(api: Api, world: World) -> None:
    world.rows("delete from ops.health")
    assert api.call("health").status_code == 500


@pytest.mark.parametrize(("status", "http"), [("ok", 200), ("warning", 200), ("failing", 500)])
def test_statuses(api: Api, world: World, status: str, http: int) -> None:
    world.rows("update ops.health set status = %(status)s", status=status)
    answer = api.call("health")
    assert (answer.status_code, answer.json()["status"]) == (http, status)


def test_a_late_job_fails(api: Api, world: World) -> None:
    world.rows("update ops.deploys set at = at - interval '3 days'")
    world.rows("select ops.write_health()")
    body = api.call("health", token=world.admin().token).json()
    assert (body["status"], body["checks"]["jobs"]["status"]) == ("failing", "failing")
    assert body["checks"]["jobs"]["detail"]["offer_conversions"] == "late"
    for job in world.rows("select name from ops.jobs"):
        world.rows("call ops.run_job(%(name)s)", name=job["name"])
    world.rows("select ops.write_health()")
    assert api.call("health").json()["status"] == "ok"
