"""``pyctl smoke``: finds each step that is broken, by name, and leaves nothing behind."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from pyctl import cli, config, db, observe, sites
from pyctl import smoke as smoke_
from pyctl.webclient import Answer
from tests.harness.rest import Rest
from tests.harness.world import World

STEPS = ["health", "script", "log-in", "site", "tap", "inbox", "seal", "job", "feed", "clean-up"]


@pytest.fixture(scope="module")
def canary(dsn: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("canary") / "canary.json"
    done = CliRunner().invoke(sites.app, ["canary", str(file), "--dsn", dsn])
    assert done.exit_code == 0, done.output
    assert file.stat().st_mode & 0o777 == 0o600
    assert json.loads(file.read_text())["password"] not in done.output
    return file


class Jobs:
    """The job that offers sales, as a timer would run it."""

    def __init__(self, dsn: str) -> None:
        self._dsn, self.ended, self.paused = dsn, threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        with db.connect(self._dsn, autocommit=True) as conn:
            while not self.ended.wait(0.1):
                if not self.paused.is_set():
                    conn.execute("select ops.offer_conversions()")

    def stop(self) -> None:
        self.ended.set()
        self._thread.join()


@pytest.fixture(scope="module")
def jobs(dsn: str, world: World) -> Iterator[Jobs]:
    world.rows("select ops.write_health()")
    world.rows("update ops.health set status = 'ok'")
    running = Jobs(dsn)
    yield running
    running.stop()


def smoke(url: str, file: Path, wait: str = "60") -> tuple[int, list[dict[str, Any]]]:
    said = ["smoke", url, "--credentials", str(file), "--wait", wait, "--json"]
    done = CliRunner().invoke(cli.app, said)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    steps = json.loads(done.stdout)
    assert steps["ok"] is (done.exit_code == 0)
    return done.exit_code, steps["steps"]


def left(world: World) -> dict[str, int]:
    """What of the canary is still to be seen, or could be told to a platform."""
    row = world.rows(
        """
        select
            (select count(*) from app.calls where deleted_at is null) as cards,
            (select count(*) from app.sessions where visitor_id is not null or gclid is not null)
                as visits,
            (select count(*) from app.conversions where state in ('held', 'offered')) as sales
        """
    )[0]
    return {name: count for name, count in row.items() if count}


@pytest.mark.usefixtures("jobs")
def test_a_sound_installation(rest: Rest, canary: Path, world: World) -> None:
    code, steps = smoke(rest.url, canary)
    assert [step["step"] for step in steps] == STEPS, steps
    assert code == 0, steps
    assert left(world) == {}
    # the walk was real
    offered = "select count(*) from app.conversions where offered_at is not null and revision = 0"
    assert world.value(offered) == 1
    assert world.value("select count(*) from app.calls where status = 'cancelled'") == 1


@pytest.mark.parametrize(
    ("sent", "said"),
    [(signal.SIGINT, "Ctrl-C"), (signal.SIGTERM, "SIGTERM"), (signal.SIGHUP, "SIGHUP")],
)
def test_interrupted_it_leaves_nothing_behind(
    rest: Rest,
    canary: Path,
    world: World,
    monkeypatch: pytest.MonkeyPatch,
    sent: signal.Signals,
    said: str,
) -> None:
    def stopped(_: Any) -> str:
        os.kill(os.getpid(), sent)
        return "went on"

    monkeypatch.setattr(smoke_.Run, "offered", stopped)
    code, steps = smoke(rest.url, canary)
    assert code == 1
    assert [(step["step"], step["ok"], step["said"]) for step in steps[-2:]] == [
        ("job", False, f"stopped by {said}"),
        ("clean-up", True, "sale cancelled, visit erased, card put away"),
    ]
    assert left(world) == {}


def test_a_closed_pipe_leaves_nothing_behind(rest: Rest, canary: Path, world: World) -> None:
    said = f"{sys.executable} -m pyctl smoke {rest.url} --credentials {canary} --wait 0.1"
    done = subprocess.run(
        ["/bin/bash", "-o", "pipefail", "-c", f"{said} | grep -m 1 inbox"],
        cwd=config.REPO, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    assert "inbox" in done.stdout
    assert left(world) == {}


@pytest.mark.parametrize("name", ["intent_details", "recent_intents"])
def test_an_odd_answer_does_not_end_the_clean_up(
    rest: Rest, canary: Path, world: World, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """What can be put away is, and what could not be is told."""
    call = smoke_.Run.call
    odd = [Answer(200, "[]"), Answer(502, "<html>")]

    def answered(run: smoke_.Run, asked: str, /, **arguments: Any) -> Answer:
        return odd.pop(0) if odd and asked == name else call(run, asked, **arguments)

    monkeypatch.setattr(smoke_.Run, "call", answered)
    code, steps = smoke(rest.url, canary, "0.1")
    assert code == 1
    assert steps[-1]["step"] == "clean-up"
    assert f"{'cancel' if name == 'intent_details' else name}: " in steps[-1]["said"]
    visits = "select count(*) from app.sessions where visitor_id is not null or gclid is not null"
    assert world.value(visits) == 0
    world.rows("update app.calls set deleted_at = now() where deleted_at is null")


@contextlib.contextmanager
def broken(world: World, by: str, mended: str) -> Iterator[None]:
    world.rows(by)
    try:
        yield
    finally:
        world.rows(mended)


@pytest.mark.parametrize(
    ("step", "by", "mended"),
    [
        (
            "health",
            "update ops.health set status = 'failing'",
            "update ops.health set status = 'ok'",
        ),
        (
            "script",
            "update ops.scripts set body = '', name = 'gone'",
            "update ops.scripts set body = 'sync', name = 'core.js'",
        ),
        (
            "log-in",
            "update app.profiles set disabled_at = now() where email like 'smoke@%%'",
            "update app.profiles set disabled_at = null",
        ),
        (
            "site",
            "insert into app.sites (name, domain) values ('real', 'real.com'); insert into"
            " app.site_members (site_id, user_id, role) select sites.id, profiles.id, 'owner'"
            " from app.sites cross join app.profiles where domain = 'real.com'"
            " and email like 'smoke@%%'",
            "delete from app.site_members where site_id = (select id from app.sites where domain"
            " = 'real.com') and false; update app.sites set deleted_at = now() where domain ="
            " 'real.com'",
        ),
        (
            "tap",
            "alter table app.events add constraint broken check (category <> 'page') not valid",
            "alter table app.events drop constraint broken",
        ),
        (
            "inbox",
            "alter table app.events disable trigger user",
            "alter table app.events enable trigger user",
        ),
        (
            "seal",
            "alter table app.calls add constraint broken check (status <> 'confirmed') not valid",
            "alter table app.calls drop constraint broken",
        ),
        ("job", "", ""),
        (
            "feed",
            "update access.feed_credentials set revoked_at = now()",
            "update access.feed_credentials set revoked_at = null",
        ),
        (
            "clean-up",
            "alter table app.calls add constraint broken check (status <> 'cancelled') not valid",
            "alter table app.calls drop constraint broken",
        ),
    ],
    ids=STEPS,
)
def test_a_broken_step_is_named(
    rest: Rest, canary: Path, world: World, jobs: Jobs, step: str, by: str, mended: str
) -> None:
    if step == "job":
        jobs.paused.set()
    with broken(world, by or "select 1", mended or "select 1"):
        code, steps = smoke(rest.url, canary, "0.5" if step == "job" else "60")
    jobs.paused.clear()
    assert code == 1
    failed = [one for one in steps if one["ok"] is False]
    assert failed[0]["step"] == step, steps
    assert "expected" in failed[0]["said"]
    assert [one["step"] for one in steps][: STEPS.index(step) + 1] == STEPS[: STEPS.index(step) + 1]
    if step == "inbox":  # the tap opened no card, and its visit is erased all the same
        assert steps[-1]["ok"], steps
    assert left(world) == {}


def test_nobody_answers(canary: Path) -> None:
    code, steps = smoke("http://127.0.0.1:9", canary)
    assert (code, len(steps), steps[0]["step"]) == (1, 1, "health")
    assert "no answer" in steps[0]["said"]


def test_used_wrongly(canary: Path, tmp_path: Path, dsn: str) -> None:
    arguments = ["smoke", "http://127.0.0.1:9", "--credentials"]
    open_to_all = tmp_path / "open"
    open_to_all.write_text(canary.read_text())
    open_to_all.chmod(0o644)
    assert observe.run(cli.app, [*arguments, str(open_to_all)]) == 1
    assert observe.run(cli.app, [*arguments, str(tmp_path / "none")]) == 2
    assert observe.run(cli.app, ["smoke", "ftp://x", "--credentials", str(canary)]) == 2
    real = ["canary", str(tmp_path / "new"), "--domain", "real.com", "--dsn", dsn]
    assert observe.run(sites.app, real) == 2
    assert not (tmp_path / "new").exists()
