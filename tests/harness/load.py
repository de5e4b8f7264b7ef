"""Browsers that send while something is done to the database."""

from __future__ import annotations

import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from random import SystemRandom

from tests.harness.rest import Api
from tests.harness.world import Site

below = SystemRandom().randrange
THREADS = 4
PACE = 0.02  # seconds between a thread's requests
PATIENCE = 60.0


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


class Load:
    """Browsers that send at a steady rate; ``answers`` counts what each batch is told in the end.

    A request that waits for longer than anon's statement_timeout is told 503, and to come again
    after 2 seconds; like the tracker, it comes again.
    """

    def __init__(self, url: str, site: Site) -> None:
        self._url, self._site = url, site
        self._lock = threading.Lock()
        self._over = threading.Event()
        self.answers: Counter[str] = Counter()

    def _send(self) -> None:
        client = Api(self._url)
        while not self._over.wait(PACE):
            try:
                said = self._told(client, _batch(self._site))
            except Exception as error:  # counted like any other failure
                said = repr(error)
            with self._lock:
                self.answers[said] += 1
        client.close()

    def _told(self, client: Api, batch: dict[str, object]) -> str:
        until = time.monotonic() + PATIENCE
        while True:
            answer = client.sync(batch, {"Origin": f"https://{self._site.domain}"})
            if answer.status_code == 200:
                return "200"
            waited = answer.status_code == 503 and answer.json()["retry_after"] == 2
            if not waited or time.monotonic() > until:
                return answer.text
            time.sleep(PACE)

    def goes_on(self, count: int = 20, look: Callable[[], None] = lambda: None) -> None:
        """Waits until that many more were answered; looks again and again meanwhile."""
        enough, until = self.answers.total() + count, time.monotonic() + PATIENCE
        while self.answers.total() < enough:
            look()
            assert time.monotonic() < until, "the requests stand still"
            time.sleep(0.01)

    @contextmanager
    def running(self) -> Iterator[None]:
        """For as long as the block takes, with answers before and after it."""
        threads = [threading.Thread(target=self._send) for _ in range(THREADS)]
        for thread in threads:
            thread.start()
        try:
            self.goes_on()
            yield
            self.goes_on()
        finally:
            self._over.set()
            for thread in threads:
                thread.join()
