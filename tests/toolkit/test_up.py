"""`pyctl up` as an operator runs it: from nothing, again, after losses, and down."""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import psycopg
import pytest

from pyctl import settings
from tests.harness.stage import free_port

pytestmark = pytest.mark.usefixtures("started")


class Operator:
    """Runs `pyctl` with an installation of its own."""

    def __init__(self, home: Path) -> None:
        self.home = home
        kept = {name: text for name, text in os.environ.items() if "OPSMANTIK" not in name}
        ports = {name: str(free_port()) for name in settings.PORTS}
        self.env = {**kept, **ports, "OPSMANTIK_HOME": str(home), "OPSMANTIK_LOG_LEVEL": "off"}

    def __call__(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "pyctl", *arguments],
            capture_output=True, text=True, env=self.env, cwd="/", timeout=110, check=False,
        )  # fmt: skip

    def refused(self, *arguments: str) -> str:
        """What it says on stderr when it fails in an orderly way."""
        answer = self(*arguments)
        assert answer.returncode == 1, answer.stdout
        assert "Traceback" not in answer.stderr
        return answer.stderr


@pytest.fixture(scope="module")
def operator() -> Iterator[Operator]:
    home = Path(tempfile.mkdtemp(prefix="opsm-test-up-", dir="/var/tmp"))
    home.chmod(0o755)
    made = Operator(home)
    yield made
    made("down")
    shutil.rmtree(home)


@pytest.fixture(scope="module")
def started(operator: Operator) -> str:
    """What the first `up` printed."""
    answer = operator("up")
    assert answer.returncode == 0, answer.stdout + answer.stderr
    return answer.stdout


def test_first_run_says_what_runs_where(operator: Operator, started: str) -> None:
    for name in ("OPSMANTIK_PG_PORT", "OPSMANTIK_POSTGREST_PORT", "OPSMANTIK_WEB_PORT"):
        assert operator.env[name] in started
    assert "database    loaded" in started
    assert "Try next" in started


def test_demo_log_ins_are_true(operator: Operator, started: str) -> None:
    url = f"http://127.0.0.1:{operator.env['OPSMANTIK_POSTGREST_PORT']}/rpc"
    people = [line.split() for line in started.splitlines() if "@" in line and "demo-" in line]
    people = [words for words in people if len(words) == 3]
    assert [role for role, _, _ in people] == ["owner", "editor", "viewer"]
    for _, email, password in people:
        answer = httpx.post(f"{url}/login", json={"email": email, "password": password})
        assert answer.status_code == 200, answer.text
    feed = next(line.split() for line in started.splitlines() if line.startswith("  feed"))
    answer = httpx.get(f"{url}/conversions.csv", auth=(feed[1], feed[2]))
    assert answer.status_code == 200, answer.text
    assert answer.text.startswith("Parameters:TimeZone=+0000")


def test_health_is_good_from_the_start(operator: Operator) -> None:
    url = f"http://127.0.0.1:{operator.env['OPSMANTIK_POSTGREST_PORT']}/rpc/health"
    answer = httpx.get(url)
    assert (answer.status_code, answer.json()["status"]) == (200, "ok")


def test_again_changes_nothing(operator: Operator) -> None:
    answer = operator("up")
    assert answer.returncode == 0, answer.stderr
    assert "database    is as in db/" in answer.stdout
    assert answer.stdout.count("runs already") == 2


def test_status(operator: Operator) -> None:
    answer = operator("status", "--json")
    assert answer.returncode == 0
    found = json.loads(answer.stdout)
    assert found["postgres"].keys() == {"dsn", "version", "running"}
    assert found["postgrest"].keys() == {"url", "admin_url", "version", "running"}
    assert found["web"].keys() == {"url", "running"}
    assert all(part["running"] for part in found.values())
    assert found["postgrest"]["version"] == "12.0.2"
    assert httpx.get(f"{found['web']['url']}/core.js").status_code == 200


def test_no_secret_in_arguments_environment_or_logs(operator: Operator) -> None:
    secret = (operator.home / "secrets" / "jwt.secret").read_text()
    password = (operator.home / "secrets" / "pgpass").read_text().rpartition(":")[2].strip()
    pid = json.loads((operator.home / "run" / "postgrest.json").read_text())["pid"]
    places = [Path(f"/proc/{pid}/{name}") for name in ("cmdline", "environ")]
    places += [*(operator.home / "log").iterdir(), *(operator.home / "run").iterdir()]
    for place in places:
        text = place.read_text(errors="replace")
        assert secret not in text, place
        assert password not in text, place


def test_a_lost_or_weak_secret_stops_the_start(operator: Operator) -> None:
    path = operator.home / "secrets" / "jwt.secret"
    kept = path.read_text()
    try:
        path.unlink()
        assert "is missing, although its database is there" in operator.refused("up")
        path.touch(mode=0o600)
        path.write_text("weak")
        assert "has 4 characters" in operator.refused("up")
    finally:
        path.unlink(missing_ok=True)
        path.touch(mode=0o600)
        path.write_text(kept)


def test_a_new_secret_reaches_database_and_postgrest(operator: Operator) -> None:
    url = f"http://127.0.0.1:{operator.env['OPSMANTIK_POSTGREST_PORT']}/rpc"
    who = {"email": "ayse@kadikoy-cilingir.example", "password": "demo-ayse-2026"}
    before = httpx.post(f"{url}/login", json=who).json()["access_token"]
    assert operator("up", "--new-jwt-secret").returncode == 0
    after = httpx.post(f"{url}/login", json=who).json()["access_token"]

    def status(token: str) -> int:
        answer = httpx.post(f"{url}/sites", headers={"Authorization": f"Bearer {token}"})
        return answer.status_code

    assert (status(before), status(after)) == (401, 200)


def test_a_change_of_the_secret_that_was_interrupted_logs_nobody_out(operator: Operator) -> None:
    """It had come to the database and not yet to the files."""
    assert operator("secrets", "rotate", "jwt", "--reason", "x").returncode == 0
    secrets = operator.home / "secrets"
    (secrets / "jwt.secret").rename(secrets / "jwt.next")
    (secrets / "jwt.previous").rename(secrets / "jwt.secret")
    url = f"http://127.0.0.1:{operator.env['OPSMANTIK_POSTGREST_PORT']}/rpc"
    said = {"email": "ayse@kadikoy-cilingir.example", "password": "demo-ayse-2026"}
    token = httpx.post(f"{url}/login", json=said).json()["access_token"]
    answer = operator("up")
    assert answer.returncode == 0, answer.stderr
    assert "had been interrupted" in answer.stdout
    headers = {"Authorization": f"Bearer {token}"}
    assert httpx.get(f"{url}/profile", headers=headers).status_code == 200
    ended = operator("secrets", "rotate", "jwt", "--finish", "--force", "--reason", "x")
    assert ended.returncode == 0, ended.stderr
    assert sorted(path.name for path in secrets.glob("jwt.*")) == ["jwt.jwks", "jwt.secret"]


@pytest.mark.parametrize("name", settings.PORTS)
def test_a_move_onto_a_taken_port_stops_nothing(
    operator: Operator, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    remembered = (operator.home / "run" / "ports.json").read_text()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with monkeypatch.context() as patch:
            patch.setitem(operator.env, name, str(taken.getsockname()[1]))
            said = operator.refused("up")
    assert "is taken by" in said
    assert name in said
    assert operator("status").returncode == 0
    assert (operator.home / "run" / "ports.json").read_text() == remembered


def test_a_move_to_a_free_port_is_remembered(operator: Operator) -> None:
    name = "OPSMANTIK_WEB_PORT"
    operator.env[name] = str(free_port())
    assert operator("up").returncode == 0
    chosen = operator.env.pop(name)
    found = json.loads(operator("status", "--json").stdout)
    operator.env[name] = chosen
    assert found["web"] == {"url": f"http://127.0.0.1:{chosen}", "running": True}


def test_down_keeps_the_data(operator: Operator) -> None:
    answer = operator("down")
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.count("stopped") == 3
    assert operator("status").returncode == 1
    assert operator("down").stdout.count("was not running") == 3
    again = operator("up")
    assert again.returncode == 0, again.stderr
    assert "database    is as in db/" in again.stdout


def test_among_customers_it_starts_without_the_demo(operator: Operator) -> None:
    dsn = json.loads(operator("status", "--json").stdout)["postgres"]["dsn"]
    with psycopg.connect(dsn) as connection:
        connection.execute("insert into app.sites (name, domain) values ('acme', 'acme.example')")
    answer = operator("up", "--new-jwt-secret")
    assert answer.returncode == 0, answer.stderr
    assert "demo        not seeded, there are customers' sites" in answer.stdout
    assert "Log-ins" not in answer.stdout


def test_without_the_demo() -> None:
    """A server for customers: nobody knows a password there."""
    home = Path(tempfile.mkdtemp(prefix="opsm-test-up-", dir="/var/tmp"))
    home.chmod(0o755)
    made = Operator(home)
    made.env["OPSMANTIK_DEMO"] = "no"
    try:
        answer = made("up")
        assert answer.returncode == 0, answer.stderr
        assert "Log-ins" not in answer.stdout
        dsn = json.loads(made("status", "--json").stdout)["postgres"]["dsn"]
        with psycopg.connect(dsn) as connection:
            held = connection.execute("select from app.sites union all select from app.profiles")
            assert held.fetchall() == []
    finally:
        made("down")
        shutil.rmtree(home)
