"""docs/reference/call_event.md: its recipes sign as the database checks."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys

import pytest

from pyctl import config
from tests.harness.rest import Api
from tests.harness.world import World

PAGE = (config.REPO / "docs" / "reference" / "call_event.md").read_text(encoding="utf-8")
RECIPES = dict(re.findall(r"```(python|php|sh)\n(.*?)```", PAGE, re.DOTALL))
PROGRAMS = {"python": [sys.executable, "-c"], "php": ["php", "-r"], "sh": ["sh", "-euc"]}


@pytest.mark.parametrize("language", PROGRAMS)
def test_a_recipe_is_believed(api: Api, world: World, language: str) -> None:
    site, owner = world.site(f"shop-{language}"), world.owner(f"shop-{language}")
    made = api.call("rotate_call_secret", {"site_id": site.id}, token=owner.token).json()

    def run(secret: str) -> str:
        env = {"PATH": os.environ["PATH"], "SITE_KEY": site.key, "CALL_SECRET": secret}
        done = subprocess.run(
            [*PROGRAMS[language], RECIPES[language]],
            env={**env, "API": api.url},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return done.stdout or done.stderr

    refused = run("f" * 64)
    assert "invalid_signature" in refused or "401" in refused
    assert json.loads(run(made["secret"]))["status"] == "unmatched"
    assert json.loads(run(made["secret"]))["status"] == "duplicate"
    (card,) = world.rows(
        "select caller_phone from app.calls where site_id = %(site)s", site=site.id
    )
    assert card["caller_phone"] == "+905321112233"
