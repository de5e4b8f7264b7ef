"""Secrets: made once, mode 600; a lost or weak one stops the start."""

import fcntl
import os
from pathlib import Path

import pytest

from pyctl import secretfiles
from pyctl.errors import OperatorError

STRONG = "0123456789abcdefghijklmnopqrstuvwxyz"


@pytest.fixture
def secrets(tmp_path: Path) -> Path:
    directory = tmp_path / "secrets"
    secretfiles.write(directory / "jwt.secret", STRONG)
    return directory


def test_made_once(tmp_path: Path) -> None:
    directory = tmp_path / "secrets"
    first = secretfiles.jwt_secret(directory, may_make=True)
    assert len(first) >= 32
    assert secretfiles.jwt_secret(directory, may_make=False) == first
    assert (directory / "jwt.secret").stat().st_mode & 0o777 == 0o600
    assert directory.stat().st_mode & 0o777 == 0o700
    assert secretfiles.jwt_secret(tmp_path / "other", may_make=True) != first


def test_a_lost_one_is_not_replaced_silently(secrets: Path) -> None:
    (secrets / "jwt.secret").unlink()
    with pytest.raises(OperatorError, match="is missing, although its database is there") as caught:
        secretfiles.jwt_secret(secrets, may_make=False)
    assert "pyctl up --new-jwt-secret" in caught.value.way_out
    assert not (secrets / "jwt.secret").exists()


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "has 0 characters"),
        (STRONG[:31], "has 31 characters"),
        ("change-me" * 6, "no random text"),
        (STRONG + " ", "no random text"),
    ],
)
def test_a_weak_one_stops_the_start(secrets: Path, text: str, complaint: str) -> None:
    secretfiles.write(secrets / "jwt.secret", text)
    with pytest.raises(OperatorError, match=complaint) as caught:
        secretfiles.jwt_secret(secrets, may_make=True)
    assert not text or text not in str(caught.value)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644])
def test_others_may_not_read_it(secrets: Path, mode: int) -> None:
    (secrets / "jwt.secret").chmod(mode)
    with pytest.raises(OperatorError, match=f"has mode {mode:o}"):
        secretfiles.jwt_secret(secrets, may_make=False)


def test_an_editors_line_break_does_no_harm(secrets: Path) -> None:
    secretfiles.write(secrets / "jwt.secret", STRONG + "\n")
    assert secretfiles.jwt_secret(secrets, may_make=False) == STRONG


def test_password_file_is_libpqs(tmp_path: Path) -> None:
    password = secretfiles.authenticator_password(tmp_path / "s")
    line = (tmp_path / "s" / "pgpass").read_text()
    assert line == f"127.0.0.1:*:*:authenticator:{password}\n"
    assert secretfiles.authenticator_password(tmp_path / "s") == password


def test_a_strange_password_file(tmp_path: Path) -> None:
    secretfiles.write(tmp_path / "pgpass", "*:*:*:*:x\n")
    with pytest.raises(OperatorError, match="is not the password file"):
        secretfiles.authenticator_password(tmp_path)


def test_the_key_set_is_written_by_one_at_a_time(secrets: Path) -> None:
    handle = os.open(secrets, os.O_RDONLY)
    with secretfiles.alone(secrets), pytest.raises(BlockingIOError):
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.close(handle)
    with (
        pytest.raises(OperatorError, match="can't be written"),
        secretfiles.alone(secrets / "nowhere"),
    ):
        pass
