"""docs/reference is what the catalogue and the commands say, and every curl in it works."""

from __future__ import annotations

import re
import subprocess
import uuid
from typing import Any

import pytest

from pyctl import cli, config, db, docs, postgrest
from tests.contract import marked
from tests.harness.rest import Api, Rest
from tests.harness.stage import Stage, free_port
from tests.harness.world import World

PAGE = (docs.REFERENCE / "rpc.md").read_text("utf-8")
BLOCKS = {
    name: (block, int(status))
    for name, block, status in re.findall(
        r"^## (\S+)\n.*?^```sh\n(.*?)^```\n\nAnswers (\d+)\.$", PAGE, re.MULTILINE | re.DOTALL
    )
}
PASSWORD = "a long enough password"


def test_pages_are_as_the_source(dsn: str) -> None:
    with db.connect(dsn) as conn:
        found = docs.differences(docs.pages(conn, cli.app))
    assert found == [], "renew them: make docs"


def test_a_changed_comment_is_seen(dsn: str) -> None:
    with db.connect(dsn) as conn:
        conn.execute("comment on function api.seal is 'another text'")
        found = docs.differences(docs.pages(conn, cli.app))
        conn.rollback()
    assert "+another text" in found


def test_every_code_that_a_comment_names_is_one_that_the_source_can_raise(dsn: str) -> None:
    """What is computed from the source holds what people wrote down."""
    listed = docs.listed_errors()
    with db.connect(dsn) as conn:
        rows = db.rows(conn, "docs_functions")
        texts = {row["name"]: row["text"] for row in db.rows(conn, "docs_sources")}
    missing = []
    for row in rows:
        computed = {code for _, code in docs.errors_of(row["name"], texts, listed)}
        said = set(re.findall(r"\b[a-z]+(?:_[a-z]+)+\b", row["comment"])) & {
            code for code, http in listed.items() if http >= 400
        }
        missing += [(row["name"], code) for code in sorted(said - computed)]
    assert not missing, missing


@pytest.fixture(scope="module")
def undone(stage: Stage, rest: Rest, database: str) -> str:
    """Address of a PostgREST that takes back what each request did."""
    port = free_port()
    env = postgrest.environment(
        pg_port=stage.cluster.port, database=database, port=port, admin_port=free_port(),
        secrets=stage.secrets,
    )  # fmt: skip
    service = stage.service("postgrest")
    program = postgrest.binary(config.REPO, stage.home)
    settings = str(config.REPO / "postgrest.conf")
    service.start([str(program), settings], env | {"PGRST_DB_TX_END": "rollback"})
    service.wait_for(
        f"http://127.0.0.1:{env['PGRST_ADMIN_SERVER_PORT']}/ready", postgrest.READY_SECONDS
    )
    assert rest.url
    return f"http://127.0.0.1:{port}"


def _answer(api: Api, name: str, token: str | None, /, **said: Any) -> Any:
    answer = api.call(name, said, token=token)
    assert answer.status_code < 300, (name, answer.text)
    return answer.json() if answer.content else None


@pytest.fixture(scope="module")
def words(api: Api, world: World, undone: str) -> dict[str, dict[str, str]]:
    """What the shell's words stand for: under "" for all functions, else for that one."""
    made = marked.fill(api, world, "acme", "1234567", "1250.00")
    world.rows(marked.HEALTHY)
    world.rows(
        "update app.sites set undo_window = '10 minutes', auto_approve = true where id = %(s)s",
        s=made.site,
    )
    owner, editor, viewer = (made.people[role] for role in ("owner", "editor", "viewer"))
    world.set_password(owner, PASSWORD)
    pair = _answer(api, "login", None, email=owner.email, password=PASSWORD)
    token = pair["access_token"]
    key = _answer(api, "create_api_key", owner.token, site_id=made.site, name="k", scopes=["read"])
    _answer(api, "rotate_call_secret", owner.token, site_id=made.site)
    secret = world.value("select current_secret from access.call_secrets")
    _answer(api, "rotate_call_secret", owner.token, site_id=made.site)
    _answer(api, "request_password_reset", None, email=owner.email)
    reset = world.link(owner.email)
    guest = "guest@people.example"
    _answer(api, "invite_member", owner.token, site_id=made.site, email=guest, role="viewer")
    invited = world.link(guest)
    feed = world.value("select access.create_feed_credential(%(s)s, 'feed')", s=made.site)
    admin = world.admin()
    support = _answer(
        api, "open_support_access", admin.token, site_id=made.site, reason="asked by the owner"
    )
    other = world.site("elsewhere")
    world.rows("update app.sites set deleted_at = now() where id = %(s)s", s=other.id)
    world.member("elsewhere", "owner", "owner-of-acme")
    versions = {
        str(row["id"]): str(row["version"])
        for row in world.rows("select id, version from app.calls")
    }
    login = world.value("select id from access.logins where user_id = %(u)s limit 1", u=owner.id)
    invitation = world.value("select id from app.invitations where email = %(e)s", e=guest)

    site_version = world.value("select version from app.sites where id = %(s)s", s=made.site)

    def card(number: int) -> dict[str, str]:
        return {"CALL": made.calls[number], "VERSION": versions[made.calls[number]]}

    return {
        "": {
            "API": undone, "TOKEN": token, "SITE": made.site, "PUBLIC_KEY": made.key,
            "SESSION": made.sessions[1], "NEW_SESSION": str(uuid.uuid4()), "VISITOR": made.visitor,
            "EMAIL": owner.email, "PASSWORD": PASSWORD, "REFRESH_TOKEN": pair["refresh_token"],
            "API_KEY": key["api_key"], "KEY": key["id"], "LOGIN": str(login),
            "INVITATION": str(invitation), "USER_ID": viewer.id, "CALL_SECRET": secret,
            "FEED_USER": "feed", "FEED_PASSWORD": feed, "CURSOR": made.cursor,
        } | card(0),
        "amend": card(1), "cancel": card(1), "restore": card(2),
        "undelete_call": card(4), "delete_call": card(0),
        "undo": card(1) | {"TOKEN": editor.token},
        "accept_invite": {"MAILED_TOKEN": invited}, "reset_password": {"MAILED_TOKEN": reset},
        "invite_member": {"EMAIL": "new@people.example"},
        "restore_site": {"SITE": other.id},
        "create_site": {"TOKEN": admin.token}, "open_support_access": {"TOKEN": admin.token},
        "close_support_access": {"SUPPORT_ACCESS": support["id"]},
        "admin_sites_list": {"TOKEN": admin.token},
        "update_site": {"VERSION": str(site_version)},
    }  # fmt: skip


@pytest.fixture(scope="module")
def answers(
    words: dict[str, dict[str, str]], world: World, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, tuple[int, str]]:
    """Status and body of every block, run by a shell as it is printed."""
    place = tmp_path_factory.mktemp("curls")
    world.rows("truncate ops.rate_buckets")
    script = [
        'curl() { command curl -s -o "$OUT.body" -w "%{http_code}" --max-time 30 "$@" >"$OUT"; }'
    ]
    for name, (block, _) in BLOCKS.items():
        said = words[""] | words.get(name, {}) | {"OUT": str(place / name)}
        script += [f"{word}='{text}'" for word, text in said.items()]
        script.append(block)
    done = subprocess.run(
        ["/bin/bash", "-eu"],
        input="\n".join(script), capture_output=True, text=True, timeout=110, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return {
        name: (int((place / name).read_text()), (place / f"{name}.body").read_text())
        for name in BLOCKS
    }


def test_every_function_has_its_curl(world: World) -> None:
    rows = world.rows("select proname from pg_proc where pronamespace = 'api'::regnamespace")
    assert set(BLOCKS) == {row["proname"] for row in rows}


@pytest.mark.parametrize("name", BLOCKS)
def test_curl_answers_as_documented(answers: dict[str, tuple[int, str]], name: str) -> None:
    status, body = answers[name]
    assert status == BLOCKS[name][1], body
