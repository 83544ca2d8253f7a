"""From Home through the first lesson to a changed setting in the Lab, as somebody who has read nothing."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Server
from tests.e2e.test_journeys import END_MS, _points, _rows, _until

pytestmark = [pytest.mark.e2e, pytest.mark.long, pytest.mark.timeout(900)]


def test_from_home_through_lesson_one_to_a_changed_setting(page: Page, server: Server) -> None:
    page.goto(server.url)
    page.get_by_role("link", name="1. Why transfer at all?").click()
    expect(page.get_by_role("heading", name="Why transfer at all?")).to_be_visible()
    expect(page.get_by_role("button", name="Run it and see")).to_be_disabled()
    page.get_by_role("slider").press("ArrowRight")
    page.get_by_role("slider").press("ArrowRight")
    page.get_by_role("button", name="Run it and see").click()
    page.wait_for_url(re.compile("lesson=why_transfer.*experiment="))
    expect(page.get_by_text("Your guess: 1")).to_be_visible()
    _until(lambda: _points(page) > 0)
    page.reload()
    answer = page.get_by_role("heading", name=re.compile("Measured: .*Your guess: 1.points"))
    expect(answer).to_be_visible(timeout=END_MS)
    expect(page.get_by_text(re.compile("As expected:|Undecided:"))).to_be_visible()
    assert _rows(server, "select distinct status from runs") == [("finished",)]
    assert _rows(server, "select lesson, cast(guess as text) from guesses") == [("why_transfer", "1")]

    page.get_by_role("button", name="Open it in the Lab").click()
    page.wait_for_url(re.compile("/Lab"))
    expect(page.get_by_role("button", name="Start the race")).to_be_enabled()
    expect(page.get_by_role("combobox", name="Images per class")).to_have_value("50")
    page.get_by_text("Fine-tune all", exact=True).first.click()
    page.wait_for_url(re.compile("arms=.*fine_tune_all"))
    page.get_by_role("button", name="Start the race").click()
    page.wait_for_url(re.compile("experiment="))
    _until(lambda: _points(page) > 0)
    page.get_by_role("button", name="Stop all").click()
    expect(page.get_by_test_id("stException")).to_have_count(0)

    page.goto(f"{server.url}/Lessons")
    expect(page.get_by_text("done", exact=True)).to_be_visible()
