"""From the press on Home to a model taken home, as somebody who has read nothing, on a laptop and on a phone."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import Server, pick
from tests.e2e.test_journeys import END_MS, _points, _rows, _until
from tests.pages.measured import ME, RACE, submit, train
from tl_core.base.settings import ASSETS
from tl_core.catalog import STRATEGIES
from tl_core.store import Store

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]
LAPTOP, PHONE = {"width": 1366, "height": 768}, {"width": 390, "height": 844}


def _race_on_home(page: Page, server: Server) -> None:
    page.goto(server.url)
    page.get_by_role("button", name="Race: transfer against from scratch").click()
    expect(page.locator(".st-key-arms")).to_be_visible()
    page.reload()
    expect(page.locator(".st-key-arms")).to_be_visible()
    closing = page.get_by_role(
        "heading", name=re.compile(r"With \d+ labels to train on and \d+ to validate, .* correctly, .*(points|a tie)")
    )
    expect(closing).to_be_visible(timeout=END_MS)
    assert len(_rows(server, "select id from experiments")) == 1
    assert _rows(server, "select distinct status from runs") == [("finished",)]


def _race_in_the_lab_with_one_change(page: Page) -> None:
    page.get_by_role("button", name="Open this race in the Lab").click()
    expect(page.get_by_role("heading", name="On the test images")).to_be_visible()
    pick(page, "Images per class", "10")
    page.wait_for_url(re.compile("per_class=10"))
    first = page.url
    expect(page.get_by_role("button", name="Start the race")).to_be_in_viewport(ratio=1)
    page.get_by_role("button", name="Start the race").click()
    page.wait_for_function("before => location.href !== before", arg=first)
    expect(page.locator(".st-key-arms")).to_be_in_viewport(ratio=1)
    _until(lambda: _points(page) > 0)
    expect(page.get_by_role("button", name="Stop all")).to_be_in_viewport(ratio=1)
    expect(page.locator(".js-plotly-plot").first).to_be_in_viewport(ratio=1)


def _predict_a_picture(page: Page, picture: Path) -> None:
    page.get_by_role("button", name="Try it on pictures").click(timeout=END_MS)
    page.wait_for_url(re.compile("/Predict"))
    page.get_by_text("Files", exact=True).click()
    page.locator('input[type="file"]').set_input_files(picture)
    page.get_by_role("button", name="Predict", exact=True).click()
    expect(page.get_by_text(picture.name).last).to_be_visible()
    expect(page.locator(".tl-call")).to_have_count(2)


def _take_it_home(page: Page) -> None:
    page.get_by_role("tab", name=re.compile("Take home")).click()
    page.get_by_role("button", name="Prepare the Keras model").click()
    with page.expect_download() as download:
        page.get_by_role("button", name=re.compile("Download model-")).click()
    assert Path(download.value.path()).stat().st_size > 1e6


@pytest.mark.parametrize(
    "screen", [pytest.param(LAPTOP, id="laptop"), pytest.param(PHONE, id="phone", marks=pytest.mark.long)]
)
def test_from_home_to_a_model_of_ones_own(browser: Browser, tmp_path: Path, screen: dict[str, int]) -> None:
    server = Server(tmp_path / "home").start()
    context = browser.new_context(viewport=screen, accept_downloads=True)
    context.set_default_timeout(120_000)
    try:
        page = context.new_page()
        _race_on_home(page, server)
        _race_in_the_lab_with_one_change(page)
        picture = tmp_path / "a picture.png"
        with Image.open(ASSETS / "pictograms" / "test.webp") as sheet:
            sheet.crop((0, 0, 32, 32)).resize((160, 160)).save(picture)
        _predict_a_picture(page, picture)
        _take_it_home(page)
        expect(page.get_by_test_id("stException")).to_have_count(0)
    finally:
        context.close()
        server.stop()


def test_the_lab_opens_with_start_and_ten_pictures_in_sight(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/Lab")
    expect(page.get_by_role("button", name="Start the race")).to_be_in_viewport(ratio=1)
    pictures = page.locator(".st-key-images figure")
    expect(pictures).to_have_count(10)
    for picture in pictures.all():
        expect(picture).to_be_in_viewport(ratio=1)
    page.set_viewport_size(PHONE)
    expect(page.get_by_role("button", name="Start the race")).to_be_in_viewport(ratio=1)


@pytest.mark.parametrize("screen", [LAPTOP, PHONE], ids=["laptop", "phone"])
def test_the_chart_is_whole_on_the_screen_while_every_strategy_races(
    page: Page, tmp_path: Path, screen: dict[str, int]
) -> None:
    """The race is recorded as a worker would record it, but for its signs of life."""
    server = Server(tmp_path / "home", TL_STALE_S="600").start()
    store = Store(f"sqlite:///{(server.home / 'lab.sqlite').as_posix()}")
    arms = tuple(name for name in STRATEGIES if name != "custom")
    experiment = submit(store, ME, RACE.changed(arms=arms))
    train(store, experiment, 2, (0.3, 0.7, 0.6, 0.5, 0.65, 0.4, 0.45))
    try:
        page.set_viewport_size(screen)
        page.goto(f"{server.url}/Lab?experiment={experiment}")
        expect(page.locator(".st-key-arms")).to_be_in_viewport(ratio=1)
        expect(page.locator(".js-plotly-plot").first).to_be_in_viewport(ratio=1)
        expect(page.locator(".tl-arm .score")).to_have_text([re.compile("validation|test")] * len(arms))
    finally:
        store.close()
        server.stop()
