"""What a session becomes: attribution, device, place, origin, score, risk."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest

from tests.harness.rest import Api
from tests.harness.world import Site, World
from tests.http.visit import PHONE, Visit, event, post, said, scroll, tap

ATTRIBUTION = ("attribution", "is_ads", "utm_source", "utm_medium", "utm_term", "gclid")


def facts(visit: Visit, world: World) -> dict[str, Any]:
    row = visit.row(world)
    return {name: row[name] for name in ATTRIBUTION}


def page(visit: Visit, query: str = "", referrer: str = "") -> dict[str, Any]:
    """The page part of a later page view."""
    return {"u": f"https://{visit.site.domain}/next{query}", "r": referrer, "t": "", "sw": 412}


@pytest.mark.parametrize(
    ("query", "referrer", "attribution", "is_ads"),
    [
        ("gclid=a", "", "First Click (Paid)", True),
        ("wbraid=a", "https://www.google.com/", "First Click (Paid)", True),
        ("gbraid=a&utm_medium=organic", "", "First Click (Paid)", True),
        ("utm_medium=CPC", "", "Paid (UTM)", True),
        ("utm_source=google", "", "Direct", False),
        ("utm_source=google&utm_medium=organic", "https://www.google.com.tr/", "Organic", False),
        ("", "https://www.google.de/search", "Organic", False),
        ("", "https://notgoogle.com/", "Referral", False),
        ("", "https://netflix.com/", "Referral", False),
        ("", "https://x.com/a", "Social", False),
        ("fbclid=a", "https://m.facebook.com/", "Paid Social", True),
        ("utm_medium=paid_social", "https://l.instagram.com/", "Paid Social", True),
        ("utm_medium=cpcx", "", "Direct", False),
        ("gclid=", "", "Direct", False),
        ("", "", "Direct", False),
    ],
)
def test_attribution(
    api: Api, world: World, site: Site, query: str, referrer: str, attribution: str, is_ads: bool
) -> None:
    visit = Visit(site, query)
    url = f"https://{site.domain}/?{query}"
    visit.send(api, event(), p={"u": url, "r": referrer})
    found = facts(visit, world)
    assert (found["attribution"], found["is_ads"]) == (attribution, is_ads)


def test_second_page_view_wipes_nothing(api: Api, world: World, site: Site) -> None:
    visit = Visit(site, "gclid=first&utm_source=google&utm_medium=cpc&utm_term=kilit&matchtype=e")
    visit.send(api, event())
    before, entry = facts(visit, world), visit.row(world)["entry_page"]
    visit.send(api, event(), p=page(visit))
    visit.send(api, event(), p=page(visit, "?utm_source=mail&utm_medium=email&gclid=second"))
    visit.send(api, event(), p=None, f=None, v=None)
    assert facts(visit, world) == before
    row = visit.row(world)
    assert (row["entry_page"], row["visitor_id"], row["matchtype"]) == (entry, visit.visitor, "e")


def test_later_batch_fills_what_is_empty(api: Api, world: World, site: Site) -> None:
    visit = Visit(site, "")
    visit.send(api, event(), f=None)
    visit.send(api, event(), p=page(visit, "?utm_term=kilit&network=g"))
    row = visit.row(world)
    assert (row["utm_term"], row["network"], row["visitor_id"]) == ("kilit", "g", visit.visitor)
    assert row["attribution"] == "Direct"


def test_late_click_lifts_once(api: Api, world: World, site: Site) -> None:
    visit = Visit(site, "utm_source=mail&utm_medium=email")
    visit.send(api, event())
    assert facts(visit, world)["attribution"] == "Direct"
    visit.send(api, event(), p=page(visit, "?gclid=late&utm_source=google&utm_medium=cpc"))
    lifted = facts(visit, world)
    assert lifted == {
        "attribution": "First Click (Paid)",
        "is_ads": True,
        "utm_source": "google",
        "utm_medium": "cpc",
        "utm_term": None,
        "gclid": "late",
    }
    visit.send(api, event(), p=page(visit, "?utm_source=bing&utm_medium=ppc"))
    assert facts(visit, world) == lifted


def test_ads_assisted_only_on_the_same_site_within_180_days(
    api: Api, world: World, site: Site
) -> None:
    paid = Visit(site)
    paid.send(api, event(g=60000))
    organic = {"u": f"https://{site.domain}/", "r": "https://www.google.com/"}
    for where, expected in ((site, "Ads Assisted"), (world.site("elsewhere"), "Organic")):
        back = Visit(where, "", visitor=paid.visitor)
        back.send(api, event(), p=organic)
        assert back.row(world)["attribution"] == expected
    assert "returning_ads" not in back.row(world)["signals"]


MIDNIGHT = """
select extract(epoch from now() - date_trunc('day', now() at time zone 'Europe/Istanbul')
    at time zone 'Europe/Istanbul') * 1000
"""


def flags(world: World, *visits: Visit) -> list[tuple[bool, bool]]:
    rows = [visit.row(world) for visit in visits]
    return [(row["first_of_day"], row["first_ads_of_day"]) for row in rows]


@pytest.fixture
def ages(world: World) -> list[int]:
    """Four ages of yesterday in the site's zone, oldest first, and one of the day before."""
    to_midnight = int(world.value(MIDNIGHT))
    hours = (2, 6, 12, 20)
    return [to_midnight + hour * 3600000 for hour in reversed(hours)] + [to_midnight + 90000000]


def test_flags_stand_on_the_earliest_visit(
    api: Api, world: World, site: Site, ages: list[int]
) -> None:
    """Whatever order they arrive in; an unpaid one takes over only what is everybody's."""
    ads, plain, late, earlier, _ = [
        Visit(site, query, visitor="one") for query in ("gclid=a", "", "gclid=b", "gclid=c", "")
    ]
    ads.send(api, event(g=ages[2]))
    assert flags(world, ads) == [(True, True)]
    plain.send(api, event(g=ages[1]))
    assert flags(world, ads, plain) == [(False, True), (True, False)]
    late.send(api, event(g=ages[3]))
    assert flags(world, late, ads, plain) == [(False, False), (False, True), (True, False)]
    earlier.send(api, event(g=ages[0]))
    assert flags(world, earlier, plain, ads) == [(True, True), (False, False), (False, False)]
    other_day = Visit(site, visitor="one")
    other_day.send(api, event(g=ages[4]))
    assert flags(world, earlier, other_day) == [(True, True), (True, True)]


def test_a_lift_takes_the_ads_flag_over(
    api: Api, world: World, site: Site, ages: list[int]
) -> None:
    first, second = Visit(site, "", visitor="two"), Visit(site, visitor="two")
    first.send(api, event(g=ages[0]))
    second.send(api, event(g=ages[1]))
    assert flags(world, first, second) == [(True, False), (False, True)]
    first.send(api, event(g=ages[0] - 60000), p=page(first, "?gclid=late"))
    assert flags(world, first, second) == [(True, True), (False, False)]


def test_a_late_visitor_id_takes_the_flags_over(
    api: Api, world: World, site: Site, ages: list[int]
) -> None:
    first, second = Visit(site, visitor="three"), Visit(site, visitor="three")
    first.send(api, event(g=ages[0]), f=None)
    second.send(api, event(g=ages[1]))
    assert flags(world, first, second) == [(False, False), (True, True)]
    first.send(api, event(g=ages[0] - 60000))
    assert flags(world, first, second) == [(True, True), (False, False)]


def test_a_bot_takes_no_flag(api: Api, world: World, site: Site, ages: list[int]) -> None:
    person, machine = Visit(site, visitor="four"), Visit(site, visitor="four")
    person.send(api, event(g=ages[1]))
    post(api, site, machine.batch(event(g=ages[0])), {"User-Agent": "Googlebot/2.1"})
    assert flags(world, machine, person) == [(False, False), (True, True)]


def test_host_of_the_first_page(api: Api, world: World, site: Site) -> None:
    visit = Visit(site)
    visit.send(api, event(), p=None)
    assert visit.row(world)["page_host"] is None
    visit.send(api, event(), p={"u": "https://WWW.Mirror.example:8443/a?b=c", "r": ""})
    visit.send(api, event())
    assert visit.row(world)["page_host"] == "www.mirror.example"
    long = Visit(site)
    long.send(api, event(), p={"u": f"https://{'a' * 300}.example/", "r": ""})
    assert long.row(world)["page_host"] == "a" * 255


def test_bots_are_flagged_and_counted_nowhere(api: Api, world: World, site: Site) -> None:
    owner = world.owner(site.name)
    agents = ("Googlebot/2.1", "curl/8.5", "", "Mozilla/5.0 HeadlessChrome/120", PHONE)
    flags = []
    for agent in agents:
        visit = Visit(site)
        post(api, site, visit.batch(event()), {"User-Agent": agent})
        flags.append(visit.row(world)["is_bot"])
    assert flags == [True, True, True, True, False]
    stats = "2000-01-01T00:00:00Z"
    said_ = {"site_id": site.id, "since": stats, "until": "2000-02-01T00:00:00Z"}
    assert api.call("dashboard_stats", said_, token=owner.token).json()[0]["sessions"] == 0
    today = world.rows(
        "select now() - interval '1 hour' as since, now() + interval '1 hour' as until"
    )
    range_ = {name: value.isoformat() for name, value in today[0].items()}
    answer = api.call("dashboard_stats", {"site_id": site.id, **range_}, token=owner.token)
    assert answer.json()[0]["sessions"] == 1


@pytest.mark.parametrize(
    ("agent", "hints", "device"),
    [
        (PHONE, None, ("mobile", "Android")),
        ("Mozilla/5.0 (iPad; CPU OS 17_0 like Mac OS X)", None, ("tablet", "iOS")),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64)", None, ("desktop", "Windows")),
        ("Mozilla/5.0 (X11; Linux x86_64)", {"mobile": True, "platform": "Android"}, None),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15)", {"platform": 7}, ("desktop", "macOS")),
    ],
)
def test_device(
    api: Api, world: World, visit: Visit, agent: str, hints: Any, device: tuple[str, str] | None
) -> None:
    batch = visit.batch(event(), p={"u": "https://h/", "ch": hints})
    post(api, visit.site, batch, {"User-Agent": agent})
    row = visit.row(world)
    assert (row["device_type"], row["device_os"]) == (device or ("mobile", "Android"))


PLACE = ("country", "city", "district", "ip_prefix")


def place(visit: Visit, world: World) -> list[str | None]:
    row = visit.row(world)
    return [None if row[name] is None else str(row[name]) for name in PLACE]


@pytest.mark.parametrize(
    ("ip", "kept"),
    [
        ("203.0.113.77", "203.0.113.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1::/48"),
        ("garbage", None),
        ("", None),
        ("203.0.113.77/8", "203.0.113.0/24"),
    ],
)
def test_place_and_prefix_from_the_proxy(
    api: Api, world: World, visit: Visit, proxy: Callable[..., dict[str, str]], ip: str, kept: str
) -> None:
    geo = {"country": "TR", "city": "%C4%B0stanbul", "district": "Kad%C4%B1k%C3%B6y"}
    answer = post(api, visit.site, visit.batch(event()), proxy(ip, **geo))
    assert answer.status_code == 200
    assert place(visit, world) == ["TR", "İstanbul", "Kadıköy", kept]


@pytest.mark.parametrize("secret", [None, "", "wrong", "p" * 39, "p" * 41])
def test_no_place_without_the_proxys_secret(
    api: Api, world: World, visit: Visit, proxy: Callable[..., dict[str, str]], secret: str | None
) -> None:
    headers = proxy("203.0.113.77", country="TR", city="Ankara") | {"X-Forwarded-For": "198.51.9.9"}
    del headers["X-Proxy-Secret"]
    if secret is not None:
        headers["X-Proxy-Secret"] = secret
    post(api, visit.site, visit.batch(event(), city="Ankara", ip="198.51.9.9"), headers)
    assert place(visit, world) == [None, None, None, None]


def test_no_whole_address_anywhere(
    api: Api, world: World, visit: Visit, proxy: Callable[..., dict[str, str]]
) -> None:
    """Neither the session, nor bad rows, nor a bucket, nor a log-in keeps the last octet."""
    headers = proxy("198.51.100.213")
    post(api, visit.site, visit.batch(event(), event(i="x"), tap()), headers)
    api.call("login", {"email": "nobody@x.example", "password": "x"}, headers=headers)
    tables = world.rows(
        "select format('%I.%I', schemaname, tablename) as name from pg_tables"
        " where schemaname in ('app', 'access', 'ops')"
    )
    for table in tables:
        found = world.value(
            f"select count(*) from {table['name']} as t where to_jsonb(t)::text ~ '51[.]100[.]213'"
        )
        assert found == 0, table["name"]
    assert str(visit.row(world)["ip_prefix"]) == "198.51.100.0/24"


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("https://{domain}", 200),
        ("http://{domain}:8080", 200),
        ("https://www.{domain}", 200),
        ("https://a.b.{domain}", 200),
        ("https://shop.other.example", 200),
        (None, 200),
        ("null", 403),
        ("https://evil{domain}", 403),
        ("https://evil-{domain}", 403),
        ("https://{domain}.evil.example", 403),
        ("https://evil.example/{domain}", 403),
        ("https://{domain}@evil.example", 403),
        ("{domain}", 403),
        ("file://", 403),
        ("https://", 403),
    ],
)
def test_origins(api: Api, world: World, site: Site, origin: str | None, status: int) -> None:
    world.site(site.name, allowed_origins=["other.example"])
    visit = Visit(site)
    headers = {"User-Agent": PHONE}
    if origin is not None:
        headers["Origin"] = origin.format(domain=site.domain)
    answer = api.sync(visit.batch(event()), headers)
    assert answer.status_code == status
    assert api.sync(visit.batch(tap()), headers).status_code == (202 if status == 403 else 200)
    assert len(visit.cards(world)) == (0 if status == 403 else 1)


def test_score_is_the_sum_of_distinct_signals(api: Api, world: World, site: Site) -> None:
    visit = Visit(site, "")
    google = {"u": f"https://{site.domain}/", "r": "https://www.google.com/"}
    steps: list[tuple[dict[str, Any], int]] = [
        (event(), 5),
        (scroll(30), 15),
        (scroll(50), 25),
        (scroll(50), 25),
        (scroll(90), 45),
        (event("interaction", "hover_contact"), 60),
        (tap(), 100),
        (tap(), 100),
    ]
    for sent, score in steps:
        assert visit.send(api, sent, p=google).json()["score"] == score
    assert visit.row(world)["score"] == 100
    (card,) = visit.cards(world)
    assert card["lead_score"] == 100
    assert card["score_breakdown"]["signals"]["scroll_90"] == 20
    assert sum(card["score_breakdown"]["signals"].values()) == 110


def test_lead_score_is_frozen_at_the_tap(api: Api, world: World, visit: Visit) -> None:
    visit.send(api, tap())
    visit.send(api, scroll(90), event("interaction", "hover_contact"))
    assert visit.row(world)["score"] == 100
    assert [card["lead_score"] for card in visit.cards(world)] == [50]


def test_risk(api: Api, world: World, site: Site) -> None:
    hasty = Visit(site, "")
    hasty.send(api, tap())
    calm = Visit(site)
    calm.send(api, event(g=10000), tap())
    (weak,), (good,) = hasty.cards(world), calm.cards(world)
    assert (weak["risk"], set(weak["risk_reasons"])) == (
        "high",
        {"no_click_id", "short_session", "single_event"},
    )
    assert (good["risk"], good["risk_reasons"]) == ("low", [])


def test_duration_is_the_servers(api: Api, world: World, visit: Visit) -> None:
    """A claim of an hour in session_end changes nothing."""
    visit.send(api, event(g=5000), event("system", "session_end", v=3600000))
    row = visit.row(world)
    assert (row["last_event_at"] - row["first_event_at"]).total_seconds() == 5
    assert row["event_count"] == 1


def test_session_of_another_site_with_the_same_id(api: Api, world: World, visit: Visit) -> None:
    visit.send(api, tap())
    other = Visit(world.site("elsewhere"), "", session=visit.session, visitor=uuid.uuid4().hex)
    other.send(api, event())
    assert (visit.row(world)["is_ads"], other.row(world)["is_ads"]) == (True, False)
    assert (len(visit.cards(world)), len(other.cards(world))) == (1, 0)


def test_a_further_tap_joins_and_after_judging_a_new_card_opens(
    api: Api, world: World, lead: dict[str, Any], visit: Visit, site: Site
) -> None:
    form = event("conversion", "form_submit", l="quote-form")
    whatsapp = event("conversion", "whatsapp", l="https://wa.me/905321112233?text=hi")
    visit.send(api, tap("tel:0 (532) 111-22-33"), whatsapp, form)
    (card,) = visit.cards(world)
    clicks = (card["phone_clicks"], card["whatsapp_clicks"], card["form_submits"])
    assert (clicks, card["version"]) == ((2, 1, 1), 1)
    assert card["intent_target"] == "tel:+905321112233"
    editor = world.editor(site.name)
    body = {"call_id": str(lead["id"]), "version": 1}
    assert api.call("junk", body, token=editor.token).status_code == 200
    again = tap()
    visit.send(api, again)
    assert [card["status"] for card in visit.cards(world)] == ["junk", "intent"]
    assert said(visit.send(api, again))[1] == "duplicate"
    assert len(visit.cards(world)) == 2


def test_a_share_button_is_no_lead(api: Api, world: World) -> None:
    visit = Visit(world.site("shared"))
    share = event("conversion", "whatsapp", l="https://api.whatsapp.com/send")
    assert said(visit.send(api, share))[:2] == (200, "stored")
    assert visit.cards(world) == []
    visit.send(api, event("conversion", "whatsapp", l="chat widget"))
    visit.send(api, event("conversion", "whatsapp"))
    assert [card["whatsapp_clicks"] for card in visit.cards(world)] == [2]
