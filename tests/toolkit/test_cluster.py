"""The local cluster: made all or nothing, found in every state a machine can leave it in."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from pyctl import clusterchecks, pgbin, processes
from pyctl.cluster import Cluster
from pyctl.errors import OperatorError
from tests.harness.stage import free_port


@pytest.fixture
def home() -> Iterator[Path]:
    # /var/tmp: pytest's own directories are closed to the server's user
    path = Path(tempfile.mkdtemp(prefix="opsm-test-cluster-", dir="/var/tmp"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


@pytest.fixture
def cluster(home: Path) -> Iterator[Cluster]:
    made = Cluster(home, free_port(), cron_database="opsmantik")
    yield made
    shutil.rmtree(home / "odd", ignore_errors=True)
    made.remove()


def as_server(argv: list[str]) -> list[str]:
    return ["runuser", "-u", pgbin.server_user(), "--", *argv] if os.geteuid() == 0 else argv


def test_settings_and_doors(cluster: Cluster) -> None:
    cluster.create()
    cluster.create()
    cluster.start()
    assert cluster.version() == pgbin.program_version(pgbin.find())[1]
    with psycopg.connect(cluster.dsn("opsmantik")) as connection:
        for name, value in {
            "fsync": "on",
            "synchronous_commit": "on",
            "listen_addresses": "127.0.0.1",
            "data_checksums": "on",
            "shared_preload_libraries": "pg_cron",
            "cron.database_name": "opsmantik",
            "cron.use_background_workers": "on",
        }.items():
            assert connection.execute("select current_setting(%s)", [name]).fetchone() == (
                value,
            ), name
    assert cluster.sockets.stat().st_mode & 0o777 == 0o700
    over_tcp = f"postgresql://postgres@127.0.0.1:{cluster.port}/postgres"
    with pytest.raises(psycopg.OperationalError, match=r"pg_hba\.conf rejects"):
        psycopg.connect(over_tcp)
    # the launcher of pg_cron never missed its database
    assert "does not exist" not in cluster.log.read_text()

    # a killed server: what it left is no obstacle
    pid = cluster.pid()
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    cluster.start()
    assert cluster.pid() not in (None, pid)

    # its socket was cleaned away with /tmp
    (cluster.sockets / f".s.PGSQL.{cluster.port}").unlink()
    said: list[str] = []
    cluster.start(say=said.append)
    assert len(said) == 1
    assert "was removed" in said[0]
    assert cluster.version() is not None

    # another port
    other = Cluster(cluster.home, free_port(), cron_database="opsmantik")
    other.start(say=said.append)
    assert f"from port {cluster.port} to {other.port}" in said[1]
    assert other.version() is not None

    # after a reboot the number in postmaster.pid is a stranger's
    other.stop()
    assert not other.is_running()
    assert not other.sockets.exists()
    with subprocess.Popen(as_server(["sleep", "60"])) as stranger:
        try:
            lock = cluster.data / "postmaster.pid"
            lock.write_text(f"{stranger.pid}\n{cluster.data}\n1\n{cluster.port}\n")
            cluster.start()
            assert cluster.is_running()
        finally:
            stranger.kill()


def test_interrupted_initdb_leaves_nothing_in_the_way(cluster: Cluster) -> None:
    left = cluster.home / "pg.new-1"
    (left / "base").mkdir(parents=True)
    (left / "PG_VERSION").write_text("15\n")
    cluster.data.mkdir()
    cluster.create()
    assert cluster.exists()
    assert not left.exists()


@pytest.mark.parametrize("name", ["PG_VERSION", "somebodys.txt"])
def test_half_made(home: Path, name: str) -> None:
    cluster = Cluster(home, free_port())
    cluster.data.mkdir()
    (cluster.data / name).write_text("15\n")
    for call in (cluster.exists, cluster.create, cluster.start):
        with pytest.raises(OperatorError, match="not a complete PostgreSQL cluster") as caught:
            call()
        assert f"mv {cluster.data} {cluster.data}.broken" in caught.value.way_out
    assert (cluster.data / name).exists()


def test_taken_port(cluster: Cluster) -> None:
    cluster.create()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", cluster.port))
        taken.listen()
        with pytest.raises(OperatorError, match=f"Port {cluster.port}, wanted for PostgreSQL"):
            cluster.start()
    assert not cluster.is_running()


def test_processes_that_outlived_their_server_are_not_run_over(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster.create()
    monkeypatch.setattr(clusterchecks, "LEAVE_SECONDS", 0.3)
    (cluster.data / "postmaster.pid").write_text(f"999999\n{cluster.data}\n")
    with subprocess.Popen(as_server(["sleep", "60"]), cwd=cluster.data) as left:
        try:
            began = time.monotonic()
            while not processes.working_in(cluster.data) and time.monotonic() < began + 5:
                time.sleep(0.05)
            with pytest.raises(OperatorError, match="still work in it"):
                cluster.start()
            assert (cluster.data / "postmaster.pid").exists()
        finally:
            left.kill()


def test_a_bad_setting_is_told_in_the_servers_words(cluster: Cluster) -> None:
    cluster.create()
    with (cluster.data / "postgresql.auto.conf").open("a") as file:
        file.write("work_mem = 'much'\n")
    with pytest.raises(OperatorError, match=r"(?s)did not start.*work_mem"):
        cluster.start()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root's server runs as another user")
def test_a_place_the_server_cannot_reach(home: Path) -> None:
    home.chmod(0o700)
    with pytest.raises(OperatorError, match="cannot get to") as caught:
        Cluster(home / "inner", free_port()).create()
    assert "OPSMANTIK_HOME" in caught.value.way_out


def test_a_socket_directory_of_somebody_else(cluster: Cluster) -> None:
    cluster.create()
    cluster.sockets.symlink_to(cluster.home)
    try:
        with pytest.raises(OperatorError, match="is somebody else's"):
            cluster.start()
    finally:
        cluster.sockets.unlink()


def test_programs_are_run_under_cron(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    assert pgbin.run(["true"]).returncode == 0


def test_missing_programs_of_an_old_cluster() -> None:
    with pytest.raises(OperatorError, match="made by PostgreSQL 9, whose programs are not"):
        pgbin.find(9)
