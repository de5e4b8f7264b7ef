"""The same script in Firefox, which no driver opens here: the page plays the visitor itself."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.tracker.conftest import SITE
from tests.tracker.receiver import HANG_UP, Answer, Host, Receiver

PLAY = """
addEventListener('click', e => e.target.id === 'tel' && e.preventDefault());
addEventListener('submit', e => e.preventDefault());
addEventListener('load', () => {
    document.getElementById('tel').click();
    document.getElementById('send').click();
    location.hash = '#contact';
    history.pushState(0, '', '/two');
});
"""


@pytest.mark.skipif(not shutil.which("firefox"), reason="Firefox is not installed")
def test_tap_form_and_route_arrive_once(host: Host, receiver: Receiver, tmp_path: Path) -> None:
    host.html = (
        '<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,">'
        f'<script defer src="/core.js" data-site="{SITE}" data-endpoint="{receiver.url}"></script>'
        '<a id="tel" href="tel:05321234567">Ara</a><form id="geri-ara"><button id="send">Gönder'
        f"</button></form><script>{PLAY}</script>"
    )
    receiver.rule = lambda hit: Answer(HANG_UP) if hit is receiver.hits[0] else Answer()
    firefox = subprocess.Popen(
        [
            "firefox",
            "--headless",
            "--no-remote",
            "--profile",
            str(tmp_path),
            host.url + "/?gclid=f",
        ],
        env={**os.environ, "HOME": str(tmp_path)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    expected = ["form_submit", "page_view", "page_view", "phone_call"]

    def arrived() -> list[str]:
        return sorted(event["a"] for event in list(receiver.stored.values()))

    try:
        end = time.monotonic() + 60
        while len(arrived()) < len(expected) and time.monotonic() < end:
            time.sleep(0.1)
        time.sleep(1.5)
    finally:
        os.killpg(firefox.pid, signal.SIGKILL)
        firefox.wait()
    assert arrived() == expected
    [tap] = receiver.named("phone_call")
    assert tap["l"] == "tel:05321234567"
    assert all("Firefox" in hit.headers["User-Agent"] for hit in receiver.hits)
    assert len({hit.body["s"] for hit in receiver.hits}) == 1
    assert all("gclid=f" in hit.body["p"]["u"] for hit in receiver.hits)
