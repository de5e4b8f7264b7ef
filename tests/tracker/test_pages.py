"""Single-page apps, buttons instead of links, and what the script tag can say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Route

from tests.tracker.conftest import SITE, Visitor
from tests.tracker.receiver import CORE_JS, Host, Receiver

STAY = "<script>addEventListener('click', e => e.preventDefault())</script>"
OLD_BROWSER = "Object.defineProperty(window, 'navigation', {value: undefined})"
ALLOW = 'data-automation="allow"'


def seen(receiver: Receiver) -> list[str]:
    """Paths of the page views, in order of their age."""
    views = receiver.named("page_view")
    return [re.sub(r"^https?://[^/]*", "", e["u"]) for e in views]


@pytest.mark.parametrize("browser_is", ["", OLD_BROWSER])
def test_each_address_of_a_single_page_app_is_a_view(
    visitor: Visitor, receiver: Receiver, browser_is: str
) -> None:
    visitor.before(browser_is)
    page = visitor.open("/one")
    for step in (
        "history.pushState(0, '', '/two')",
        "history.replaceState(0, '', '/three')",
        "history.back()",
        "location.hash = '#/four'",
        "history.pushState(0, '', '/list?page=2')",
    ):
        page.evaluate(step)
        page.wait_for_timeout(1100)
    visitor.until(page, lambda: len(receiver.named("page_view")) == 6)
    # the address that leaves the page is the path alone
    assert sorted(seen(receiver)) == ["/list", "/one", "/one", "/one", "/three", "/two"]
    assert len({hit.body["s"] for hit in receiver.hits}) == 1


@pytest.mark.parametrize("browser_is", ["", OLD_BROWSER])
def test_what_leaves_the_address_as_it_was_is_no_view(
    visitor: Visitor, receiver: Receiver, browser_is: str
) -> None:
    visitor.before(browser_is)
    page = visitor.open("/one?gclid=g1&utm_source=google&q=1")
    visitor.until(page, lambda: receiver.named("page_view"))
    for step in (
        "history.replaceState({a: 1}, '', location.href)",
        "history.pushState({a: 2}, '', location.href)",
        "location.hash = '#contact'",
        "history.back()",
        "history.replaceState(0, '', '/one?q=1')",  # an app cleans the campaign away
    ):
        page.evaluate(step)
        page.wait_for_timeout(1100)
    assert len(receiver.named("page_view")) == 1


def test_scroll_marks_count_again_on_the_next_view(visitor: Visitor, receiver: Receiver) -> None:
    visitor.carry('<div style="height:5000px"></div>')
    page = visitor.open()
    for path in ("/two", "/three"):
        page.evaluate("scrollTo(0, 9999)")
        page.wait_for_timeout(400)
        page.evaluate("scrollTo(0, 0)")
        page.wait_for_timeout(400)
        page.evaluate("path => history.pushState(0, '', path)", path)
    visitor.until(page, lambda: len(receiver.named("page_view")) == 3)
    page.wait_for_timeout(700)
    assert sorted(e["v"] for e in receiver.named("scroll")) == [50, 50, 90, 90]


def test_a_page_out_of_the_back_forward_cache_is_a_view(
    visitor: Visitor, receiver: Receiver
) -> None:
    page = visitor.open("/one")
    visitor.until(page, lambda: receiver.named("page_view"))
    page.evaluate(
        "dispatchEvent(new PageTransitionEvent('pagehide', {persisted: true}));"
        "dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))"
    )
    visitor.until(page, lambda: len(receiver.named("page_view")) == 2)
    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', {persisted: false}))")
    page.wait_for_timeout(800)
    assert len(receiver.named("page_view")) == 2
    assert len(receiver.named("session_end")) == 1


@pytest.mark.parametrize(
    ("script", "action"),
    [
        ("location.href = 'tel:05321234567'", "phone_call"),
        ("location.assign('callto:05321234567')", "phone_call"),
        ("location = 'https://wa.me/905321234567?text=a b'", "whatsapp"),
        ("window.open('whatsapp://send?phone=905321234567', '_self')", "whatsapp"),
    ],
)
def test_a_button_that_goes_there_by_script(
    visitor: Visitor, receiver: Receiver, script: str, action: str
) -> None:
    visitor.context.route("https://wa.me/**", lambda route: route.abort())
    visitor.carry(
        '<button id="b">Ara</button><script>'
        f'document.getElementById("b").addEventListener("click", () => {{ {script} }})</script>'
    )
    page = visitor.open()
    visitor.until(page, lambda: receiver.named("page_view"))
    page.click("#b")
    visitor.until(page, lambda: receiver.named(action))
    assert len(receiver.named(action)) == 1
    assert "05321234567" in receiver.named(action)[0]["l"] or action == "whatsapp"


@pytest.mark.parametrize("browser_is", ["", OLD_BROWSER])
@pytest.mark.parametrize(
    ("attribute", "label"),
    [
        ("window.open('https://wa.me/905321234567?text=Selam')", "https://wa.me/905321234567"),
        ("location.href=&quot;tel:05321234567&quot;", "tel:05321234567"),
    ],
)
def test_a_button_that_says_so_in_its_tag(
    visitor: Visitor, receiver: Receiver, browser_is: str, attribute: str, label: str
) -> None:
    visitor.context.route("https://wa.me/**", lambda route: route.abort())
    visitor.before(browser_is)
    visitor.carry(f'<button id="b" onclick="{attribute}"><i>Ara</i></button>')
    page = visitor.open()
    page.click("#b i")
    visitor.until(page, lambda: any(e["c"] == "conversion" for e in receiver.stored.values()))
    page.wait_for_timeout(700)
    [tap] = [e for e in receiver.stored.values() if e["c"] == "conversion"]
    assert tap["l"].startswith(label)


def test_a_link_that_also_reports_itself_is_one_tap(visitor: Visitor, receiver: Receiver) -> None:
    visitor.carry(
        "<script>function report(u) { location.href = u; return false }</script>"
        '<a id="tel" href="tel:05321234567" onclick="return report(\'tel:05321234567\')">Ara</a>'
    )
    page = visitor.open()
    page.click("#tel")
    visitor.until(page, lambda: receiver.named("phone_call"))
    page.wait_for_timeout(700)
    assert len(receiver.named("phone_call")) == 1


@pytest.mark.parametrize(
    ("address", "label"),
    [
        ("https://wa.me/905321234567?text=", "https://wa.me/905321234567"),
        ("https://api.whatsapp.com/send?text=A%20", "https://api.whatsapp.com/send&phone=90532"),
    ],
)
def test_a_form_that_becomes_a_message_tells_no_field(
    visitor: Visitor, receiver: Receiver, address: str, label: str
) -> None:
    """Many sites write the form's fields into the text of a WhatsApp link."""
    visitor.context.route("https://*/**", lambda route: route.abort())
    visitor.carry(
        '<form id="f"><input name="ad"><button>Gönder</button></form><script>'
        'document.getElementById("f").addEventListener("submit", e => { e.preventDefault();'
        f" location.href = '{address}' + e.target.ad.value"
        " + (/send/.test('" + address + "') ? '&phone=90532' : '') })</script>"
    )
    page = visitor.open()
    page.evaluate("a => opsmantik.track('whatsapp', {label: a})", "https://wa.me/9055?text=gizli3")
    page.fill("[name=ad]", "gizli1 & gizli2")
    page.click("button")
    visitor.until(page, lambda: len(receiver.named("whatsapp")) == 2)
    visitor.until(page, lambda: receiver.named("form_submit"))
    assert {e["l"] for e in receiver.named("whatsapp")} == {"https://wa.me/9055", label}
    assert not [hit for hit in receiver.hits if "gizli" in hit.text]


def test_going_elsewhere_by_script_is_no_tap(visitor: Visitor, receiver: Receiver) -> None:
    page = visitor.open()
    for to in ("mailto:a@b.example", "#tel:1", "/tel:1", "https://example.invalid/?wa.me/1"):
        # after the call has returned: a page that goes takes its answer along
        page.evaluate("to => { setTimeout(() => { location.href = to }) }", to)
        if to == "/tel:1":
            page.wait_for_url("**/tel:1")
        page.wait_for_timeout(150)
    page.wait_for_timeout(700)
    assert not receiver.sent("phone_call")
    assert not receiver.sent("whatsapp")


def test_a_form_that_is_stopped_and_sent_again_is_one(visitor: Visitor, receiver: Receiver) -> None:
    visitor.carry(
        '<form id="geri-ara" action="/tesekkurler"><button>Gönder</button></form><script>'
        'const form = document.getElementById("geri-ara");'
        'form.addEventListener("submit", e => { e.preventDefault();'
        " setTimeout(() => form.submit(), 300) })</script>"
    )
    page = visitor.open()
    page.click("button")
    page.wait_for_url("**/tesekkurler**")
    visitor.until(page, lambda: receiver.named("form_submit"))
    page.wait_for_timeout(700)
    assert [e["l"] for e in receiver.named("form_submit")] == ["geri-ara"]


def test_a_form_inside_a_shadow_tree(visitor: Visitor, receiver: Receiver) -> None:
    visitor.carry(
        '<div id="host"></div><script>'
        'const root = document.getElementById("host").attachShadow({mode: "open"});'
        "root.innerHTML = '<form name=ara><input id=i><button id=b>Gönder</button></form>';"
        "root.addEventListener('submit', e => e.preventDefault())</script>"
    )
    page = visitor.open()
    page.click("#b")
    visitor.until(page, lambda: receiver.named("form_submit"))
    page.wait_for_timeout(2600)
    page.focus("#i")
    page.keyboard.press("Enter")
    visitor.until(page, lambda: len(receiver.named("form_submit")) == 2)
    page.wait_for_timeout(700)
    assert [e["l"] for e in receiver.named("form_submit")] == ["ara", "ara"]


@pytest.mark.parametrize(
    ("path", "reported"),
    [
        ("/", True),
        ("/yonetim", False),
        ("/yonetim/x", False),
        ("/wp-admin/", False),
        ("/y", True),
        ("/ödeme/1", False),
        ("/%C3%BCye", False),
        ("/öde", True),
    ],
)
def test_excluded_paths_are_silent(
    visitor: Visitor, receiver: Receiver, path: str, reported: bool
) -> None:
    visitor.carry(
        STAY + '<a id="tel" href="tel:1">Ara</a>',
        f'{ALLOW} data-exclude="/yonetim, /wp-admin/*, /ödeme, /%C3%BCye"',
    )
    page = visitor.open(path)
    page.click("#tel")
    page.evaluate("opsmantik.track('custom')")
    page.wait_for_timeout(800)
    assert bool(receiver.hits) is reported
    assert bool(visitor.kept(page)) is reported


@pytest.mark.parametrize(
    ("domains", "reported"),
    [("127.0.0.1", True), ("a.example, 127.0.0.1", True), ("a.example", False), ("0.0.1", False)],
)
def test_only_on_its_own_domains(
    visitor: Visitor, receiver: Receiver, domains: str, reported: bool
) -> None:
    visitor.carry(STAY + '<a id="tel" href="tel:1">Ara</a>', f'{ALLOW} data-domains="{domains}"')
    page = visitor.open()
    page.click("#tel")
    page.evaluate("opsmantik.consent({analytics: true, marketing: true})")
    page.wait_for_timeout(800)
    assert bool(receiver.hits) is reported


@pytest.mark.parametrize("src", ["/core.js?v=1", "/rpc/core.js", "core.js"])
def test_without_an_endpoint_it_is_where_the_script_came_from(browser: Browser, src: str) -> None:
    host = Host()
    context: BrowserContext = browser.new_context()
    asked: list[str] = []

    def take(route: Route) -> None:
        if route.request.method == "POST":
            asked.append(route.request.url)
            route.abort()
        elif "core.js" in route.request.url:
            route.fulfill(path=CORE_JS, content_type="text/javascript")
        else:
            route.continue_()

    context.route("**/*", take)
    host.html = f'<!doctype html><script src="{src}" data-site="{SITE}" {ALLOW}></script>'
    page = context.new_page()
    page.goto(host.url + "/")
    page.wait_for_timeout(900)
    assert set(asked) == {host.url + "/rpc/sync"}
    context.close()
    host.close()


REFERENCE = ALLOW + ' data-reference="Ref: "'


@pytest.mark.parametrize(
    ("href", "expected"),
    [
        ("https://wa.me/905321234567", r"https://wa\.me/905321234567\?text=%20Ref%3A%20(CODE)"),
        (
            "https://wa.me/905321234567?text=Merhaba%2C%20acil&x=1",
            r"https://wa\.me/905321234567\?text=Merhaba%2C%20acil%20Ref%3A%20(CODE)&x=1",
        ),
        (
            "https://api.whatsapp.com/send?phone=905321234567",
            r"https://api\.whatsapp\.com/send\?phone=905321234567&text=%20Ref%3A%20(CODE)",
        ),
    ],
)
def test_the_message_carries_a_code(
    visitor: Visitor, receiver: Receiver, href: str, expected: str
) -> None:
    visitor.carry(f'{STAY}<a id="wa" href="{href}">Yaz</a>', REFERENCE)
    page = visitor.open()
    page.click("#wa")
    visitor.until(page, lambda: receiver.named("whatsapp"))
    [tap] = receiver.named("whatsapp")
    written = page.get_attribute("#wa", "href") or ""
    match = re.fullmatch(expected.replace("CODE", "[0-9A-Z]{7}"), written)
    assert match
    assert tap["m"] == {"ref": match[1]}
    assert match[1] not in tap["l"]
    assert tap["l"].startswith(href[:25])
    # once more: the same code, and no second one
    page.wait_for_timeout(2600)
    page.click("#wa")
    visitor.until(page, lambda: len(receiver.named("whatsapp")) == 2)
    assert page.get_attribute("#wa", "href") == written


@pytest.mark.parametrize(
    "tag", [ALLOW, REFERENCE + ' data-consent="required"', REFERENCE + ' data-exclude="/"']
)
def test_no_code_where_none_is_wanted(visitor: Visitor, receiver: Receiver, tag: str) -> None:
    visitor.carry(
        f'{STAY}<a id="wa" href="https://wa.me/905321234567">Yaz</a><a id="tel" href="tel:1">A</a>',
        tag,
    )
    page = visitor.open()
    page.click("#wa")
    page.click("#tel")
    page.wait_for_timeout(700)
    assert page.get_attribute("#wa", "href") == "https://wa.me/905321234567"
    assert all("ref" not in e["m"] for e in receiver.stored.values())
    if tag != ALLOW:
        assert page.evaluate("localStorage.length") == 0


def test_the_file_is_plain_es2018() -> None:
    """Phones that are eight years old read it."""
    source = Path(CORE_JS).read_text(encoding="utf-8")
    for newer in (
        "?.",
        "??",
        "catch {",
        ".flat(",
        ".matchAll(",
        ".at(",
        "replaceAll",
        "||=",
        "&&=",
    ):
        assert newer not in source, newer
