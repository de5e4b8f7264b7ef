"""Makes visits: rows of sessions, events and cards as COPY takes them, the same for the same seed.

Nothing here asks the database: what ingest would have computed (flags, counters, scores, one open
card a session) is computed along, and the test holds it against the functions of the database.
"""

from __future__ import annotations

import json
import random
from bisect import bisect
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import accumulate
from zoneinfo import ZoneInfo

from pyctl.load import binary, words

SESSION_COLUMNS = (
    "site_id, id, created_month, created_at, received_at, first_event_at, last_event_at,"
    " visitor_id, is_ads, is_bot, first_of_day, first_ads_of_day, page_host, entry_page, exit_page,"
    " referrer_host, gclid, wbraid, gbraid, msclkid, fbclid, ttclid, clicked_at, utm_source,"
    " utm_medium, utm_campaign, utm_term, matchtype, network, attribution, device_type, device_os,"
    " screen_width, country, city, district, ip_prefix, event_count, page_views, conversion_count,"
    " signals, score, script_version"
)
EVENT_COLUMNS = (
    "site_id, session_id, id, created_month, occurred_at, received_at, category, action, label,"
    " value, url, metadata"
)
CALL_COLUMNS = (
    "site_id, id, session_id, session_month, visitor_id, source, status, intent_action,"
    " intent_target, intent_stamp, tapped_at, received_at, last_tap_at, last_action, last_target,"
    " phone_clicks, whatsapp_clicks, form_submits, is_ads, click_id_type, click_id, clicked_at,"
    " attribution, utm_source, utm_medium, utm_campaign, utm_term, matchtype, network, entry_page,"
    " referrer_host, device_type, device_os, city, district, lead_score, score_breakdown, risk,"
    " risk_reasons, sale_amount, currency, note, sealed_at, sealed_by, judged_action, judged_at,"
    " judged_by, version, created_at, updated_at"
)
CLICKS = ("gclid", "wbraid", "gbraid", "msclkid", "fbclid", "ttclid")
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
ACTIONS = {"phone_call": "phone", "whatsapp": "whatsapp", "form_submit": "form"}
TAPS = (
    ("phone_call", "tel:0532 111 22 33", "tel:+905321112233"),
    ("phone_call", "tel:+905321112233", "tel:+905321112233"),
    ("whatsapp", "https://wa.me/905321112233", "wa:+905321112233"),
    ("form_submit", "geri-arama", "geri-arama"),
)


def _kind(category: str, action: str, label: str = "", value: int = 0) -> bytes:
    """These four columns of an event."""
    said = binary.text(category) + binary.text(action)
    said += binary.text(label) if label else binary.NULL
    return said + (binary.number(value) if value else binary.NULL)


PAGE_VIEW = _kind("page", "page_view")
HEARTBEAT = _kind("system", "heartbeat")
HOVER = _kind("interaction", "hover_contact", "tel:+905321112233")
HOVERED = frozenset({"interaction", "hover_contact"})
SCROLLS = tuple(
    (_kind("interaction", "scroll", value=percent), frozenset({"interaction", *signals}))
    for percent, *signals in (
        (25,), (50, "scroll_50"), (75, "scroll_50"), (90, "scroll_50", "scroll_90")
    )
)  # fmt: skip
PAGES = {page: binary.text(page) for page in words.PAGES}
TAP_SHARE = 0.032
DAY = 86400


@dataclass(frozen=True)
class Site:
    """A tenant to be loaded."""

    id: str
    number: int
    key: str
    name: str
    domain: str
    trade: int
    zone: str
    editor: str


@dataclass
class Batch:
    """Lines for the three tables, those of the partitioned ones by month; events in binary."""

    sessions: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    events: dict[str, list[bytes]] = field(default_factory=lambda: defaultdict(list))
    calls: list[str] = field(default_factory=list)

    @property
    def size(self) -> int:
        """How many events."""
        return sum(map(len, self.events.values()))


_HMS = [f" {s // 3600:02d}:{s // 60 % 60:02d}:{s % 60:02d}" for s in range(DAY)]
_MILLISECONDS = [f".{n:03d}+00" for n in range(1000)]


@cache
def _date(day: int) -> str:
    return (date(1970, 1, 1) + timedelta(days=day)).isoformat()


def _clock(moment: int) -> str:
    """Milliseconds since 1970 as COPY reads them."""
    seconds, milliseconds = divmod(moment, 1000)
    day, second = divmod(seconds, DAY)
    return _date(day) + _HMS[second] + _MILLISECONDS[milliseconds]


def _share(shares: tuple[float, ...]) -> list[float]:
    total = sum(shares)
    return list(accumulate(share / total for share in shares))


_CHANNELS = _share(tuple(channel.share for channel in words.CHANNELS))
_AGENTS = _share(tuple(agent[0] for agent in words.AGENTS))
_MINUTES = _share(tuple(words.HOURS[minute // 60] for minute in range(1440)))


def _score(signals: set[str]) -> int:
    return min(100, sum(words.POINTS[signal] for signal in signals))


class Visits:
    """Visits of one shard of a site's visitors, day after day."""

    def __init__(self, site: Site, shard: int, seed: int) -> None:
        self.site = site
        self.rng = random.Random(f"{seed}:{site.id}:{shard}")  # noqa: S311
        self.zone = ZoneInfo(site.zone)
        self.regulars: list[tuple[str, int]] = []
        self.ads_seen: dict[str, int] = {}
        self.site_bytes = bytes.fromhex(site.id)
        self.title = binary.json(json.dumps({"title": site.name}, ensure_ascii=False))
        self.keywords = words.TRADES[site.trade][2]
        self.slug = words.TRADES[site.trade][1]

    def add_day(self, batch: Batch, day: date, events: int, now: int) -> None:
        """A local day with that many events, none of them after ``now`` (milliseconds)."""
        start = int(datetime(day.year, day.month, day.day, tzinfo=self.zone).timestamp()) * 1000
        rng = self.rng.random
        begins = []
        left = events
        while left > 0:
            drawn = 1 if rng() < 0.3 else 2 + int(rng() * 20)
            size = min(left, drawn)
            left -= size
            minute = bisect(_MINUTES, rng())
            begins.append((start + min(minute, 1439) * 60000 + int(rng() * 60000), size))
        # In the order of time: only so a visitor's first visit of the day is known as it comes.
        begins.sort()
        today: dict[str, int] = {}
        for begin, size in begins:
            if begin <= now:
                self._visit(batch, begin, size, today, now)

    def _visitor(self) -> tuple[str, int]:
        """Somebody: one in four was here before."""
        rng = self.rng
        if self.regulars and rng.random() < 0.25:
            return self.regulars[int(rng.random() * len(self.regulars))]
        found = (f"{rng.getrandbits(128):032x}", rng.getrandbits(16))
        if len(self.regulars) < 20000:
            self.regulars.append(found)
        else:
            self.regulars[int(rng.random() * 20000)] = found
        return found

    def _visit(self, batch: Batch, begin: int, size: int, today: dict[str, int], now: int) -> None:
        rng, site = self.rng, self.site
        roll = rng.random
        session = f"{rng.getrandbits(128):032x}"
        is_bot = roll() < 0.02
        visitor, place = self._visitor()
        channel = words.CHANNELS[min(bisect(_CHANNELS, roll()), len(_CHANNELS) - 1)]
        _, device, system, width = words.AGENTS[min(bisect(_AGENTS, roll()), len(_AGENTS) - 1)]
        city, districts = words.CITIES[min(place % 8, 4)]
        district = districts[place % len(districts)]
        is_ads = bool(channel.click or channel.medium in {"cpc", "paid_social"})
        is_google = "google" in channel.referrer
        # What the past gives: an ads visit of this visitor in the last 180 days.
        before = self.ads_seen.get(visitor)
        is_returning = before is not None and before > begin - 180 * DAY * 1000
        attribution = channel.attribution
        if attribution == "Organic" and is_google and is_returning:
            attribution = "Ads Assisted"
        signals = {"google_referrer"} if is_google else set()
        if is_returning:
            signals.add("returning_ads")
        known = today.get(visitor, 0)
        first = ads_first = "f"
        if not is_bot:
            first = "f" if known & 1 else "t"
            ads_first = "t" if is_ads and not known & 2 else "f"
            today[visitor] = known | 1 | (2 if is_ads else 0)
            if is_ads:
                self.ads_seen[visitor] = begin

        month = _date(begin // 1000 // DAY)[:8] + "01"
        campaign = f"tr-{self.slug}" if channel.medium in {"cpc", "paid_social"} else ""
        term = self.keywords[int(roll() * len(self.keywords))] if channel.keyword else ""
        term = f"{term} {district.lower()}" if term and roll() < 0.5 else term
        matchtype = "epb"[int(roll() * 3)] if channel.keyword else ""
        query = ""
        if channel.source:
            query = f"?utm_source={channel.source}&utm_medium={channel.medium}"
            if campaign:
                query += f"&utm_campaign={campaign}"
            if term:
                query += f"&utm_term={term.replace(' ', '+')}&matchtype={matchtype}&network=g"
        click = ""
        if channel.click:
            click = "".join(rng.choices(ALPHABET, k=22)) * 4
        landing = words.PAGES[int(roll() * roll() * 7)]
        entry = (landing + query)[:1024]

        # The events
        at, url, events, tap_at = begin, entry, 0, 0
        pages = taps = 0
        card: list[tuple[str, str, int, int]] = []
        tap_from = size - 1 if roll() < TAP_SHARE * 2 and size > 2 else size
        if size <= 2 and roll() < 0.01:
            tap_from = size - 1
        frozen: tuple[set[str], int, int] | None = None
        lines = batch.events[month]
        last, exit_page = begin, entry
        of, bits = binary.line(self.site_bytes, bytes.fromhex(session)), rng.getrandbits
        month_days = binary.days(date.fromisoformat(month))
        shown = binary.text(url)
        for number in range(size):
            if number:
                at += 800 + int(roll() * 40000)
                if at > now:
                    break
            ident = bits(53)
            metadata = binary.NULL
            if number >= tap_from:
                action, raw, target = TAPS[int(roll() * 4)]
                kind = _kind("conversion", action, raw)
                card.append((ACTIONS[action], target, at, ident))
                signals.add("conversion")
                taps += 1
                events += 1
                tap_at = at
                if frozen is None:
                    frozen = (set(signals), events, at - begin)
            elif number == 0:
                kind = PAGE_VIEW
                metadata = self.title
                pages, events = pages + 1, events + 1
            else:
                pick = roll()
                if pick < 0.30:
                    kind = PAGE_VIEW
                    url = words.PAGES[int(roll() * 7)]
                    shown = PAGES[url]
                    pages, events = pages + 1, events + 1
                elif pick < 0.65:
                    kind, reached = SCROLLS[int(roll() * 3.4)]
                    signals |= reached
                    events += 1
                elif pick < 0.75:
                    kind = HOVER
                    signals |= HOVERED
                    events += 1
                else:
                    kind = HEARTBEAT
            last, exit_page = at, url
            lines.append(of + binary.moment(ident, month_days, at) + kind + shown + metadata)

        began = _clock(begin)
        clicked = _clock(begin // 1000 * 1000) if click else "\\N"
        clicks = "\t".join(click if name == channel.click else "\\N" for name in CLICKS)
        source = "\t".join(
            value or "\\N" for value in (channel.source, channel.medium, campaign, term, matchtype)
        )
        network = "g" if channel.keyword else "\\N"
        referrer = channel.referrer or "\\N"
        batch.sessions[month].append(
            f"{site.id}\t{session}\t{month}\t{began}\t{began}\t{began}\t{_clock(last)}\t{visitor}\t"
            f"{'t' if is_ads else 'f'}\t{'t' if is_bot else 'f'}\t{first}\t{ads_first}\t"
            f"{site.domain}\t{entry}\t{exit_page}\t{referrer}\t{clicks}\t{clicked}\t{source}\t"
            f"{network}\t{attribution}\t{device}\t{system}\t{width}\tTR\t{city}\t{district}\t"
            f"10.{place >> 8}.{place & 255}.0/24\t{events}\t{pages}\t{taps}\t"
            f"{{{','.join(sorted(signals))}}}\t{_score(signals)}\tseed\n"
        )
        if card and frozen:
            place_of = f"{device}\t{system}\t{city}\t{district}"
            facts = (
                f"{'t' if is_ads else 'f'}\t"
                f"{channel.click or chr(92) + 'N'}\t{click or chr(92) + 'N'}\t{clicked}\t"
                f"{attribution}\t{source}\t{network}\t{entry}\t{referrer}\t{place_of}"
            )
            self._card(batch, (session, month, visitor), card, frozen, facts, bool(click), is_bot,
                       (tap_at, now))  # fmt: skip

    def _card(
        self,
        batch: Batch,
        of: tuple[str, str, str],
        taps: list[tuple[str, str, int, int]],
        frozen: tuple[set[str], int, int],
        facts: str,
        has_click: bool,
        is_bot: bool,
        times: tuple[int, int],
    ) -> None:
        """The one card of a session, judged or still open."""
        rng, (session, month, visitor) = self.rng, of
        signals, events, duration = frozen
        tap_at, now = times
        reasons = [
            name
            for name, holds in (
                ("no_click_id", not has_click),
                ("short_session", duration < 3000),
                ("single_event", events <= 1),
                ("bot", is_bot),
            )
            if holds
        ]
        breakdown = json.dumps(
            {"total": _score(signals), "signals": {name: words.POINTS[name] for name in signals}},
            sort_keys=True,
        )
        judged_at = tap_at + 600000 + int(rng.expovariate(1 / 9e6))
        roll, status, action, version = rng.random(), "intent", "\\N", 1
        amount = sealed = judged = editor = sealer = note = "\\N"
        if judged_at <= now and roll < 0.85:
            status, action, version = "junk", "junk", 2
            judged, editor = _clock(judged_at), self.site.editor
            note = words.NOTES[int(rng.random() * len(words.NOTES))] or "\\N"
            if roll < 0.32:
                status, action = "confirmed", "seal"
                amount = str(round(rng.lognormvariate(7, 0.6) / 50) * 50 + 50)
                sealed, sealer = judged, editor
                if roll < 0.03:
                    status, action, version = "cancelled", "cancel", 3
        counts = [sum(tap[0] == name for tap in taps) for name in ("phone", "whatsapp", "form")]
        tapped = _clock(taps[0][2])
        stamp = f"{session[:8]}-{session[8:12]}-{session[12:16]}-{session[16:20]}-{session[20:]}"
        batch.calls.append(
            f"{self.site.id}\t{rng.getrandbits(128):032x}\t{session}\t{month}\t{visitor}\t"
            f"{'form' if taps[0][0] == 'form' else 'click'}\t{status}\t{taps[0][0]}\t{taps[0][1]}\t"
            f"{stamp}:{taps[0][3]}\t{tapped}\t{tapped}\t{_clock(tap_at)}\t{taps[-1][0]}\t"
            f"{taps[-1][1]}\t{counts[0]}\t{counts[1]}\t{counts[2]}\t{facts}\t{_score(signals)}\t"
            f"{breakdown}\t{'high' if reasons else 'low'}\t{{{','.join(reasons)}}}\t{amount}\tTRY\t"
            f"{note}\t{sealed}\t{sealer}\t{action}\t{judged}\t{editor}\t{version}\t{tapped}\t"
            f"{judged if judged != chr(92) + 'N' else tapped}\n"
        )


def make_sites(count: int, seed: int) -> tuple[list[Site], list[tuple[str, str, str, str]]]:
    """The sites, and their people as (id, site id, role, name)."""
    rng = random.Random(f"sites:{seed}")  # noqa: S311
    sites, people = [], []
    for number in range(1, count + 1):
        trade = number % len(words.TRADES)
        city, districts = words.CITIES[number % len(words.CITIES)]
        district = districts[number % len(districts)]
        site_id = f"{rng.getrandbits(128):032x}"
        team = [
            (f"{rng.getrandbits(128):032x}", site_id, role, words.PEOPLE[(number + n) % 18])
            for n, role in enumerate(("owner", "editor", "viewer"))
        ]
        people += team
        sites.append(
            Site(
                site_id,
                number,
                f"{rng.getrandbits(128):032x}",
                f"{district} {words.TRADES[trade][0]} {number} ({city})",
                f"{words.TRADES[trade][1]}-{number}.example",
                trade,
                "Europe/Istanbul",
                team[1][0],
            )
        )
    return sites, people


def days_of(until: date, count: int) -> Iterator[tuple[date, float]]:
    """The days up to and with ``until``, each with its weight."""
    for back in range(count - 1, -1, -1):
        day = until - timedelta(days=back)
        yield day, words.WEEKDAYS[day.weekday()]


def milliseconds(moment: datetime) -> int:
    return int(moment.astimezone(UTC).timestamp() * 1000)
