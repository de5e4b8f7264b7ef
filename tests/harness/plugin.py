"""pytest plugin: the fixtures. Nothing is started before a test asks for it."""

from __future__ import annotations

import os
import shutil
import signal
import threading
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from pyctl import collector, config, web
from tests.harness import rest as rest_
from tests.harness.stage import Stage
from tests.harness.world import World

STAGE = pytest.StashKey[Stage]()
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",  # a container's is small
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def _stage(pytest_config: pytest.Config) -> Stage:
    if STAGE not in pytest_config.stash:
        pytest_config.stash[STAGE] = Stage()
    return pytest_config.stash[STAGE]


def pytest_configure(config: pytest.Config) -> None:
    """pgTAP files run in our cluster; being ended politely still cleans up."""
    config.stash[collector.DSN] = lambda: _stage(config).pgtap_dsn
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(number) is not signal.SIG_IGN:  # nohup keeps its meaning
                signal.signal(number, signal.default_int_handler)


def pytest_unconfigure(config: pytest.Config) -> None:
    if STAGE in config.stash:
        config.stash[STAGE].close()


@pytest.fixture(scope="session")
def stage(pytestconfig: pytest.Config) -> Stage:
    """The run's cluster."""
    return _stage(pytestconfig)


@pytest.fixture
def empty_database(stage: Stage) -> Iterator[str]:
    """Connection string of a database in which nothing was deployed."""
    name = f"empty_{os.urandom(4).hex()}"
    yield stage.create_database(name)
    stage.drop(name)


@pytest.fixture
def own(stage: Stage) -> Iterator[World]:
    """A database of the test's own: what it breaks stays broken."""
    name = stage.copy()
    world = World(stage.cluster.dsn(name), stage.jwt_secret)
    yield world
    world.close()
    stage.drop(name)


@pytest.fixture(scope="module")
def database(stage: Stage) -> Iterator[str]:
    """Name of a fresh copy of the deployed database, this module's own."""
    name = stage.copy()
    yield name
    stage.drop(name)


@pytest.fixture(scope="module")
def dsn(stage: Stage, database: str) -> str:
    """Superuser's connection string of ``database``."""
    return stage.cluster.dsn(database)


@pytest.fixture(scope="module")
def postgrest(stage: Stage) -> Iterator[Callable[[str], rest_.Rest]]:
    """Starts PostgREST against the named database."""
    started: list[rest_.Rest] = []

    def start(database: str) -> rest_.Rest:
        started.append(rest_.start(stage, database))
        return started[-1]

    yield start
    for rest in started:
        rest.service.stop()


@pytest.fixture(scope="module")
def rest(postgrest: Callable[[str], rest_.Rest], database: str) -> rest_.Rest:
    """PostgREST on this module's database."""
    return postgrest(database)


@pytest.fixture(scope="module")
def api(rest: rest_.Rest) -> Iterator[rest_.Api]:
    """Client of ``rest``."""
    client = rest_.Api(rest.url)
    yield client
    client.close()


@pytest.fixture(scope="module")
def world(stage: Stage, dsn: str) -> Iterator[World]:
    """Sites and people in this module's database."""
    made = World(dsn, stage.jwt_secret)
    yield made
    made.close()


@pytest.fixture(scope="session")
def web_url() -> Iterator[str]:
    """The static server of tracker and demo page."""
    server = web.make_server(0, config.REPO / "tracker")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A real Chromium."""
    program = shutil.which("chromium") or "/usr/bin/chromium"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=CHROMIUM_FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A tab of its own, with storage of its own."""
    context = browser.new_context()
    yield context.new_page()
    context.close()
