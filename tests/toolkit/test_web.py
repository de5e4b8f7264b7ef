"""The static server: types, compression, caching, and nothing from outside its directory."""

import gzip
import http.client
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from pyctl import web

SCRIPT = "/* core */" * 100


@pytest.fixture
def client(tmp_path: Path) -> Iterator[httpx.Client]:
    root = tmp_path / "tracker"
    (root / "demo").mkdir(parents=True)
    (root / "core.js").write_text(SCRIPT)
    (root / "demo" / "index.html").write_text("<h1>demo</h1>")
    (root / ".hidden").write_text("no")
    (tmp_path / "secret.txt").write_text("no")
    server = web.make_server(0, root)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    with httpx.Client(base_url=f"http://127.0.0.1:{server.server_port}") as made:
        yield made
    server.shutdown()
    thread.join()
    server.server_close()


def test_script(client: httpx.Client) -> None:
    answer = client.get("/core.js", headers={"Accept-Encoding": "gzip, br"})
    assert answer.text == SCRIPT
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["vary"] == "Accept-Encoding"
    assert answer.headers["cache-control"] == "public, max-age=300"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert int(answer.headers["content-length"]) == len(gzip.compress(SCRIPT.encode(), 9))


@pytest.mark.parametrize("accepted", ["identity", "br", "gzip;q=0"])
def test_plain_for_who_takes_no_gzip(client: httpx.Client, accepted: str) -> None:
    answer = client.get("/core.js", headers={"Accept-Encoding": accepted})
    assert "content-encoding" not in answer.headers
    assert answer.text == SCRIPT


def test_unchanged(client: httpx.Client) -> None:
    tag = client.get("/core.js").headers["etag"]
    answer = client.get("/core.js", headers={"If-None-Match": tag})
    assert (answer.status_code, answer.content) == (304, b"")


def test_demo_page_is_where_the_root_leads(client: httpx.Client) -> None:
    assert client.get("/").headers["location"] == "/demo/"
    assert client.get("/demo").headers["location"] == "/demo/"
    page = client.get("/demo/?gclid=x")
    assert page.text == "<h1>demo</h1>"
    assert page.headers["cache-control"] == "no-cache"


def test_head_has_no_body(client: httpx.Client) -> None:
    answer = client.head("/core.js")
    assert (answer.status_code, answer.content) == (200, b"")


@pytest.mark.parametrize(
    "path",
    [
        "/nothing.js",
        "/.hidden",
        "/%2e%2e/secret.txt",
        "/demo/..%2f..%2fsecret.txt",
        "/%00",
        "/core.js/",
        "//etc/passwd",
        "/..",
        "/../../etc",
    ],
)
def test_nothing_from_elsewhere(client: httpx.Client, path: str) -> None:
    # httpx would tidy the path before it sends it
    connection = http.client.HTTPConnection(client.base_url.host, client.base_url.port or 0)
    connection.request("GET", path)
    status = connection.getresponse().status
    connection.close()
    assert status == 404


def test_only_reading(client: httpx.Client) -> None:
    assert client.post("/core.js", content=b"x").status_code == 501


def test_demo_page_learns_where_the_api_is(client: httpx.Client, tmp_path: Path) -> None:
    assert client.get("/demo/config.js").text == "window.OPSMANTIK_DEMO = {};\n"
    server = web.make_server(0, tmp_path, "http://127.0.0.1:3009")
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    answer = httpx.get(f"http://127.0.0.1:{server.server_port}/demo/config.js")
    server.shutdown()
    thread.join()
    server.server_close()
    assert answer.text == 'window.OPSMANTIK_DEMO = {"endpoint": "http://127.0.0.1:3009"};\n'
    assert answer.headers["cache-control"] == "no-store"
