"""Loaded visits are what ingest would have written; the same seed makes the same."""

from __future__ import annotations

import dataclasses
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest

from pyctl import config
from pyctl.errors import OperatorError
from pyctl.load import write
from tests.harness.stage import Stage
from tests.harness.world import World

PLAN = write.Plan(sites=2, days=35, events=6000, seed=7, until=date(2026, 11, 2))
WRONG = (Path(__file__).parent / "sql" / "loaded.sql").read_text()
DIGEST = """
select md5(string_agg(t::text, '' order by t::text)) from (
    select id, created_at, visitor_id, gclid, score, first_of_day from app.sessions
    union all select id, tapped_at, visitor_id, click_id, lead_score, is_ads from app.calls
) as t
"""


@pytest.fixture(scope="module")
def loaded(stage: Stage) -> Iterator[list[World]]:
    """The same plan in two databases."""
    names = [stage.copy(), stage.copy()]
    worlds = []
    for name in names:
        write.load(stage.cluster.dsn(name), PLAN, lambda _: None)
        write.settle(stage.cluster.dsn(name), lambda _: None)
        worlds.append(World(stage.cluster.dsn(name), stage.jwt_secret))
    yield worlds
    for world, name in zip(worlds, names, strict=True):
        world.close()
        stage.drop(name)


def test_nothing_is_other_than_ingest_writes_it(loaded: list[World]) -> None:
    (wrong,) = loaded[0].rows(WRONG)
    assert wrong == dict.fromkeys(wrong, 0)


def test_it_is_all_there(loaded: list[World]) -> None:
    assert loaded[0].value("select count(*) from app.events") == PLAN.events
    kinds = "select count(distinct attribution) from app.sessions"
    assert loaded[0].value(kinds) == 8
    assert loaded[0].value("select count(*) from app.calls where status = 'confirmed'") > 0
    assert loaded[0].value("select count(*) from app.sessions where is_bot") > 0
    assert loaded[0].value("select count(distinct created_month) from app.sessions") >= 2


def test_the_same_seed_makes_the_same(loaded: list[World]) -> None:
    one, other = (world.value(DIGEST) for world in loaded)
    assert one == other


def test_not_among_customers_unless_named(stage: Stage, loaded: list[World]) -> None:
    name = loaded[0].conn.info.dbname
    with pytest.raises(OperatorError, match=r"holds sites of others \(2\)"):
        write.refuse_others(stage.cluster.dsn(name), None)
    write.refuse_others(stage.cluster.dsn(name), name)


def start(world: World, events: int) -> subprocess.Popen[str]:
    """The command, as a terminal would start it: Ctrl-C reaches its processes, too."""
    name = world.conn.info.dbname
    said = f"seed load --sites 1 --days 60 --events {events} --among-sites-of {name} --dsn".split()
    return subprocess.Popen(
        [sys.executable, "-m", "pyctl", *said, world.conn.info.dsn], cwd=config.REPO,
        start_new_session=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def test_what_the_database_refuses_is_a_sentence(own: World) -> None:
    own.rows("alter table app.calls add constraint no_room check (status = '') not valid")
    running = start(own, 6000)
    said = running.communicate(timeout=100)[1]
    assert running.returncode == 1
    assert "no_room" in said
    assert "What was written until then stays." in said
    assert "Traceback" not in said


@pytest.mark.parametrize(
    ("send", "number"), [(os.killpg, signal.SIGINT), (os.kill, signal.SIGTERM)]
)
def test_a_signal_ends_it_and_its_processes_without_a_traceback(
    own: World, send: Callable[[int, int], None], number: signal.Signals
) -> None:
    running = start(own, 3_000_000)
    while not own.value("select count(*) from app.sessions"):
        assert running.poll() is None, running.communicate()
        time.sleep(0.1)
    send(running.pid, number)
    said = running.communicate(timeout=100)[1]
    assert running.returncode == 130
    assert "Traceback" not in said
    with pytest.raises(ProcessLookupError):
        os.killpg(running.pid, 0)


def test_a_killed_process_ends_it(own: World) -> None:
    """As where memory is short; the others wait for nobody."""

    def kill(_: int) -> None:
        for process in multiprocessing.active_children():
            process.kill()

    plan = dataclasses.replace(PLAN, events=200_000)
    with pytest.raises(OperatorError, match="was killed"):
        write.load(own.conn.info.dsn, plan, kill)
