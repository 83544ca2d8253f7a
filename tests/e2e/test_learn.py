"""Reading in a real browser: from chapter to chapter, back, a figure by hand, and on into the Lab."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Server
from tl_core.learn.chapters import CHAPTERS

pytestmark = pytest.mark.e2e


def test_a_reader_goes_on_and_back_and_into_the_lab(server: Server, page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{server.url}/Learn?chapter=layers")
    expect(page.get_by_role("heading", name=CHAPTERS["layers"])).to_be_visible()
    page.get_by_role("link", name=CHAPTERS["procedure"]).first.click()
    expect(page.get_by_role("heading", name=CHAPTERS["procedure"])).to_be_in_viewport()
    expect(page).to_have_url(re.compile(r"chapter=procedure"))
    page.go_back()
    expect(page.get_by_role("heading", name=CHAPTERS["layers"])).to_be_visible()

    page.goto(f"{server.url}/Learn?chapter=loss")
    page.get_by_role("slider").first.press("ArrowRight")
    expect(page.get_by_text("−log 0.26 =")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390

    page.get_by_role("link", name=re.compile("See where the seconds go")).click()
    expect(page).to_have_url(re.compile(r"/Lab\?.*arms=feature_extraction%2Cfine_tune_all"))
