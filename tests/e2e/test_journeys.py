"""What a class does in its first hour, in a real browser."""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.e2e.conftest import Server

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]

# The smallest real race: our own network on handwritten digits.
RACE = "backbone=tiny_resnet_cifar100&dataset=digits&image_size=16&per_class=10&test_images=100&arms=from_scratch"
LONG = f"{RACE}&epochs=900"
SHORT = f"{RACE}&epochs=3"
END_MS = 400_000


def _open_lab(page: Page, server: Server, query: str) -> None:
    page.goto(f"{server.url}/Lab?{query}")
    expect(page.get_by_role("button", name="Start the race")).to_be_enabled()


def _start(page: Page) -> str:
    page.get_by_role("button", name="Start the race").click()
    page.wait_for_url(re.compile("experiment="))
    found = re.search(r"experiment=([\w-]+)", page.url)
    assert found
    return found[1]


def _points(page: Page) -> int:
    """How many validation points the first chart shows."""
    return page.evaluate(
        """() => [...document.querySelectorAll('.js-plotly-plot')].slice(0, 1).flatMap(
              plot => (plot.data || []).map(trace => (trace.x && (trace.x.length ?? trace.x._inputArray?.length)) || 0)
           ).reduce((a, b) => a + b, 0)"""
    )


def _until(what: Callable[[], bool], seconds: float = 300, pause: float = 0.3) -> None:
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(pause)


def _rows(server: Server, query: str) -> list[tuple[object, ...]]:
    with sqlite3.connect(f"file:{server.home / 'lab.sqlite'}?mode=ro", uri=True) as database:
        rows = database.execute(query).fetchall()
    database.close()
    return rows


def test_start_a_race_and_see_points_arrive(page: Page, server: Server) -> None:
    _open_lab(page, server, SHORT)
    _start(page)
    _until(lambda: _points(page) > 0)
    expect(page.get_by_role("heading", name="On the test images")).to_be_visible(timeout=END_MS)
    expect(page.get_by_role("heading", name="Class by class")).to_be_visible()
    assert _rows(server, "select status from runs") == [("finished",)]
    page.goto(f"{server.url}/History")
    expect(page.get_by_text(re.compile("finished")).first).to_be_visible()


def test_a_refresh_in_the_middle_goes_on_and_stop_keeps_what_was_measured(page: Page, server: Server) -> None:
    _open_lab(page, server, LONG)
    experiment = _start(page)
    _until(lambda: _points(page) > 0)
    page.reload()
    _until(lambda: _points(page) > 0)
    before = _points(page)
    _until(lambda: _points(page) > before)
    page.get_by_role("button", name="Stop all").click()
    status = f"select status from runs where experiment_id = '{experiment}'"
    _until(lambda: _rows(server, status) == [("stopped",)])
    expect(page.get_by_text(re.compile("stopped", re.IGNORECASE)).first).to_be_visible()
    kept = _rows(server, f"select count(*) from metrics join runs on id = run_id where experiment_id = '{experiment}'")
    assert kept[0][0] > 0
    assert _points(page) >= before


@pytest.mark.long
def test_two_students_see_their_own_runs(browser: Browser, context: BrowserContext, server: Server) -> None:
    other = browser.new_context()
    other.set_default_timeout(120_000)
    try:
        mine, theirs = context.new_page(), other.new_page()
        for page in (mine, theirs):
            _open_lab(page, server, SHORT)
        experiments = [_start(page) for page in (mine, theirs)]
        assert experiments[0] != experiments[1]
        for page in (mine, theirs):
            expect(page.get_by_role("heading", name="On the test images")).to_be_visible(timeout=END_MS)
        owners = _rows(server, f"select distinct owner from experiments where id in {tuple(experiments)}")
        assert len(owners) == 2
        theirs.goto(f"{server.url}/Lab?experiment={experiments[0]}")
        expect(theirs.get_by_text("somebody else's experiment").first).to_be_visible()
        expect(theirs.get_by_role("button", name="Stop all")).to_have_count(0)
    finally:
        other.close()


@pytest.mark.long
def test_a_killed_server_loses_nothing(browser: Browser, page: Page, tmp_path: Path) -> None:
    server = Server(tmp_path / "killed", TL_WORKERS="1").start()
    _open_lab(page, server, LONG)
    experiment = _start(page)
    status = f"select status from runs where experiment_id = '{experiment}'"
    epochs = f"select max(epoch) from metrics join runs on id = run_id where experiment_id = '{experiment}'"
    _until(lambda: (_rows(server, epochs)[0][0] or 0) >= 3)
    family = server.family()
    server.kill()
    _until(lambda: not any(p.is_running() and p.status() != "zombie" for p in family), 60)
    measured = float(str(_rows(server, epochs)[0][0]))

    server.start()
    try:
        page.goto(f"{server.url}/Lab?experiment={experiment}")
        _until(lambda: float(str(_rows(server, epochs)[0][0])) > measured + 1)
        assert _rows(server, status) == [("running",)]
        _until(lambda: _points(page) > 0)
        whole = _rows(
            server,
            "select epoch from metrics join runs on id = run_id where split = 'val' and name = 'accuracy' "
            f"and experiment_id = '{experiment}' order by seq",
        )
        assert [row[0] for row in whole] == [float(i + 1) for i in range(len(whole))]
    finally:
        server.stop()


@pytest.mark.parametrize("pause_ms", [0, 60, 400, 2500])
def test_a_double_click_starts_one_race(page: Page, server: Server, pause_ms: int) -> None:
    _open_lab(page, server, f"{LONG}&seed={pause_ms}")
    before = len(_rows(server, "select id from experiments"))
    button = page.get_by_role("button", name="Start the race")
    button.scroll_into_view_if_needed()
    box = button.bounding_box()
    assert box
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.click(*middle)
    page.wait_for_timeout(pause_ms)
    page.mouse.click(*middle)
    page.wait_for_url(re.compile("experiment="))
    _until(lambda: _points(page) > 0)
    assert len(_rows(server, "select id from experiments")) == before + 1
    page.get_by_role("button", name="Stop all").click()
    experiment = re.search(r"experiment=([\w-]+)", page.url)
    assert experiment
    status = f"select status from runs where experiment_id = '{experiment[1]}'"
    _until(lambda: _rows(server, status) == [("stopped",)])


def test_on_a_phone_the_address_of_a_race_opens_at_the_race(browser: Browser, page: Page, server: Server) -> None:
    _open_lab(page, server, SHORT)
    experiment = _start(page)
    phone = browser.new_context(viewport={"width": 390, "height": 844})
    try:
        theirs = phone.new_page()
        theirs.goto(f"{server.url}/Lab?experiment={experiment}")
        expect(theirs.locator(".st-key-arms")).to_be_in_viewport()
        expect(theirs.get_by_role("heading", name="Lab")).not_to_be_in_viewport()
    finally:
        phone.close()


@pytest.mark.parametrize(
    "path", ["", "Lab", "History", "Your_images", "Predict", "Lessons", "Studies", "Compare", "Learn"]
)
def test_every_page_fits_a_phone(browser: Browser, server: Server, path: str) -> None:
    phone = browser.new_context(viewport={"width": 390, "height": 844})
    try:
        page = phone.new_page()
        page.goto(f"{server.url}/{path}")
        page.wait_for_selector("h1, h2, h3", timeout=120_000)
        page.wait_for_timeout(1500)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        expect(page.get_by_test_id("stException")).to_have_count(0)
    finally:
        phone.close()
