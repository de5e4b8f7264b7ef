"""Configuration: every problem at once, nothing misspelt goes unseen."""

import re
from pathlib import Path

import pytest

from pyctl import config, envfile, settings
from pyctl.errors import OperatorError


def load(tmp_path: Path, **env: str) -> config.Config:
    return config.load({"OPSMANTIK_HOME": str(tmp_path), **env}, repo=config.REPO)


def test_defaults(tmp_path: Path) -> None:
    found = load(tmp_path)
    assert (found.pg_port, found.postgrest_port) == (5439, 3009)
    assert (found.postgrest_admin_port, found.web_port) == (3010, 8009)
    assert found.home == tmp_path


def test_every_problem_is_named_at_once(tmp_path: Path) -> None:
    env = {
        "OPSMANTIK_HOME": "relative/place",
        "OPSMANTIK_PG_PORT": "many",
        "OPSMANTIK_WEB_PORT": "80",
        "OPSMANTIK_POSTGREST_PORT": "4000",
        "OPSMANTIK_POSTGREST_ADMIN_PORT": "4000",
        "OPSMANTIK_PG_BIN": str(tmp_path),
        "OPSMANTIK_PGPORT": "1",
    }
    with pytest.raises(OperatorError) as caught:
        config.load(env)
    said = caught.value.sentence
    assert caught.value.exit_code == 2
    assert said.count("\n  - ") == 6
    assert "OPSMANTIK_HOME is 'relative/place', but must be an absolute path." in said
    assert "OPSMANTIK_PG_PORT is 'many'" in said
    assert "OPSMANTIK_WEB_PORT is '80'" in said
    assert "OPSMANTIK_POSTGREST_ADMIN_PORT and OPSMANTIK_POSTGREST_PORT are both 4000." in said
    assert "there is no initdb in it" in said
    assert "OPSMANTIK_PGPORT is no setting. Did you mean OPSMANTIK_PG_PORT?" in said


@pytest.mark.parametrize(
    "text", ["0", "65536", "-1", "\uff15\uff14\uff13\uff19", "5439.0", " 5439"]
)
def test_no_port(tmp_path: Path, text: str) -> None:
    with pytest.raises(OperatorError, match="must be a port number from 1024 to 65535"):
        load(tmp_path, OPSMANTIK_PG_PORT=text)


def test_chosen_ports_are_remembered_until_others_are_chosen(tmp_path: Path) -> None:
    config.remember_ports(load(tmp_path, OPSMANTIK_PG_PORT="6001"))
    assert load(tmp_path).pg_port == 6001
    assert load(tmp_path, OPSMANTIK_PG_PORT="6002").pg_port == 6002
    config.remember_ports(load(tmp_path, OPSMANTIK_PG_PORT="6003"), "OPSMANTIK_WEB")
    assert load(tmp_path).pg_port == 6001


def test_env_file_fills_what_is_not_set(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("# ports\n\nOPSMANTIK_PG_PORT=6001\nOPSMANTIK_WEB_PORT='6002'\n")
    env = {"OPSMANTIK_PG_PORT": "7001"}
    envfile.read(file, env)
    assert env == {"OPSMANTIK_PG_PORT": "7001", "OPSMANTIK_WEB_PORT": "6002"}


def test_env_file_with_broken_lines_is_told_with_all_else(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("OPSMANTIK_PG_PORT=many\nexport X\n\nno line\n")
    env: dict[str, str] = {"OPSMANTIK_HOME": str(tmp_path)}
    found = envfile.read(tmp_path / ".env", env)
    with pytest.raises(OperatorError) as caught:
        config.load(env, found=found)
    said = caught.value.sentence
    assert caught.value.exit_code == 2
    assert said.count("\n  - ") == 3
    assert "line 2: not of the form NAME=value" in said
    assert "line 4: not of the form NAME=value" in said
    assert "OPSMANTIK_PG_PORT is 'many'" in said


def test_env_file_that_cannot_be_read(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_bytes(b"OPSMANTIK_ENVIRONMENT=\xfc\n")
    assert envfile.read(file, {}) == [f"{file} is no text in UTF-8."]
    file.unlink()
    assert envfile.read(file, {}) == []
    file.mkdir()
    assert envfile.read(file, {}) == [f"{file} can't be read: Is a directory."]


def test_env_example_is_written_from_the_settings() -> None:
    text = (config.REPO / ".env.example").read_text()
    assert text == settings.example(), "renew it: pyctl render env > .env.example"
    assert [name for name in settings.NAMES if f"\n#{name}=" not in text] == []
    for name, port in settings.PORTS.items():
        assert f"#{name}={port}\n" in text


def test_env_example_holds_what_is_accepted(tmp_path: Path) -> None:
    env: dict[str, str] = {}
    text = (config.REPO / ".env.example").read_text()
    (tmp_path / ".env").write_text(text.replace("#OPSMANTIK", "OPSMANTIK"))
    envfile.read(tmp_path / ".env", env)
    assert set(env) == set(settings.NAMES)
    assert settings.read(env) == settings.read({"OPSMANTIK_SMTP_URL": env["OPSMANTIK_SMTP_URL"]})


def test_only_the_settings_read_the_environment() -> None:
    """One declared list: what is read past it is neither documented nor validated."""
    readers = {
        path.name
        for path in (config.REPO / "pyctl").rglob("*.py")
        if re.search(r"\b(environ|getenv)\b", path.read_text())
    }
    # config finds the place of what is remembered, envfile fills the environment, and observe
    # sees whether a shell asks for completions
    assert readers == {"settings.py", "config.py", "envfile.py", "observe.py"}


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("OPSMANTIK_DSN", "host=h nonsense", "is no connection string"),
        ("OPSMANTIK_DSN", "postgresql://u:sw0rdfish@h/d", "holds a password"),
        ("OPSMANTIK_SMTP_URL", "smtp://u:sw0rdfish@h", "holds a password"),
        ("OPSMANTIK_SMTP_URL", "http://mail.example", "must be like smtp://"),
        ("OPSMANTIK_SMTP_URL", "smtp://mail.example:many", "must be like smtp://"),
        ("OPSMANTIK_MAIL_FROM", "nobody", "must be an address that mails come from"),
        ("OPSMANTIK_APP_URL", "javascript:alert(1)", "must be an address such as"),
        ("OPSMANTIK_SENTRY_DSN", "sw0rdfish", "is not a Sentry DSN"),
        ("SENTRY_DSN", "sw0rdfish", "SENTRY_DSN is not a Sentry DSN"),
        ("OPSMANTIK_LOG_LEVEL", "loud", "is not a level that I know"),
    ],
)
def test_what_is_wrong_is_said_and_no_secret(name: str, text: str, said: str) -> None:
    with pytest.raises(OperatorError, match=said) as caught:
        settings.read({name: text})
    assert name in caught.value.sentence
    assert "sw0rdfish" not in str(caught.value)


def test_typed_values() -> None:
    said = settings.read({"OPSMANTIK_PG_PORT": "6001", "OPSMANTIK_HOME": "/x", "SENTRY_DSN": ""})
    assert (said.pg_port, said.home, said.sentry_dsn) == (6001, Path("/x"), None)
    assert said.environment == "local"
