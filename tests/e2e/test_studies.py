"""A study that is started, stopped and taken up again, and its runs compared at an address, in a real browser."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlparse

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.e2e.conftest import Server
from tests.e2e.test_journeys import END_MS, _points, _rows, _until

pytestmark = [pytest.mark.e2e, pytest.mark.long, pytest.mark.timeout(1800)]

STUDY = "study=labels&dataset=digits&backbone=tiny_resnet_cifar100&image_size=16&test_images=100&grid=2,5,10,20&seeds=3"
MEASURED = re.compile(r"(\d+) of 24 runs measured")


def _measured(page: Page) -> int:
    found = MEASURED.search(page.get_by_text(MEASURED).first.inner_text())
    assert found
    return int(found[1])


def _reference(page: Page) -> Locator:
    return page.get_by_role("combobox", name="Reference")


def test_a_study_lands_run_by_run_goes_on_at_its_address_and_is_compared(
    context: BrowserContext, page: Page, server: Server
) -> None:
    page.goto(f"{server.url}/Studies?{STUDY}")
    expect(page.get_by_text(re.compile("24 runs to go"))).to_be_visible()
    page.get_by_role("button", name="Start the study").click()
    page.wait_for_url(re.compile("experiment="))
    expect(page.get_by_text(MEASURED)).to_be_visible()
    _until(lambda: _measured(page) >= 2, 600)
    _until(lambda: _points(page) > 0)
    assert _measured(page) < 24, "partial results were to be seen"
    page.get_by_role("button", name="Stop", exact=True).click()
    go_on = page.get_by_role("button", name="Continue the study")
    expect(go_on).to_be_visible(timeout=END_MS)
    before, address = _measured(page), page.url
    finished = "select count(*) from runs where status = 'finished'"
    assert _rows(server, finished) == [(before,)]

    page.close()
    later = context.new_page()
    later.goto(address)
    left = f"{24 - before} runs to go, {before} of 24 are measured already"
    expect(later.get_by_text(re.compile(left))).to_be_visible()
    _until(lambda: _points(later) > 0)
    later.get_by_role("button", name="Continue the study").click()
    _until(lambda: _measured(later) > before, 600)
    repeated = "select spec from runs where status = 'finished' group by spec having count(*) > 1"
    assert _rows(server, repeated) == [], "what was measured is not run again"
    later.get_by_role("button", name="Stop", exact=True).click()
    expect(later.get_by_role("button", name="Continue the study")).to_be_visible(timeout=END_MS)
    expect(later.get_by_test_id("stException")).to_have_count(0)
    _compare(context, later, server)


def _compare(context: BrowserContext, page: Page, server: Server) -> None:
    """Two measured runs are picked and held against a reference; the address opens the same choice again."""
    page.goto(f"{server.url}/Compare")
    expect(page.get_by_text(re.compile("Choose two or more runs"))).to_be_visible()
    for chosen in (1, 2):
        page.get_by_role("combobox", name=re.compile("Runs")).fill("%")  # those with a score
        page.get_by_role("option").first.click()
        page.wait_for_url(re.compile("runs=[^,&]+" if chosen == 1 else "runs=[^,&]+(%2C|,)"))
    page.keyboard.press("Escape")
    expect(page.get_by_role("heading", name="What differs")).to_be_visible()
    _until(lambda: _points(page) > 0)
    _reference(page).click()
    option = page.get_by_role("option").nth(1)
    reference = option.inner_text()
    option.click()
    expect(_reference(page)).to_have_value(reference)
    second = parse_qs(urlparse(page.url).query)["runs"][0].split(",")[1]
    page.wait_for_url(re.compile(f"reference={second}"))
    address = page.url
    page.close()

    again = context.new_page()
    again.goto(address)
    expect(_reference(again)).to_have_value(reference)
    expect(again.get_by_role("heading", name="On the test images")).to_be_visible()
    _until(lambda: _points(again) > 0)
    assert again.url == address
    again.get_by_role("button", name="Run again with one change").click()
    again.wait_for_url(re.compile("/Lab.*dataset=digits"))
    expect(again.get_by_role("button", name="Start the race")).to_be_enabled()
    expect(again.get_by_test_id("stException")).to_have_count(0)
