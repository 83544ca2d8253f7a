"""The first minute of a visitor: one press on Home, in a real browser."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Server
from tests.e2e.test_journeys import END_MS, _points, _rows, _until

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]


def test_one_press_races_on_home_and_goes_on_in_the_lab(page: Page, server: Server) -> None:
    page.goto(server.url)
    page.get_by_role("button", name="Race: transfer against from scratch").click()
    page.wait_for_url(re.compile("experiment="))
    _until(lambda: _points(page) > 0)
    page.reload()
    closing = page.get_by_role(
        "heading", name=re.compile(r"With \d+ labels to train on and \d+ to validate, .* right, .*(points|a tie)")
    )
    expect(closing).to_be_visible(timeout=END_MS)
    assert _rows(server, "select distinct status from runs") == [("finished",)]
    expect(page.get_by_test_id("stException")).to_have_count(0)

    page.get_by_role("button", name="Open this race in the Lab").click()
    expect(page.get_by_role("heading", name="On the test images")).to_be_visible()
    expect(page.get_by_role("heading", name=re.compile("from scratch"))).to_be_visible()
    page.wait_for_url(re.compile("/Lab.*experiment="))
