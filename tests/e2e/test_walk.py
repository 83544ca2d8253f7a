"""A newcomer walks through the pages, at a desk and with a phone; the address is looked at after each step."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import Server
from tl_core.learn.chapters import CHAPTERS
from tl_core.lessons.entries import LESSONS

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]
SIZES = {"desk": (1366, 768), "phone": (390, 844)}
FIRST, SECOND = list(LESSONS)[:2]


@pytest.fixture(params=list(SIZES))
def walker(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    width, height = SIZES[request.param]
    phone = request.param == "phone"
    context = browser.new_context(viewport={"width": width, "height": height}, is_mobile=phone, has_touch=phone)
    context.set_default_timeout(120_000)
    yield context.new_page()
    context.close()


def _in_lesson(page: Page, server: Server, lesson: str) -> None:
    expect(page.get_by_role("heading", name=LESSONS[lesson].title, exact=True)).to_be_visible()
    expect(page).to_have_url(f"{server.url}/Lessons?lesson={lesson}")


def test_the_menu_leaves_the_page_that_was_chosen_in_sight(walker: Page, server: Server) -> None:
    walker.goto(server.url)
    expect(walker.get_by_role("heading", name="Transfer Lab", level=1)).to_be_visible()
    phone = walker.viewport_size == {"width": 390, "height": 844}
    if phone:
        walker.get_by_test_id("stExpandSidebarButton").click()
    menu = walker.get_by_test_id("stSidebar")
    menu.get_by_role("link", name="Learn").click()
    expect(walker.get_by_role("heading", name=CHAPTERS["transfer"], level=1)).to_be_visible()
    if phone:
        expect(walker.get_by_test_id("stExpandSidebarButton")).to_be_visible()
        expect(menu.get_by_role("link", name="Learn")).not_to_be_in_viewport()
    else:
        expect(menu.get_by_role("link", name="Learn")).to_be_in_viewport()


def test_on_a_phone_the_freeze_map_is_within_one_screen_of_the_form(browser: Browser, server: Server) -> None:
    width, height = SIZES["phone"]
    context = browser.new_context(viewport={"width": width, "height": height}, is_mobile=True, has_touch=True)
    try:
        page = context.new_page()
        page.goto(f"{server.url}/Lab")
        expect(page.locator("button.stage").first).to_be_visible()
        form = page.get_by_text("Head and augmentation").bounding_box()
        stage = page.locator("button.stage").first.bounding_box()
        assert form
        assert stage
        assert 0 < stage["y"] - form["y"] < height
    finally:
        context.close()


def test_list_lesson_reload_next_back(walker: Page, server: Server) -> None:
    walker.goto(f"{server.url}/Lessons")
    walker.get_by_role("link", name=LESSONS[FIRST].title).click()
    _in_lesson(walker, server, FIRST)
    walker.reload()
    _in_lesson(walker, server, FIRST)
    walker.get_by_role("link", name=re.compile("Next: ")).click()
    _in_lesson(walker, server, SECOND)
    walker.reload()
    _in_lesson(walker, server, SECOND)
    walker.go_back()
    _in_lesson(walker, server, FIRST)
    walker.get_by_role("link", name="All lessons").click()
    expect(walker.get_by_role("heading", name="In order")).to_be_visible()
    expect(walker).to_have_url(f"{server.url}/Lessons")
    expect(walker.get_by_test_id("stException")).to_have_count(0)
