"""The product's main job on real parts: ad click, tap, lead, seal, feed."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser

from pyctl import config, seed
from tests.harness.rest import Api, Rest
from tests.harness.world import World

PHONE = (
    "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/131.0.0.0 Mobile Safari/537.36"
)


def run_jobs(dsn: str) -> None:
    """What the scheduler does each minute, by the operator's command."""
    done = subprocess.run(
        [sys.executable, "-m", "pyctl", "jobs", "run", "offer_conversions"],
        cwd=config.REPO,
        env=os.environ | {"OPSMANTIK_DSN": dsn},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def rows(feed: httpx.Response) -> list[dict[str, str]]:
    """The feed's conversions; the first line is the time zone, the second the header."""
    assert feed.status_code == 200, feed.text
    first, *rest = feed.text.splitlines()
    assert first == "Parameters:TimeZone=+0000"
    return list(csv.DictReader(rest))


@dataclass(frozen=True)
class Story:
    """What was seen on the way."""

    click_id: str
    lead: dict[str, Any]
    timeline: list[dict[str, Any]]
    before: list[dict[str, str]]
    sealed: dict[str, Any]
    waiting: list[dict[str, str]]
    after: list[dict[str, str]]
    stats: dict[str, Any]


@pytest.fixture(scope="module")
def visited(dsn: str, rest: Rest, web_url: str, browser: Browser) -> Iterator[str]:
    """A phone comes from an ad to the demo page and taps the number; gives the click id."""
    seed.demo(dsn)
    click_id = f"flow-{uuid.uuid4().hex}"
    context = browser.new_context(
        user_agent=PHONE, viewport={"width": 412, "height": 915}, has_touch=True
    )
    page = context.new_page()
    page.goto(
        f"{web_url}/demo/?gclid={click_id}&utm_source=google&utm_medium=cpc"
        f"&utm_term=%C3%A7ilingir+kad%C4%B1k%C3%B6y&matchtype=e&endpoint={rest.url}"
    )
    with page.expect_response(
        lambda answer: (
            "/rpc/sync" in answer.url and "phone_call" in (answer.request.post_data or "")
        )
    ) as answered:
        page.locator("a[href^='tel:']").first.click()
    assert answered.value.ok
    yield click_id
    context.close()


@pytest.fixture(scope="module")
def story(visited: str, api: Api, dsn: str) -> Story:
    """The owner's part, from log-in to feed."""
    login = api.call(
        "login", {"email": "ayse@kadikoy-cilingir.example", "password": "demo-ayse-2026"}
    )
    token = login.json()["access_token"]
    (site,) = api.call("sites", token=token).json()
    inbox = api.call(
        "recent_intents", {"site_id": site["id"], "status": "intent"}, token=token
    ).json()
    lead = next(card for card in inbox if card["click_id"] == visited)
    timeline = api.call(
        "session_timeline",
        {"site_id": site["id"], "session_id": lead["session_id"]},
        token=token,
        method="GET",
    ).json()

    def feed() -> list[dict[str, str]]:
        every = rows(api.feed("kadikoy-cilingir", "demo-feed-kadikoy"))
        return [row for row in every if row["Google Click ID"] == visited]

    before = feed()
    sealed = api.call(
        "seal",
        {
            "call_id": lead["id"],
            "amount": 1750.5,
            "currency": "TRY",
            "version": lead["version"],
            "note": "Çelik kapı",
        },
        token=token,
    )
    assert sealed.status_code == 200, sealed.text
    waiting = feed()
    run_jobs(dsn)
    now = datetime.now(UTC)
    (stats,) = api.call(
        "dashboard_stats",
        {
            "site_id": site["id"],
            "since": (now - timedelta(hours=1)).isoformat(),
            "until": (now + timedelta(minutes=1)).isoformat(),
        },
        token=token,
    ).json()
    return Story(visited, lead, timeline, before, sealed.json(), waiting, feed(), stats)


def test_tap_becomes_a_lead_with_what_the_operator_needs(story: Story) -> None:
    lead = story.lead
    assert (lead["status"], lead["source"], lead["intent_action"]) == ("intent", "click", "phone")
    assert lead["intent_target"].startswith("tel:+90")
    assert (lead["is_ads"], lead["attribution"]) == (True, "First Click (Paid)")
    assert (lead["keyword"], lead["matchtype"]) == ("çilingir kadıköy", "e")
    assert (lead["device_type"], lead["device_os"]) == ("mobile", "Android")
    assert lead["phone_clicks"] == 1
    assert lead["lead_score"] >= 50


def test_timeline_shows_the_visit_in_order(story: Story) -> None:
    actions = [event["action"] for event in story.timeline]
    assert actions[0] == "page_view"
    assert "phone_call" in actions


def test_nothing_is_exported_before_the_seal(story: Story) -> None:
    assert story.before == []


def test_seal_is_held_and_says_so(story: Story) -> None:
    assert (story.sealed["status"], story.sealed["oci_status"]) == ("confirmed", "held")
    assert story.sealed["oci_held_until"] is not None
    assert story.waiting == []


def test_sale_stands_in_googles_feed(story: Story) -> None:
    (row,) = story.after
    assert row["Conversion Value"] == "1750.50"
    assert row["Conversion Currency"] == "TRY"
    assert row["Conversion Name"] == "Sealed Lead"
    assert row["Order ID"].startswith("om-")
    assert (row["GBRAID"], row["WBRAID"], row["Email"], row["Phone Number"]) == ("", "", "", "")
    when = datetime.strptime(row["Conversion Time"], "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
    assert timedelta(0) <= datetime.now(UTC) - when < timedelta(minutes=5)


def test_dashboard_counts_it(story: Story) -> None:
    assert story.stats["sealed"] == 1
    assert story.stats["intents"] == 1
    assert story.stats["ads_sessions"] == 1
    assert story.stats["revenue_by_lead_day"] == story.stats["revenue_by_seal_day"] == 1750.5


def test_default_hold_keeps_the_feed_empty_and_the_card_says_until_when(
    api: Api, world: World, dsn: str
) -> None:
    site = world.site("default-hold")
    owner = world.owner("default-hold")
    secret = world.value(
        "select access.create_feed_credential(%(site)s, 'default-hold')", site=site.id
    )
    answer = api.sync(
        {
            "k": site.key,
            "s": str(uuid.uuid4()),
            "f": "visitor",
            "p": {"u": f"https://{site.domain}/?gclid=held-click"},
            "e": [{"i": 1, "g": 0, "c": "conversion", "a": "phone_call", "l": "tel:05321112233"}],
        },
        {"User-Agent": PHONE, "Origin": f"https://{site.domain}"},
    )
    assert answer.json()["status"] == "stored"
    (lead,) = api.call("recent_intents", {"site_id": site.id}, token=owner.token).json()
    card = api.call(
        "seal",
        {"call_id": lead["id"], "amount": 100, "currency": "TRY", "version": 1},
        token=owner.token,
    ).json()
    run_jobs(dsn)
    assert rows(api.feed("default-hold", secret)) == []
    assert card["oci_status"] == "held"
    until = datetime.fromisoformat(card["oci_held_until"])
    hold = until - datetime.fromisoformat(lead["tapped_at"])
    # six hours after the click, which is known to the second
    assert timedelta(hours=6, seconds=-1) <= hold <= timedelta(hours=6)
