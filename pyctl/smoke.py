"""``pyctl smoke``: one lead through a running installation, from the tap to the feed.

By HTTP alone, as a browser, an operator and an ad platform would; it needs no database. The site
it uses is a canary's: its domain is reserved (.invalid), so it is nobody's.
"""

from __future__ import annotations

import base64
import json
import random
import signal
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import typer

from pyctl import output, processes, secretfiles, webclient
from pyctl.errors import OperatorError
from pyctl.webclient import Answer

BROWSER = (
    "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/126.0.0.0 Mobile Safari/537.36"
)
# RFC 2606: never anybody's
RESERVED = (".invalid", ".test", ".example")
AMOUNT = 1.0


class StepError(Exception):
    """A step did not do what it should; says what was expected and what came."""


@dataclass(frozen=True)
class Credentials:
    """Who goes through: the canary's owner, and perhaps its feed."""

    email: str
    password: str = field(repr=False)
    feed_user: str | None = None
    feed_secret: str | None = field(default=None, repr=False)


def read(path: Path) -> Credentials:
    """What `pyctl site canary` wrote.

    Raises:
        OperatorError: it is not there, open to others, or something else.
    """
    way_out = "`pyctl site canary FILE` writes one."
    try:
        return Credentials(**json.loads(secretfiles.read(path)))
    except FileNotFoundError:
        raise OperatorError(f"{path} is not there.", way_out, exit_code=2) from None
    except (OSError, ValueError, TypeError):
        raise OperatorError(f"{path} holds no credentials.", way_out, exit_code=2) from None


@dataclass
class Run:
    """One walk; what it learns on the way."""

    url: str
    who: Credentials
    wait: float
    session: str = field(default_factory=lambda: str(uuid.uuid4()))
    click: str = field(default_factory=lambda: f"smoke-{uuid.uuid4().hex}")
    token: str | None = None
    refresh: str | None = None
    site: dict[str, Any] = field(default_factory=dict)
    card: dict[str, Any] = field(default_factory=dict)
    has_tapped: bool = False

    def call(self, name: str, /, **arguments: Any) -> Answer:
        """A function, as the person who is logged in."""
        headers = {"Content-Type": "application/json"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        return webclient.ask(f"{self.url}/rpc/{name}", json.dumps(arguments), headers)

    def health(self) -> str:
        answer = _good(webclient.ask(f"{self.url}/rpc/health"), "health answers 200")
        said = _first(answer).get("status")
        if said not in ("ok", "warning"):
            raise StepError(f"expected health ok or warning, got {said}")
        return f"health is {said}"

    def script(self) -> str:
        answer = _good(
            webclient.ask(f"{self.url}/rpc/core.js", headers={"Accept": "*/*"}),
            "the tracker's script is served",
        )
        if "sync" not in answer.text:
            raise StepError("expected the tracker's script, got something else")
        return f"{len(answer.text)} characters"

    def log_in(self) -> str:
        said = {"email": self.who.email, "password": self.who.password}
        answer = _good(self.call("login", **said), f"{self.who.email} can log in")
        self.token, self.refresh = _first(answer)["access_token"], _first(answer)["refresh_token"]
        return f"as {self.who.email}"

    def find_site(self) -> str:
        found = _good(self.call("sites"), "sites answers").json
        mine = [site for site in found if site["domain"].endswith(RESERVED)]
        if len(found) != 1 or len(mine) != 1 or mine[0]["role"] != "owner":
            raise StepError(
                f"expected to own exactly one site, in a reserved domain {RESERVED}; got"
                f" {[(site['domain'], site['role']) for site in found]}"
            )
        self.site = mine[0]
        return str(self.site["domain"])

    def tap(self) -> str:
        page = f"https://{self.site['domain']}/?gclid={self.click}"

        def event(category: str, action: str, **more: Any) -> dict[str, Any]:
            return {"i": random.getrandbits(53), "g": 0, "c": category, "a": action, **more}

        batch = {
            "k": self.site["public_key"],
            "s": self.session,
            "f": uuid.uuid4().hex,
            "v": "smoke",
            "c": {"a": 1, "m": 1},
            "p": {"u": page, "r": "", "t": "smoke", "sw": 412},
            "e": [
                event("page", "page_view"),
                event("conversion", "phone_call", l="tel:+905320000000"),
            ],
        }
        headers = {
            "Content-Type": "text/plain",
            "User-Agent": BROWSER,
            "Origin": f"https://{self.site['domain']}",
        }
        self.has_tapped = True
        answer = _good(
            webclient.ask(f"{self.url}/rpc/sync", json.dumps(batch), headers), "sync stores a tap"
        )
        said = _first(answer)
        if said.get("accepted") != 2:
            raise StepError(f"expected 2 events accepted, got {answer.status} {said}")
        return "2 events stored"

    def inbox(self) -> str:
        mine = self._mine()
        if len(mine) != 1 or mine[0]["status"] != "intent":
            raise StepError(f"expected one open card of this visit, got {len(mine)}")
        self.card = mine[0]
        if self.card["click_id"] != self.click:
            raise StepError("expected the card to carry its click id, and it does not")
        return f"card {self.card['id']}"

    def seal(self) -> str:
        answer = self.call(
            "seal",
            call_id=self.card["id"],
            amount=AMOUNT,
            currency=self.site["currency"],
            version=self.card["version"],
        )
        card = _first(_good(answer, "the card can be sealed"))
        if card["status"] != "confirmed" or card["oci_status"] not in ("held", "offered"):
            raise StepError(
                f"expected a sale that waits for the feed, got {card['status']},"
                f" {card['oci_status']} {card['oci_reason'] or ''}"
            )
        self.card = card
        return f"{AMOUNT:.2f} {self.site['currency']}"

    def offered(self) -> str:
        began = time.monotonic()
        while True:
            answer = self.call("intent_details", call_id=self.card["id"])
            state = _first(_good(answer, "the card can be read"))["card"]["oci_status"]
            if state == "offered":
                return f"after {time.monotonic() - began:.0f} s"
            if time.monotonic() - began > self.wait:
                raise StepError(
                    f"expected the job offer_conversions to offer it within {self.wait:.0f} s, it"
                    f" is {state}; see `pyctl jobs list`, and the site's conversion_hold"
                )
            time.sleep(min(2.0, self.wait / 10))

    def _feed(self) -> Answer:
        pair = f"{self.who.feed_user}:{self.who.feed_secret}".encode()
        login = {"Authorization": "Basic " + base64.b64encode(pair).decode(), "Accept": "*/*"}
        return webclient.ask(f"{self.url}/rpc/conversions.csv", headers=login)

    def in_feed(self) -> str:
        text = _good(self._feed(), "conversions.csv is served").text
        rows = [line for line in text.splitlines() if self.click in line]
        if len(rows) != 1:
            raise StepError(f"expected one row of this click in conversions.csv, got {len(rows)}")
        return "one row"

    def clean_up(self) -> str:
        """The sale is taken back, the visit made anonymous, the card put away, the log-in ended.

        Each of these whatever became of the others.
        """
        problems = []
        for name, act in {
            "recent_intents": self._find_card,
            "cancel": self._cancel,
            "erase_person": self._erase,
            "delete_call": self._put_away,
            "conversions.csv": self._look_at_feed,
            "logout": self._log_out,
        }.items():
            try:
                act()
            except (StepError, *ODD) as error:
                problems.append(f"{name}: {_why(error)}")
        if problems:
            raise StepError("expected nothing to stay behind; " + "; ".join(problems))
        if self.card:
            return "sale cancelled, visit erased, card put away"
        return "visit erased" if self.has_tapped else "nothing was left"

    def _mine(self) -> list[dict[str, Any]]:
        found = _good(self.call("recent_intents", site_id=self.site["id"]), "the inbox answers")
        return [card for card in found.json if card["session_id"] == self.session]

    def _find_card(self) -> None:
        """The tap may have opened one although its answer, or the inbox's, was lost."""
        if self.has_tapped and not self.card:
            self.card = next(iter(self._mine()), {})

    def _judge(self, name: str) -> None:
        """The card as it now stands, whatever happened before."""
        answer = self.call("intent_details", call_id=self.card["id"])
        card = _first(_good(answer, "the card can be read"))["card"]
        if name != "cancel" or card["status"] == "confirmed":
            call = {"call_id": card["id"], "version": card["version"]}
            _good(self.call(name, **call), "it answers")

    def _cancel(self) -> None:
        if self.card:
            self._judge("cancel")

    def _erase(self) -> None:
        if self.has_tapped:
            said = {"site_id": self.site["id"], "session_id": self.session, "reason": "other"}
            _good(self.call("erase_person", **said), "it answers")

    def _put_away(self) -> None:
        if self.card:
            self._judge("delete_call")

    def _look_at_feed(self) -> None:
        if self.card and self.who.feed_user:
            text = _good(self._feed(), "it is served").text
            if self.click in text:
                raise StepError("it still has the sale")

    def _log_out(self) -> None:
        _good(self.call("logout", refresh_token=self.refresh), "it answers")


# what an answer that is not as documented leads to
ODD = (KeyError, TypeError, AttributeError)


def _why(error: Exception) -> str:
    if isinstance(error, StepError):
        return str(error)
    return f"the answer is not as documented ({type(error).__name__}: {error})"


def _said(answer: Answer) -> str:
    if answer.status == 0:
        return f"no answer ({answer.text})"
    body = answer.json
    message = body.get("message") or body.get("status") if isinstance(body, dict) else None
    return f"{answer.status} {message or ''}".strip()


def _good(answer: Answer, what: str) -> Answer:
    if not answer.ok:
        raise StepError(f"expected that {what}, got {_said(answer)}")
    return answer


def _first(answer: Answer) -> dict[str, Any]:
    """The row of an answer that is one, alone or in a list."""
    body = answer.json
    row = body[0] if isinstance(body, list) and len(body) == 1 else body
    if not isinstance(row, dict):
        raise StepError("expected one row of JSON, got something else")
    return row


def walk(run: Run, tell: Callable[[dict[str, Any]], None]) -> bool:
    """All steps in order up to the first that fails, and then the clean-up; True: all went well."""
    steps: list[tuple[str, Callable[[], str]]] = [
        ("health", run.health),
        ("script", run.script),
        ("log-in", run.log_in),
        ("site", run.find_site),
        ("tap", run.tap),
        ("inbox", run.inbox),
        ("seal", run.seal),
        ("job", run.offered),
    ]
    if run.who.feed_user:
        steps.append(("feed", run.in_feed))
    good = False
    try:
        good = all(_step(name, step, tell) for name, step in steps)
        if good and not run.who.feed_user:
            tell({"step": "feed", "ok": None, "said": "skipped: no feed_user was given"})
    finally:  # also where nobody reads any more what is told
        if run.token:
            good = _step("clean-up", run.clean_up, tell) and good
    return good


def _step(name: str, step: Callable[[], str], tell: Callable[[dict[str, Any]], None]) -> bool:
    began = time.monotonic()
    try:
        said, good = step(), True
    except (StepError, *ODD) as error:
        said, good = _why(error), False
    except KeyboardInterrupt as stop:  # what was sent until then is cleaned up all the same
        said, good = f"stopped by {str(stop) or 'Ctrl-C'}", False
    seconds = round(time.monotonic() - began, 2)
    tell({"step": name, "ok": good, "said": said, "seconds": seconds})
    return good


def command(
    url: Annotated[str, typer.Argument(help="Where /rpc/ is: https://api.example.")],
    credentials: Annotated[
        Path, typer.Option(metavar="FILE", help="What `pyctl site canary` wrote.", dir_okay=False)
    ],
    wait: Annotated[
        float, typer.Option(min=0.1, max=3600, help="Seconds for the job that offers the sale.")
    ] = 150,
    as_json: output.AsJson = False,
) -> None:
    """Send one lead through a running installation, from the tap to the feed; clean up after it.

    Exit code 1 with the step that failed and what was expected. It speaks HTTP alone and needs no
    database; the site is the canary's, and nothing of it reaches an ad platform.

    Example: pyctl smoke https://api.example --credentials canary.json
    """
    if not url.startswith(("http://", "https://")):
        raise OperatorError(f"{url} is no address.", "Write https://...", exit_code=2)
    done: list[dict[str, Any]] = []

    def tell(step: dict[str, Any]) -> None:
        done.append(step)
        if not as_json:
            mark = {True: "ok", False: "FAILED", None: "-"}[step["ok"]]
            output.say(f"{step['step']:<9} {mark:<7} {step['said']}")

    run = Run(url.rstrip("/"), read(credentials), wait)
    with processes.as_ctrl_c(signal.SIGTERM, signal.SIGHUP):
        good = walk(run, tell)
    if as_json:
        output.dump({"ok": good, "steps": done})
    if not good:
        raise typer.Exit(1)
