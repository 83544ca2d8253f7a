"""What a running app lets in, says and keeps: asked from outside, with a browser where it takes one."""

from __future__ import annotations

import ipaddress
import subprocess
import sys
import urllib.error
import urllib.request
from contextlib import suppress

import psutil
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from pages.shared.serving import COOKIE, HEADERS
from tests.e2e.conftest import Server
from tests.lab import until

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]

KEY = "a-key-from-long-ago-0123"
STRANGER = """
import asyncio, logging, sys
from distributed import Security
from distributed.comm import connect
logging.disable(logging.CRITICAL)

async def tell(address, security):
    return await asyncio.wait_for(connect(address, **security.get_connection_args("client")), 2)

for address in sys.argv[1:]:
    for scheme, security in (("tcp", Security()), ("tls", Security.temporary())):
        try:
            asyncio.run(tell(f"{scheme}://{address}", security))
        except (OSError, ValueError):  # ValueError: it speaks another language
            continue
        sys.exit(f"{address} lets strangers in")
"""


def _listening(server: Server) -> set[tuple[str, int]]:
    """Every address at which the app, its supervisor or its workers listen, as the system knows them."""
    found = []
    for process in server.family():
        with suppress(psutil.NoSuchProcess):  # it had only something to look up
            found += process.net_connections("inet")
    return {(one.laddr.ip, one.laddr.port) for one in found if one.status == psutil.CONN_LISTEN or not one.raddr}


def _ask(url: str, data: bytes | None = None, **headers: str) -> tuple[int, dict[str, str]]:
    class Here(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_: object) -> None:
            return None

    names = {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        with urllib.request.build_opener(Here).open(urllib.request.Request(url, data, names), timeout=20) as answer:
            return answer.status, dict(answer.headers)
    except urllib.error.HTTPError as error:
        return error.code, dict(error.headers)


def test_nobody_but_this_machine_is_heard_and_no_stranger_gives_the_workers_orders(page: Page, server: Server) -> None:
    page.goto(server.url)
    # The server; the scheduler and its two nannies, with a mute HTTP server; two workers with one each.
    listening = until(lambda: len(found := _listening(server)) >= 9 and found, 120, "the workers listen")
    assert all(ipaddress.ip_address(host).is_loopback for host, _ in listening), listening
    others = [f"127.0.0.1:{port}" for _, port in listening if port != server.port]
    stranger = subprocess.run([sys.executable, "-c", STRANGER, *others], capture_output=True, text=True, check=False)
    assert stranger.returncode == 0, stranger.stderr


def test_no_file_holds_a_students_key_and_no_other_account_may_look(page: Page, server: Server) -> None:
    page.goto(server.url)
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    (cookie,) = [one for one in page.context.cookies() if one["name"] == COOKIE]
    assert cookie["httpOnly"]
    assert cookie["sameSite"] == "Lax"
    files = [path for path in server.home.rglob("*") if path.is_file()]
    assert not [path for path in files if cookie["value"].encode() in path.read_bytes()]
    if sys.platform != "win32":
        assert server.home.stat().st_mode & 0o077 == 0


def test_signing_out_leaves_nothing_and_the_key_brings_it_back(context: BrowserContext, server: Server) -> None:
    context.add_cookies([{"name": COOKIE, "value": KEY, "url": server.url}])
    page = context.new_page()

    def race_is_there(number: int) -> None:
        page.goto(f"{server.url}/History")
        expect(page.get_by_role("heading", name="History")).to_be_visible()
        expect(page.get_by_role("button", name="Name and note")).to_have_count(number)

    page.goto(server.url)
    page.get_by_role("button", name="Race: transfer against from scratch").click()
    expect(page.get_by_text("Result").or_(page.get_by_text("from scratch", exact=False)).first).to_be_visible()
    race_is_there(1)
    page.get_by_role("button", name="Sign out").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text(KEY)).to_be_visible()
    with page.expect_navigation():
        dialog.get_by_role("button", name="Sign out").click()
    race_is_there(0)
    assert KEY not in [cookie["value"] for cookie in context.cookies()]
    page.get_by_role("button", name="Sign out").click()
    dialog.get_by_label("Your key").fill(KEY)
    with page.expect_navigation():
        dialog.get_by_role("button", name="Come back").click()
    race_is_there(1)


def test_a_page_loads_nothing_from_elsewhere(page: Page, server: Server) -> None:
    page.goto(server.url)
    blocked = page.evaluate(
        """() => new Promise(resolve => {
            addEventListener("securitypolicyviolation", event => resolve(event.effectiveDirective))
            document.body.insertAdjacentHTML("beforeend", "<img src='http://example.org/picture.png'>")
        })"""
    )
    assert blocked == "img-src"


def test_every_answer_carries_the_headers(server: Server) -> None:
    for path in ("", "/Lab", "/_stcore/health", "/no/such/page"):
        status, headers = _ask(server.url + path, Accept="text/html")
        found = {name.lower(): value for name, value in headers.items()}
        assert {name: found.get(name.lower()) for name in HEADERS} == HEADERS, (path, status)


@pytest.mark.parametrize(
    ("origin", "sent", "status"),
    [
        ("own", b"key=" + KEY.encode(), 303),
        ("own", b"", 303),
        ("own", b"key=%3Cscript%3E", 400),
        ("own", b"key=" + b"a" * 2000, 403),
        ("http://elsewhere.example", b"key=" + KEY.encode(), 403),
        ("null", b"", 403),
        ("", b"", 403),
    ],
)
def test_only_our_own_pages_change_a_key(server: Server, origin: str, sent: bytes, status: int) -> None:
    answered, headers = _ask(f"{server.url}/student", sent, Origin=server.url if origin == "own" else origin)
    assert answered == status
    assert ("set-cookie" in {name.lower() for name in headers}) == (status == 303)
