"""Who calls, and what they call upon: three sites alike, one of them archived."""

from __future__ import annotations

import hmac
import json
import time
import uuid
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.contract import marked
from tests.harness.requests import PASSWORD, REQUESTS
from tests.harness.rest import Api
from tests.harness.world import Site, World
from tests.http.visit import Visit, event

SITES = ("oursmark", "nextmark", "gonemark")
# Of which site a target is, and, where a request names a second thing, of which that is.
SITE_OF = {"foreign": "nextmark", "archived": "gonemark", "missing": "missing"}
INNER_OF = {"mixed": "nextmark", "absent": "missing"}
PEOPLE = ["stranger", "removed", "neighbour", "viewer", "editor", "owner", "admin", "support"]
NOBODY = str(uuid.UUID(int=7))
CARDS = (
    "select id::text, status, version, deleted_at is not null as deleted from app.calls"
    " where site_id = %(site)s order by created_at"
)
LOGIN = "select id::text from access.logins where user_id = %(user)s order by created_at limit 1"
FEED = "select access.create_feed_credential(%(site)s, %(user)s)"
END_FEED = "update access.feed_credentials set revoked_at = now() where user_name = %(user)s"
END_ACCESS = "update app.support_accesses set closed_at = now() where id = %(id)s"
KEY_USER = "select user_id::text from access.api_keys where id = %(id)s"
# The state that a judgement begins with; the others begin with an open card.
BEGINS = {
    "amend": "confirmed",
    "cancel": "confirmed",
    "undo": "confirmed",
    "restore": "junk",
    "undelete_call": "deleted",
}
SPAN = (
    "select (now() - interval '30 days')::text as since, (now() + interval '1 hour')::text as until"
)


@dataclass(frozen=True)
class Caller:
    """Somebody, as their request's headers say."""

    name: str
    headers: dict[str, str] = field(repr=False)
    login: str = ""


@dataclass(frozen=True)
class Request:
    """What is sent."""

    body: bytes
    headers: dict[str, str] = field(repr=False)


# Something that is there, and something alike that is no more.
Pair = tuple[str, str]


@dataclass
class Place:
    """What a request can name: a site, its cards, visits, people and credentials."""

    site: str
    key: str
    version: int
    cards: dict[str, dict[str, Any]]
    visitor: str
    session: str
    email: str
    user: Pair
    key_id: Pair
    api_key: Pair
    invitation: Pair
    invited: Pair
    reset: Pair
    refresh: Pair
    feed: tuple[Pair, Pair]
    access: Pair
    call_secret: str

    def ids(self) -> set[str]:
        """All by which it is named in a request, and so perhaps in an answer."""
        cards = {card["id"] for card in self.cards.values()}
        pairs = {*self.user, *self.key_id, *self.invitation, *self.access}
        return {self.site, self.key, self.visitor, self.session} | cards | pairs


def nowhere() -> Place:
    """A site of which nothing is there, with ids of the right shape."""

    def no() -> str:
        return str(uuid.uuid4())

    def pair() -> Pair:
        return no(), no()

    states = ("intent", "confirmed", "junk", "cancelled", "deleted")
    return Place(
        site=no(),
        key=uuid.uuid4().hex,
        version=1,
        cards={state: {"id": no(), "version": 1} for state in states},
        visitor="nobody-visitor-0",
        session=no(),
        email="nobody@people.example",
        user=pair(),
        key_id=pair(),
        api_key=pair(),
        invitation=pair(),
        invited=pair(),
        reset=pair(),
        refresh=pair(),
        feed=(pair(), pair()),
        access=pair(),
        call_secret="0" * 64,
    )


class Stand:
    """The world in which every call of the matrix is made."""

    def __init__(self, api: Api, world: World) -> None:
        self.api, self.world = api, world
        world.rows(marked.HEALTHY)
        self.marked = {
            name: marked.fill(api, world, name, phone, amount)
            for name, phone, amount in zip(
                SITES, ("1234567", "7654321", "1111111"), ("4321.09", "8765.43", "1234.56"),
                strict=True,
            )
        }  # fmt: skip
        for role in ("viewer", "editor", "owner"):
            world.member("gonemark", role, f"{role}-of-oursmark")
        world.member("oursmark", "editor", "removed")
        self._leave("oursmark", world.person("removed").id)
        self.places = {name: self._place(name) for name in SITES} | {"missing": nowhere()}
        self.callers = {one.name: one for one in self._callers()}
        world.site("gonemark", deleted_at="now")
        world.rows("select ops.count_usage()")
        self.span: dict[str, str] = world.rows(SPAN)[0]

    def _leave(self, site: str, person: str) -> None:
        owner = self.marked[site].people["owner"].token
        said = {"site_id": self.marked[site].site, "user_id": person}
        assert self.api.call("remove_member", said, token=owner).status_code == 204

    def _do(self, token: str | None, function: str, /, **said: Any) -> dict[str, Any]:
        self.world.rows("truncate ops.rate_buckets")
        answer = self.api.call(function, said, token=token)
        assert answer.status_code < 300, (function, answer.text)
        found: dict[str, Any] = answer.json() if answer.content else {}
        return found

    def _place(self, name: str) -> Place:
        world, made = self.world, self.marked[name]
        owner, at = made.people["owner"].token, {"site_id": made.site}
        world.site(name, undo_window="10 minutes", auto_approve=True)
        cards: dict[str, dict[str, Any]] = {}
        for row in world.rows(CARDS, site=made.site):
            cards.setdefault("deleted" if row["deleted"] else row["status"], row)

        here, left = (world.member(name, "viewer", f"{who}-{name}") for who in ("here", "left"))
        world.set_password(here, PASSWORD)
        self._leave(name, left.id)
        resets = []
        for _ in "ab":
            self._do(None, "request_password_reset", email=here.email)
            resets.append(world.link(here.email))
            if len(resets) == 1:
                self._do(None, "reset_password", token=resets[0], password=PASSWORD)
        logins = [self._do(None, "login", email=here.email, password=PASSWORD) for _ in "ab"]
        self._do(None, "logout", refresh_token=logins[1]["refresh_token"])

        self._do(owner, "rotate_call_secret", **at)
        secret = self._do(owner, "rotate_call_secret", **at)["secret"]
        keys = [
            self._do(owner, "create_api_key", **at, name=n, scopes=["read"]) for n in ("in", "out")
        ]
        self._do(owner, "revoke_api_key", **at, key_id=keys[1]["id"])

        asked = [f"{name}-{n}@people.example" for n in ("asked", "unasked")]
        for email in asked:
            self._do(owner, "invite_member", **at, email=email, role="viewer")
        invited = [world.link(email) for email in asked]
        listed = self.api.call("invitations", at, token=owner).json()
        ids = {one["email"]: one["id"] for one in listed}
        self._do(owner, "revoke_invitation", **at, invitation_id=ids[asked[1]])

        users = (f"feed-{name}", f"old-{name}")
        feeds = [(user, world.value(FEED, site=made.site, user=user)) for user in users]
        world.rows(END_FEED, user=users[1])
        boss = world.person("support" if name == SITES[0] else "boss", role="admin")
        opened = [world.open_support(name, boss) for _ in "ab"]
        world.rows(END_ACCESS, id=opened[1])
        return Place(
            site=made.site,
            key=made.key,
            version=world.value("select version from app.sites where id = %(id)s", id=made.site),
            cards=cards,
            visitor=f"{name}-visitor-0",
            session=made.sessions[0],
            email=here.email,
            user=(here.id, left.id),
            key_id=(keys[0]["id"], keys[1]["id"]),
            api_key=(keys[0]["api_key"], keys[1]["api_key"]),
            invitation=(ids[asked[0]], ids[asked[1]]),
            invited=(invited[0], invited[1]),
            reset=(resets[1], resets[0]),
            refresh=(logins[0]["refresh_token"], logins[1]["refresh_token"]),
            feed=(feeds[0], feeds[1]),
            access=(opened[0], opened[1]),
            call_secret=secret,
        )

    def _callers(self) -> Iterator[Caller]:
        world = self.world
        ours = self.marked["oursmark"]

        def bearer(name: str, token: str, user: str | None = None) -> Caller:
            login = world.value(LOGIN, user=user) if user else NOBODY
            return Caller(name, {"Authorization": f"Bearer {token}"}, login)

        who = ours.people | {
            "stranger": world.person("stranger"),
            "removed": world.person("removed"),
            "neighbour": self.marked["nextmark"].people["owner"],
            "admin": world.admin(),
            "support": world.person("support", role="admin"),
        }
        yield Caller("anon", {})
        yield bearer("expired", world.token(who["owner"].id, exp=int(time.time()) - 600))
        for name in PEOPLE:
            world.set_password(who[name], PASSWORD)
            yield bearer(name, world.token(who[name].id), who[name].id)
        for role in ("service_role", "monitor"):
            yield bearer(role, world.token("machine", role=role))
        yield bearer("analyst", world.token(who["owner"].id, role="analyst"))
        for scope in ("read", "write"):
            said = {"site_id": ours.site, "name": scope, "scopes": [scope]}
            made = self._do(who["owner"].token, "create_api_key", **said)
            token = self._do(None, "key_login", api_key=made["api_key"])["access_token"]
            yield bearer(f"key_{scope}", token, world.value(KEY_USER, id=made["id"]))
        yield Caller("feed", {})

    def hidden_from(self, caller: str) -> set[str]:
        """What may stand in no answer to them."""
        ours, theirs, gone = (self.marked[name].marks for name in SITES)
        if caller == "neighbour":
            return (ours | gone) - theirs
        if caller == "owner":
            return theirs - ours - gone
        if caller in ("viewer", "editor", "support", "key_read", "key_write", "feed"):
            return (theirs | gone) - ours
        return ours | theirs | gone

    def request(self, function: str, target: str, caller: Caller) -> Request:
        """The valid request of that caller for that target."""
        place = self.places[SITE_OF.get(target, "oursmark")]
        inner = self.places[INNER_OF[target]] if target in INNER_OF else place
        old = target == "deleted"
        headers = dict(caller.headers)
        if caller.name == "feed":
            # The feeds have no arguments: who asks is what they ask for.
            feed = place.feed[old] if function.endswith(".csv") else self.places[SITES[0]].feed[0]
            headers["Authorization"] = "Basic " + b64encode(":".join(feed).encode()).decode()
        if not REQUESTS[function] and function not in ("sync", "call_event"):
            return Request(b"", headers)
        if function == "sync":
            batch = Visit(Site(place.site, "", place.key, "oursmark.example")).batch(event())
            return Request(json.dumps(batch).encode(), headers | {"Content-Type": "text/plain"})
        headers["Content-Type"] = "application/json"
        if function == "call_event":
            # Another site's report is tried with the signature of ours.
            signer = self.places[SITES[0]] if target == "foreign" else place
            body = json.dumps({"k": place.key, "id": "call-1"}).encode()
            now = str(int(time.time()))
            digest = hmac.digest(signer.call_secret.encode(), now.encode() + b"." + body, "sha256")
            return Request(body, headers | {"X-Signature": f"t={now},v1={digest.hex()}"})
        state = BEGINS.get(function, "intent")
        card = place.cards[("intent" if state == "deleted" else "deleted") if old else state]
        login = {"own": caller.login, "foreign": self.callers["neighbour"].login}
        known: dict[str, Any] = {
            "site_id": place.site,
            "call_id": card["id"],
            "version": place.version if function == "update_site" else card["version"],
            "session_id": inner.session,
            "visitor_id": inner.visitor,
            "user_id": inner.user[old],
            "key_id": inner.key_id[old],
            "access_id": inner.access[old],
            "invitation_id": inner.invitation[old],
            "token": (inner.reset if function == "reset_password" else inner.invited)[old],
            "api_key": inner.api_key[old],
            "refresh_token": inner.refresh[old],
            "login_id": login.get(target, NOBODY),
            "items": [
                {"call_id": one.cards["intent"]["id"], "version": one.cards["intent"]["version"]}
                for one in ((place, inner) if target in INNER_OF else (place,))
            ],
            **self.span,
        }
        if function == "login":
            known["email"] = inner.email
        said = {name: known.get(name, value) for name, value in REQUESTS[function].items()}
        return Request(json.dumps(said).encode(), headers)
