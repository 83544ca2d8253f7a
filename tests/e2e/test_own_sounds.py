"""A student's own sounds in a real browser: what the microphone hears is collected, and what is shown can be played."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Server
from tests.sounding import recorded
from tests.uploading import zipped

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]

SETTLED = "!document.querySelector('[data-test-script-state=running]')"
FIRST = "document.querySelector('.tl-sounds audio')"


def test_a_recording_joins_an_archive_and_the_contact_sheet_plays(page: Page, server: Server, tmp_path: Path) -> None:
    page.goto(f"{server.url}/Your_images")
    words = zipped(tmp_path / "words.zip", recorded("yes", "no"))
    page.locator("input[type=file]").set_input_files(words)
    expect(page.get_by_text("12 recordings: no 6, yes 6").first).to_be_visible()
    page.get_by_text("Microphone", exact=True).click()
    page.wait_for_function(SETTLED)
    page.get_by_role("combobox", name="Class").fill("yes")
    page.get_by_role("combobox", name="Class").press("Enter")
    expect(page.get_by_role("button", name="Record", exact=True)).to_be_enabled()
    page.get_by_role("button", name="Record", exact=True).click()
    expect(page.get_by_text("00:01", exact=True)).to_be_visible()  # Chromium's own microphone beeps every second
    page.get_by_role("button", name="Stop recording").click()
    expect(page.get_by_text("7 recordings of yes so far")).to_be_visible()

    page.get_by_role("button", name="Make the data set").click()
    expect(page.get_by_role("heading", name="words")).to_be_visible()
    expect(page.locator(".tl-sounds audio")).to_have_count(13)
    page.evaluate(f"{FIRST}.play()")
    page.wait_for_function(f"{FIRST}.ended && {FIRST}.duration > 0.1")
