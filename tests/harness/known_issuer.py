"""The external issuer, let in by ``pyctl issuer``: fixtures for the modules that import them."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pyctl import issuers
from tests.harness import rest as rest_
from tests.harness.issuer import CLIENT, Issuer
from tests.harness.rest import Api
from tests.harness.stage import Stage


@pytest.fixture(scope="module")
def home(stage: Stage, database: str) -> Iterator[Path]:
    """OPSMANTIK_HOME with secrets of its own."""
    place = stage.home / f"home-{database}"
    shutil.copytree(stage.secrets, place / "secrets")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OPSMANTIK_HOME", str(place))
        yield place


@pytest.fixture(scope="module")
def rest(stage: Stage, database: str, home: Path) -> Iterator[rest_.Rest]:
    """PostgREST with the key set that ``pyctl issuer`` writes."""
    started = rest_.start(stage, database, home / "secrets")
    yield started
    started.service.stop()


@pytest.fixture(scope="module")
def pyctl(dsn: str, home: Path) -> Callable[..., str]:
    """Runs ``pyctl issuer``."""

    def run(*arguments: str) -> str:
        assert (home / "secrets").exists()
        done = CliRunner().invoke(issuers.app, [*arguments, "--dsn", dsn], catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return done.output

    return run


@pytest.fixture(scope="module")
def issuer(
    api: Api, pyctl: Callable[..., str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Issuer]:
    """The issuer, known here by its key set's address."""
    with (
        Issuer(tmp_path_factory.mktemp("tls")) as running,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setenv("SSL_CERT_FILE", str(running.certificate))
        said = pyctl("add", running.url, "--aud", CLIENT, "--jwks", f"{running.url}/jwks")
        assert "first, second" in said
        until_let_in(api, running.make_token())
        yield running


def until_let_in(api: Api, token: str) -> None:
    """PostgREST reads its key set when it is told to, not at that very moment."""
    end = time.monotonic() + 60
    while (answer := api.call("sites", token=token)).status_code != 200:
        assert time.monotonic() < end, answer.text
        time.sleep(0.05)
