"""Some weeks in the life of a few sites: seeded, with a moved clock and all that can happen."""

from __future__ import annotations

import contextlib
import json
import random
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
from psycopg.rows import dict_row

from pyctl import db
from tests.concurrency.clock import FakedStage
from tests.harness.world import Site, World
from tests.http.visit import PHONE
from tests.stats import oracle

ZONES = (
    "Europe/Istanbul",
    "Asia/Kathmandu",
    "America/St_Johns",
    "Australia/Lord_Howe",
    "Asia/Beirut",
)
BOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
DIMENSIONS = [
    "attribution",
    "campaign",
    "city",
    "device",
    "district",
    "keyword",
    "landing_page",
    "matchtype",
    "network",
    "os",
    "source",
]
# whoever meets a writer that is open gives way
BUSY = (psycopg.errors.QueryCanceled, psycopg.errors.DeadlockDetected)
PATIENCE = 2.0


@contextlib.contextmanager
def patience(*conns: psycopg.Connection[Any]) -> Iterator[None]:
    """Ends what waits for an open writer, from outside: timeouts are not sure by a moved clock."""
    over = threading.Event()

    def end() -> None:
        while not over.wait(PATIENCE):
            for conn in conns:
                conn.cancel_safe()

    thread = threading.Thread(target=end, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


@dataclass
class Life:
    """One run; the same seed is the same run but for ids."""

    stage: FakedStage
    world: World
    dsn: str
    seed: int
    now: datetime
    zones: tuple[str, ...] = ZONES
    dice: random.Random = field(init=False)
    moved: float = field(init=False)
    sites: list[Site] = field(init=False)
    log: list[str] = field(default_factory=list)
    open: list[tuple[psycopg.Connection[Any], Site, int]] = field(default_factory=list)
    sent: list[tuple[Site, dict[str, Any], str, datetime]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.moved = time.monotonic()
        self.dice = random.Random(self.seed)  # noqa: S311
        self.sites = [
            self.world.site(
                f"s{self.seed}-{n}", time_zone=zone, events_per_minute=1000000, assumed_cpc=2.5
            )
            for n, zone in enumerate(self.zones)
        ]
        self.owner = self.world.person(f"owner{self.seed}")
        for site in self.sites:
            self.world.member(site.name, "owner", self.owner.email.split("@")[0])
        self.asks = self.connect(as_owner=True)
        self.conn = self.connect()

    def connect(self, *, as_owner: bool = False) -> psycopg.Connection[Any]:
        conn = psycopg.connect(self.dsn, autocommit=True, row_factory=dict_row)
        conn.execute("set time zone 'UTC'")
        headers = json.dumps({"user-agent": PHONE})
        conn.execute("select set_config('request.headers', %s, false)", [headers])
        if as_owner:
            claims = {"iss": "opsmantik", "sub": self.owner.id, "role": "authenticated"}
            conn.execute("select set_config('request.jwt.claims', %s, false)", [json.dumps(claims)])
            conn.execute("set role authenticated")
        return conn

    def close(self) -> None:
        for conn, _, _ in self.open:
            conn.close()
        self.asks.close()
        self.conn.close()

    # what may happen

    def batch(self, site: Site) -> tuple[dict[str, Any], str]:
        """A batch: of a new visit or of one before, now or long ago."""
        dice = self.dice
        old = [one for one in self.sent[-40:] if one[0] is site]
        if old and dice.random() < 0.45:
            _, body, agent, _ = dice.choice(old)
            body = dict(body)
            if dice.random() < 0.3:
                return body, agent  # a replay, its age as it was stated
            if dice.random() < 0.5:
                body["f"] = body.get("f") or f"v{dice.randrange(6)}"
        else:
            agent = BOT if dice.random() < 0.08 else PHONE
            body = {"k": site.key, "s": str(uuid.UUID(int=dice.getrandbits(128), version=4))}
            if dice.random() < 0.85:
                body["f"] = f"v{dice.randrange(6)}"
        query = {
            name: dice.choice(values)
            for name, values in {
                "gclid": ("x1", "x2"),
                "utm_source": ("Google", "bing", "tabela"),
                "utm_campaign": ("yaz", "kış", "çilingir"),
                "utm_term": ("anahtar", "kapı açma"),
                "matchtype": ("e", "p"),
                "network": ("g", "s"),
            }.items()
            if dice.random() < 0.3
        }
        url = f"https://{site.domain}/{dice.choice(('', 'a', 'b/c'))}?" + "&".join(
            f"{k}={v}" for k, v in query.items()
        )
        referrer = dice.choice(("", "", "https://www.google.com/", "https://forum.example/x"))
        age = dice.choice((0, 0, 0, 60, 3600, 86400, 3 * 86400, 7 * 86400))
        ages = [int(age * dice.random() * 1000) for _ in range(dice.randrange(1, 5))]
        kinds: tuple[str, ...] = (
            "page_view",
            "page_view",
            "scroll",
            "phone_call",
            "whatsapp",
            "form_submit",
        )
        categories = {"page_view": "page", "scroll": "interaction", "heartbeat": "system"}
        body["p"] = {"u": url, "r": referrer, "sw": 400}
        body["v"] = "1"
        body["c"] = {"a": 1, "m": 1}
        body["e"] = []
        if dice.random() < 0.15:
            kinds = ("heartbeat",)  # a visit without an event that counts
        for one in ages:
            action = dice.choice((*kinds, "heartbeat"))
            body["e"].append(
                {
                    "i": dice.getrandbits(50),
                    "g": one,
                    "c": categories.get(action, "conversion"),
                    "a": action,
                    "l": "tel:05321112233",
                    "v": 60,
                }
            )
        return body, agent

    def sync(self, conn: psycopg.Connection[Any], site: Site) -> None:
        body, agent = self.batch(site)
        headers = json.dumps({"user-agent": agent})
        conn.execute("select set_config('request.headers', %s, false)", [headers])
        conn.execute("select api.sync(%s)", [json.dumps(body)])
        self.sent.append((site, body, agent, self.now))

    def place(self, site: Site) -> None:
        """A geo header that came late, as an operator's repair would write it."""
        self.conn.execute(
            "update app.sessions set city = %s, district = %s where site_id = %s and id ="
            " (select id from app.sessions where site_id = %s"
            " order by md5(id::text || %s) limit 1)",
            [
                self.dice.choice(("İstanbul", "Ankara", None)),
                self.dice.choice(("Kadıköy", None)),
                site.id,
                site.id,
                str(self.dice.random()),
            ],
        )

    def card(self, site: Site, where: str = "true") -> dict[str, Any] | None:
        cursor = self.conn.execute(
            db.as_query(
                f"select * from app.calls where site_id = %s and {where}"
                " order by md5(intent_stamp || %s) limit 1"
            ),
            [site.id, str(self.dice.random())],
        )
        return cursor.fetchone()

    def judge(self, site: Site) -> None:
        card = self.card(site, "deleted_at is null")
        if card is None:
            return
        moves = {
            "intent": ("seal", "seal", "junk"),
            "confirmed": ("amend", "cancel", "undo"),
            "junk": ("restore",),
            "cancelled": ("restore", "undo"),
        }
        action = self.dice.choice(moves[card["status"]])
        said: dict[str, Any] = {"call_id": card["id"], "version": card["version"]}
        if action in ("seal", "amend"):
            said["amount"] = Decimal(self.dice.randrange(1, 90000)) / 100
        if action == "seal":
            said["currency"] = card["currency"]
        arguments = ", ".join(f"{name} => %({name})s" for name in said)
        try:
            self.asks.execute(db.as_query(f"select api.{action}({arguments})"), said)
        except psycopg.Error as error:
            if not (error.sqlstate or "").startswith("PT"):  # refused is fine
                raise

    def put_away(self, site: Site) -> None:
        card = self.card(site)
        if card is None:
            return
        value = "null" if card["deleted_at"] else "now()"
        with contextlib.suppress(psycopg.errors.UniqueViolation):  # another is open
            self.conn.execute(
                db.as_query(f"update app.calls set deleted_at = {value} where id = %s"),
                [card["id"]],
            )

    def reported(self, site: Site) -> None:
        """A card of another day, by hand."""
        at = self.now - timedelta(seconds=self.dice.randrange(20 * 86400))
        self.conn.execute(
            "insert into app.calls (site_id, source, intent_action, intent_stamp, tapped_at,"
            " last_tap_at, last_action, currency) values (%s, 'manual', 'call', %s, %s, %s,"
            " 'call', 'TRY')",
            [site.id, str(self.dice.random()), at, at],
        )

    def erase(self, site: Site) -> None:
        """A person, as their owner does it: by visitor, or by a visit."""
        said: dict[str, Any] = {"visitor_id": f"v{self.dice.randrange(6)}"}
        card = self.card(site, "session_id is not null")
        if card is not None and self.dice.random() < 0.3:
            said = {"session_id": card["session_id"]}
        try:
            self.ask("erase_person", site_id=site.id, **said)
        except psycopg.Error as error:
            if not (error.sqlstate or "").startswith("PT"):  # busy: it gives way
                raise

    def offer(self, _: Site) -> None:
        """Sales into the feed, and what the platform answered to some."""
        self.conn.execute("select ops.offer_conversions()")
        answer, reason = self.dice.choice((("accepted", None), ("rejected", "CLICK_NOT_FOUND")))
        self.conn.execute(
            "update app.conversions set state = %s, reason = %s, decided_at = now()"
            " where state = 'offered' and hashtext(order_id || %s) %% 3 = 0",
            [answer, reason, str(self.dice.random())],
        )

    def purge(self, site: Site) -> None:
        """All visits of one browser: nobody takes away the first of a day and leaves the next."""
        self.conn.execute(
            "delete from app.sessions as gone using (select id, visitor_id from app.sessions"
            " where site_id = %s order by md5(id::text || %s) limit 1) as one"
            " where gone.site_id = %s and (gone.id = one.id or gone.visitor_id = one.visitor_id)",
            [site.id, str(self.dice.random()), site.id],
        )

    def zone(self, site: Site) -> None:
        if any(one is site for _, one, _ in self.open):
            return
        zone = self.dice.choice(self.zones)
        self.conn.execute("update app.sites set time_zone = %s where id = %s", [zone, site.id])

    def begin_writer(self, site: Site) -> None:
        """Somebody who has written and not ended, for a few steps."""
        if len(self.open) > 2:
            return
        conn = self.connect()
        conn.execute("begin")
        try:
            with patience(conn):
                self.sync(conn, site)
        except BUSY:
            conn.close()
            return
        self.open.append((conn, site, self.dice.randrange(1, 8)))

    def end_writers(self) -> None:
        left = []
        for conn, site, steps in self.open:
            if steps > 0:
                left.append((conn, site, steps - 1))
                continue
            conn.execute(self.dice.choice(("commit", "commit", "rollback")))
            conn.close()
            self.log.append(f"{self.now} {site.name}: a writer ended")
        self.open = left

    def stamp(self, _: Site) -> None:
        # a step may end within a day
        self.conn.execute("select ops.stamp_visits(%s)", [self.dice.choice((7, 50, 5000))])

    def roll(self, _: Site) -> None:
        for _try in range(60):
            row = self.conn.execute("select ops.roll_stats() as done").fetchone()
            if row is None or row["done"] == 0:
                return

    def killed_roll(self, _: Site) -> None:
        """The job in the middle of its work, and gone."""
        with psycopg.connect(self.dsn) as conn, patience(conn):
            for _step in range(self.dice.randrange(1, 4)):
                conn.execute("select ops.roll_stats()")
            conn.rollback()

    def rebuild(self, site: Site) -> None:
        day = self.now.date() - timedelta(days=self.dice.randrange(10))
        self.conn.execute(
            "select ops.rebuild_stats(%s, %s, %s)",
            [site.id, day, day + timedelta(days=self.dice.randrange(1, 3))],
        )

    def step(self) -> None:
        what: list[tuple[int, Callable[[Site], None]]] = [
            (40, lambda site: self.sync(self.conn, site)),
            (12, self.judge),
            (4, self.put_away),
            (3, self.reported),
            (2, self.erase),
            (3, self.offer),
            (1, self.purge),
            (2, self.place),
            (1, self.zone),
            (6, self.begin_writer),
            (20, self.roll),
            (2, self.stamp),
            (4, self.killed_roll),
            (1, self.rebuild),
        ]
        site = self.dice.choice(self.sites)
        (act,) = self.dice.choices([one for _, one in what], [weight for weight, _ in what])
        self.log.append(f"{self.now} {site.name}: {getattr(act, '__name__', act)}")
        try:
            with patience(self.conn, self.asks):
                act(site)
        except BUSY as error:
            self.log.append(f"  busy: {error.diag.message_primary}")
        if act == self.zone:
            self.check(site)  # before the job comes
        self.end_writers()
        minutes = self.dice.choice((0, 0, 1, 5, 12, 20, 40, 70, 180, 600))
        # Never back: a server whose clock goes back forgets its timeouts, and waits for ever.
        self.now += timedelta(
            minutes=minutes * self.dice.random() * 2, seconds=time.monotonic() - self.moved + 0.01
        )
        self.stage.at(self.now)
        self.moved = time.monotonic()

    # and what must be true all the while

    def raw(self, site: Site) -> oracle.Raw:
        def rows(query: str) -> list[dict[str, Any]]:
            return self.conn.execute(db.as_query(query), [site.id]).fetchall()

        (zone,) = rows("select time_zone from app.sites where id = %s")
        return oracle.Raw(
            ZoneInfo(zone["time_zone"]),
            rows("select * from app.sessions where site_id = %s"),
            rows("select * from app.calls where site_id = %s"),
        )

    def range(self, raw: oracle.Raw) -> tuple[datetime, datetime]:
        dice = self.dice
        ends = []
        for days in (dice.choice((0.1, 1, 3, 12, 40)), 0):
            at = self.now - timedelta(days=days * dice.random())
            if not days and dice.random() < 0.5:
                at = self.now + timedelta(days=dice.choice((0, 0, 0.5)))
            shape = dice.random()
            if shape < 0.5:
                at = raw.midnight(raw.day(at))
            elif shape < 0.7:
                at = raw.bucket(at, "hour")
            ends.append(at)
        since, until = sorted(ends)
        return (since, until) if since < until else (since, since + timedelta(hours=1))

    def ask(self, name: str, /, **arguments: Any) -> list[dict[str, Any]]:
        said = ", ".join(f"{key} => %({key})s" for key in arguments)
        query = db.as_query(f"select * from api.{name}({said})")
        return self.asks.execute(query, arguments).fetchall()

    def check(self, site: Site | None = None) -> None:
        """One site, one range: every number of the three functions against the raw rows."""
        site = site or self.dice.choice(self.sites)
        raw = self.raw(site)
        since, until = self.range(raw)
        ads_only = self.dice.random() < 0.5
        asked = {"site_id": site.id, "since": since, "until": until, "ads_only": ads_only}
        where = f"seed {self.seed}, {site.name} {raw.zone} at {self.now}"
        where += f", {since} to {until}, {ads_only=}"

        current, past = self.ask("dashboard_stats", **asked, compare=True)
        differs(where, "stats", current, oracle.stats(raw, since, until, ads_only))
        back = oracle.previous(raw, since, until)
        assert (past["starts_at"], past["ends_at"]) == back, where
        differs(where, "previous stats", past, oracle.stats(raw, *back, ads_only))

        granularity = self.dice.choice(("hour", "day", "week", "month"))
        if granularity == "hour" and until - since > timedelta(days=30):
            granularity = "day"
        rows = self.ask("dashboard_timeline", **asked, granularity=granularity)
        want = oracle.timeline(raw, since, until, ads_only, granularity)
        nothing = dict.fromkeys(oracle.NUMBERS, 0)
        for row in rows:
            differs(where, granularity, row, want.pop(row["bucket_at"], nothing))
        assert not want, f"{where}: no such {granularity}: {want}"
        starts = [row["bucket_at"] for row in rows]
        expected = [raw.bucket(since, granularity)]
        while (after := following(raw, expected[-1], granularity)) < until:
            expected.append(after)
        assert starts == expected, f"{where}: {granularity} without gaps"

        dimension = self.dice.choice(DIMENSIONS)
        top = self.dice.choice((1, 2, 999))
        rows = self.ask("dashboard_breakdown", **asked, dimension=dimension, top=top)
        want = oracle.breakdown(raw, since, until, ads_only, dimension)
        before = oracle.breakdown(raw, *back, ads_only, dimension)
        for row in rows:
            names = [row["value"]]
            if row["is_other"]:
                names = list((set(want) | set(before)) - {one["value"] for one in rows[:-1]})
            sums = [
                {n: sum(t.get(v, nothing)[n] for v in names) for n in oracle.NUMBERS}
                for t in (want, before)
            ]
            both = sums[0] | {f"previous_{n}": v for n, v in sums[1].items()}
            both = {name: value for name, value in both.items() if name in row}
            assert len(both) == 13, both
            got = {name: row[name] for name in both}
            assert got == both, f"{where}: {dimension} {row['label']}: {got} for {both}"
        for name in ("sessions", "visitors", "intents", "sealed", "junk", "pending"):
            assert sum(row[name] for row in rows) == current[name], f"{where}: {dimension} {name}"
        assert len(rows) <= top + 1

        (queue,) = self.ask("queue_stats", **asked)
        assert queue["budget_saved"] == queue["junk"] * Decimal("2.5"), where
        want = oracle.queue(raw, since, until, ads_only)
        assert {name: queue[name] for name in want} == want, where
        asked.pop("ads_only")
        days = {row.pop("day"): row for row in self.ask("oci_status", **asked)}
        told = oracle.told(raw, since, until)
        assert list(days) == list(told), f"{where}: days of oci_status"
        for day, want in told.items():
            got = {name: days[day][name] for name in want}
            assert got == want, f"{where}: oci_status of {day}"


def following(raw: oracle.Raw, start: datetime, granularity: str) -> datetime:
    day = raw.day(start)
    if granularity == "hour":
        return min(start + oracle.HOUR, raw.midnight(day + timedelta(days=1)))
    days = {"day": 1, "week": 7, "month": 32}[granularity]
    later = day + timedelta(days=days)
    return raw.midnight(later.replace(day=1) if granularity == "month" else later)


def differs(where: str, what: str, row: dict[str, Any], want: dict[str, Any]) -> None:
    got = {name: row[name] for name in oracle.NUMBERS}
    wrong = {name: (got[name], want[name]) for name in got if got[name] != want[name]}
    assert not wrong, f"{where}: {what}: (answered, is) {wrong}"
    rate = round(want["sealed"] / want["ads_sessions"], 4) if want["ads_sessions"] else None
    assert (None if row["cvr"] is None else float(row["cvr"])) == rate, f"{where}: cvr"
    assert float(row["budget_saved"]) == want["junk"] * 2.5, f"{where}: budget"
