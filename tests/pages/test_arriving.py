"""The framework's upload address behind `pages.shared.arriving`: a real server, and visitors on its socket."""

from __future__ import annotations

import re
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from pages.shared import arriving
from tests.e2e.conftest import Server
from tests.lab import until
from tl_core.bench.client import visiting

KB = 1000
SERVER = """
import streamlit as st
from starlette.middleware import Middleware

from pages.shared import arriving

arriving.UNCLAIMED_S = 1.0
app = st.App("page.py", middleware=[Middleware(arriving.Arriving)])
"""
PAGE = """
import streamlit as st

from pages.shared import arriving

arriving.claim(st.query_params["uses"].split())
"""


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A page that uses what its address names: 300 kB of each visitor may arrive, 500 kB of all."""
    folder = tmp_path_factory.mktemp("arriving")
    (folder / "page.py").write_text(PAGE, encoding="utf-8")
    (folder / "server.py").write_text(SERVER, encoding="utf-8")
    limits = {"TL_ARRIVING_EACH_BYTES": str(300 * KB), "TL_ARRIVING_BYTES": str(500 * KB)}
    server = Server(folder / "home", folder / "server.py", **limits).start()
    yield server.url
    server.stop()


def _until_held(url: str, kilobytes: int) -> None:
    """Wait until the server's memory holds so much; the framework tells what it held a few seconds ago."""
    until(lambda: _held(url) == kilobytes * KB, 60, f"{kilobytes} kB are held")


def _held(url: str) -> int:
    with urllib.request.urlopen(f"{url}/_stcore/metrics", timeout=10) as answer:
        found = re.search(r'cache_memory_bytes\{cache_type="UploadedFileManager"[^}]*\} (\d+)', answer.read().decode())
    return int(found[1]) if found else 0


def test_what_no_page_uses_is_forgotten(url: str) -> None:
    with visiting(url, query="uses=mine") as visitor:
        assert visitor.upload("mine", bytes(100 * KB)) == visitor.upload("stray", bytes(100 * KB)) == 204
        _until_held(url, 100)
        assert visitor.forget("mine") == 204
        _until_held(url, 0)


def test_a_visitor_has_a_limit_and_says_how_much_comes(url: str) -> None:
    with visiting(url, query="uses=first") as visitor:
        assert visitor.upload("large", bytes(400 * KB)) == 413
        assert visitor.upload("first", bytes(200 * KB)) == 204
        assert visitor.upload("second", bytes(200 * KB)) == 413
        assert visitor.request("PUT", "unsaid", iter([bytes(KB)])) == 411
        visitor.forget("first")
        visitor.session = "nobody's"
        assert visitor.upload("first", bytes(KB)) == 400
        _until_held(url, 0)


def test_who_finds_no_room_waits_for_it(url: str) -> None:
    with ExitStack() as stack:
        one, other, third = (stack.enter_context(visiting(url, query="uses=file")) for _ in range(3))
        assert one.upload("file", bytes(240 * KB)) == other.upload("file", bytes(240 * KB)) == 204
        answers: list[int] = []
        waiting = threading.Thread(target=lambda: answers.append(third.upload("file", bytes(100 * KB))))
        waiting.start()
        waiting.join(1.0)
        assert not answers
        other.forget("file")
        waiting.join(60)
        assert answers == [204]
        for visitor in (one, third):
            visitor.forget("file")


def test_made_up_visitors_fill_no_memory() -> None:
    for i in range(arriving.REMEMBERED + 10):
        arriving._remember(f"visitor {i}", "At most 1 kB can be sent at once.")
    assert len(arriving._refusals) == arriving.REMEMBERED
    assert arriving.refusal("visitor 0") == ""
    assert arriving.refusal(f"visitor {arriving.REMEMBERED}")
    arriving._refusals.clear()
