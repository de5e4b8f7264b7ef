"""A deploy on a live database: not one request fails."""

from __future__ import annotations

import threading
import time
import uuid
from collections import Counter
from random import SystemRandom

from pyctl import config, deploy
from tests.harness.rest import Api, Rest
from tests.harness.world import Site, World

below = SystemRandom().randrange
SECONDS = 3.0  # of load
THREADS = 4


def _batch(site: Site) -> dict[str, object]:
    url = f"https://{site.domain}/?gclid=Test123"
    return {
        "k": site.key,
        "s": str(uuid.uuid4()),
        "f": f"v{below(10**9)}",
        "v": "1",
        "c": {"a": 1, "m": 1},
        "p": {"u": url, "r": "", "t": "Home", "sw": 1280},
        "e": [
            {"i": below(2**53), "g": 0, "c": "page", "a": "page_view", "u": url},
            {"i": below(2**53), "g": 0, "c": "conversion", "a": "phone_call", "l": "tel:0532"},
        ],
    }


def _load(url: str, site: Site, until: float, answers: Counter[str], lock: threading.Lock) -> None:
    client = Api(url)
    while time.monotonic() < until:
        try:
            answer = client.sync(_batch(site), {"Origin": f"https://{site.domain}"})
            said = str(answer.status_code) if answer.status_code == 200 else answer.text[:200]
        except Exception as error:  # counted like any other failure
            said = repr(error)
        with lock:
            answers[said] += 1
    client.close()


def test_no_request_fails_while_the_code_is_replayed(dsn: str, rest: Rest, world: World) -> None:
    site = world.site("acme", events_per_minute=1_000_000)
    answers: Counter[str] = Counter()
    until = time.monotonic() + SECONDS
    arguments = (rest.url, site, until, answers, threading.Lock())
    threads = [threading.Thread(target=_load, args=arguments) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    while not answers and time.monotonic() < until:
        time.sleep(0.05)
    before = sum(answers.values())
    for _ in range(2):
        assert not deploy.deploy(dsn, config.REPO / "db").fresh
        time.sleep(0.3)
    for thread in threads:
        thread.join()
    assert before > 0
    assert sum(answers.values()) > before
    assert set(answers) == {"200"}, answers
    assert world.value("select count(*) from app.sessions") == answers["200"]
    assert world.value("select count(*) from app.calls") == answers["200"]
