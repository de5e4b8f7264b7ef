"""The dashboard's numbers by their plain definitions, from the raw rows, in Python.

Shares no line with the SQL: days come from zoneinfo, sums from loops.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

Row = dict[str, Any]
HOUR = timedelta(hours=1)
NUMBERS = [
    "sessions",
    "ads_sessions",
    "visitors",
    "events",
    "page_views",
    "intents",
    "phone",
    "whatsapp",
    "form",
    "call",
    "pending",
    "sealed",
    "junk",
    "cancelled",
    "revenue_by_lead_day",
    "revenue_by_seal_day",
]


@dataclass
class Raw:
    """What the tables hold of one site."""

    zone: ZoneInfo
    sessions: list[Row]
    calls: list[Row]

    def day(self, at: datetime) -> date:
        return at.astimezone(self.zone).date()

    def midnight(self, day: date) -> datetime:
        return datetime.combine(day, time(), self.zone).astimezone(ZoneInfo("UTC"))

    def bucket(self, at: datetime, granularity: str) -> datetime:
        """When the bucket began in which that moment lies."""
        day = self.day(at)
        if granularity == "hour":
            start = self.midnight(day)
            return start + (at - start) // HOUR * HOUR
        if granularity == "week":
            day -= timedelta(days=day.weekday())
        if granularity == "month":
            day = day.replace(day=1)
        return self.midnight(day)

    def visits(self, since: datetime, until: datetime, ads_only: bool) -> list[Row]:
        found = [s for s in self.sessions if since <= s["created_at"] < until and not s["is_bot"]]
        return [s for s in found if s["is_ads"] or not ads_only]

    def newcomers(self, since: datetime, until: datetime, ads_only: bool) -> list[Row]:
        """Per day each visitor's first visit of the range; an erased visitor's flag stands."""
        firsts: dict[tuple[date, str], Row] = {}
        erased = []
        for visit in self.visits(since, until, ads_only):
            if visit["visitor_id"] is None:
                if visit["first_ads_of_day" if ads_only else "first_of_day"]:
                    erased.append(visit)
                continue
            key = (self.day(visit["created_at"]), visit["visitor_id"])
            best = firsts.get(key, visit)
            order = (visit["created_at"], str(visit["id"])), (best["created_at"], str(best["id"]))
            firsts[key] = visit if order[0] <= order[1] else best
        return [*firsts.values(), *erased]

    def leads(
        self, since: datetime, until: datetime, ads_only: bool, by: str = "tapped_at"
    ) -> list[Row]:
        return [
            c
            for c in self.calls
            if c[by] is not None
            and since <= c[by] < until
            and c["deleted_at"] is None
            and (c["is_ads"] or not ads_only)
        ]


Key = Callable[[Row, str], Any]


def table(
    raw: Raw, since: datetime, until: datetime, ads_only: bool, key: Key
) -> dict[Any, dict[str, Any]]:
    """Numbers per ``key(row, column of its time)``."""
    found: dict[Any, dict[str, Any]] = {}

    def add(rows: Iterable[Row], column: str, **adds: Callable[[Row], Any]) -> None:
        for row in rows:
            numbers = found.setdefault(key(row, column), dict.fromkeys(NUMBERS, 0))
            for name, of in adds.items():
                numbers[name] += of(row)

    def status(name: str) -> Callable[[Row], int]:
        return lambda card: int(card["status"] == name)

    def action(name: str) -> Callable[[Row], int]:
        return lambda card: int(card["intent_action"] == name)

    def amount(card: Row) -> Decimal:
        return (card["sale_amount"] or Decimal(0)) if card["status"] == "confirmed" else Decimal(0)

    add(
        raw.visits(since, until, ads_only),
        "created_at",
        sessions=lambda _: 1,
        events=lambda s: s["event_count"],
        page_views=lambda s: s["page_views"],
    )
    add(raw.visits(since, until, True), "created_at", ads_sessions=lambda _: 1)
    add(raw.newcomers(since, until, ads_only), "created_at", visitors=lambda _: 1)
    add(
        raw.leads(since, until, ads_only),
        "tapped_at",
        intents=lambda _: 1,
        phone=action("phone"),
        whatsapp=action("whatsapp"),
        form=action("form"),
        call=action("call"),
        pending=status("intent"),
        sealed=status("confirmed"),
        junk=status("junk"),
        cancelled=status("cancelled"),
        revenue_by_lead_day=amount,
    )
    add(
        raw.leads(since, until, ads_only, "sealed_at"),
        "sealed_at",
        revenue_by_seal_day=amount,
    )
    return found


def stats(raw: Raw, since: datetime, until: datetime, ads_only: bool) -> dict[str, Any]:
    found = table(raw, since, until, ads_only, lambda _row, _column: None)
    return found.get(None, dict.fromkeys(NUMBERS, 0))


def timeline(
    raw: Raw, since: datetime, until: datetime, ads_only: bool, granularity: str
) -> dict[Any, dict[str, Any]]:
    return table(
        raw, since, until, ads_only, lambda row, column: raw.bucket(row[column], granularity)
    )


def value_of(row: Row, dimension: str) -> str | None:
    plain = {
        "campaign": "utm_campaign",
        "keyword": "utm_term",
        "device": "device_type",
        "os": "device_os",
    }
    if dimension == "source":
        host = (row["referrer_host"] or "").removeprefix("www.")
        known = row["attribution"] is not None
        found = (row["utm_source"] or "").lower() or host or ("direct" if known else "")
    elif dimension == "landing_page":
        found = (row["entry_page"] or "").split("?")[0]
    else:
        found = row[plain.get(dimension, dimension)] or ""
    return found or None


def breakdown(
    raw: Raw, since: datetime, until: datetime, ads_only: bool, dimension: str
) -> dict[Any, dict[str, Any]]:
    return table(raw, since, until, ads_only, lambda row, _column: value_of(row, dimension))


def previous(raw: Raw, since: datetime, until: datetime) -> tuple[datetime, datetime]:
    """As many whole local days back as the range is long."""
    ends = [at.astimezone(raw.zone).replace(tzinfo=None) for at in (since, until)]
    days = timedelta(days=max(1, -((ends[0] - ends[1]) // timedelta(days=1))))
    utc = ZoneInfo("UTC")
    start, end = ((at - days).replace(tzinfo=raw.zone).astimezone(utc) for at in ends)
    return start, max(start, end)


def queue(raw: Raw, since: datetime, until: datetime, ads_only: bool) -> dict[str, Any]:
    """The inbox: all that is open now, and what became of the range's cards."""
    cards = raw.leads(since, until, ads_only)
    waiting = [
        card["tapped_at"]
        for card in raw.calls
        if card["status"] == "intent"
        and card["deleted_at"] is None
        and (card["is_ads"] or not ads_only)
    ]
    found: dict[str, Any] = {
        "pending": len(waiting),
        "oldest_pending_at": min(waiting, default=None),
        "intents": len(cards),
        "auto_approved": sum(
            card["status"] == "confirmed" and card["score_breakdown"].get("qualified_by") == "auto"
            for card in cards
        ),
    }
    for name, status in (("sealed", "confirmed"), ("junk", "junk"), ("cancelled", "cancelled")):
        found[name] = sum(card["status"] == status for card in cards)
    for state in ("held", "offered", "accepted", "rejected", "suppressed"):
        found[f"oci_{state}"] = sum(card["oci_status"] == state for card in cards)
    return found


def told(raw: Raw, since: datetime, until: datetime) -> dict[date, dict[str, Any]]:
    """What became of the sales, by the day of sealing."""
    days: dict[date, dict[str, Any]] = {}
    day, end = raw.day(since), raw.day(until - timedelta(microseconds=1))
    while day <= end:
        days[day] = {
            **dict.fromkeys(("sealed", "eligible", "cancelled"), 0),
            **dict.fromkeys(("held", "offered", "accepted", "rejected", "suppressed"), 0),
            **dict.fromkeys(("sealed_amount", "told_amount", "accepted_amount"), Decimal(0)),
            "reasons": {},
        }
        day += timedelta(days=1)
    for card in raw.leads(since, until, False, "sealed_at"):
        numbers, state = days[raw.day(card["sealed_at"])], card["oci_status"]
        if card["status"] not in ("confirmed", "cancelled"):
            continue
        if state is not None:
            numbers[state] += 1
        if card["oci_reason"] is not None:
            reasons = numbers["reasons"]
            reasons[card["oci_reason"]] = reasons.get(card["oci_reason"], 0) + 1
        if card["status"] == "cancelled":
            numbers["cancelled"] += 1
            continue
        amount = card["sale_amount"] or Decimal(0)
        numbers["sealed"] += 1
        numbers["sealed_amount"] += amount
        numbers["eligible"] += state in ("held", "offered", "accepted", "rejected")
        numbers["told_amount"] += amount if state in ("offered", "accepted", "rejected") else 0
        numbers["accepted_amount"] += amount if state == "accepted" else 0
    return days
