"""A file that the server has no room for is refused, and whoever sent it reads why."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Server
from tests.uploading import pictures, zipped
from tl_core.base.settings import ROOT

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]
IMPATIENT = f"""
import streamlit as st
from starlette.middleware import Middleware

from pages.shared import arriving

arriving.WAIT_S = 0.0
app = st.App({str(ROOT / "home.py")!r}, middleware=[Middleware(arriving.Arriving)])
"""
LIMITS = {  # setting → status, sentence
    "TL_ARRIVING_BYTES": (503, "Many others are sending files at this moment. Try again in a few minutes."),
    "TL_ARRIVING_EACH_BYTES": (413, "At most 50 kB can be sent at once: send it in several parts."),
}


@pytest.mark.parametrize("limit", LIMITS)
def test_a_server_without_room_says_so(page: Page, tmp_path: Path, limit: str) -> None:
    status, sentence = LIMITS[limit]
    archive = zipped(tmp_path / "mine.zip", pictures("ants", "bees"))
    (tmp_path / "server.py").write_text(IMPATIENT, encoding="utf-8")
    server = Server(tmp_path / "home", tmp_path / "server.py", **{limit: "50000"}).start()
    try:
        page.goto(f"{server.url}/Your_images")
        with page.expect_response(lambda answer: answer.request.method == "PUT") as answered:
            page.locator("input[type=file]").set_input_files(archive)
        assert answered.value.status == status
        expect(page.get_by_role("alert").filter(has_text=sentence)).to_be_visible()
        expect(page.get_by_text("Nothing yet.")).to_be_visible()
        expect(page.get_by_test_id("stException")).to_have_count(0)
    finally:
        server.stop()
