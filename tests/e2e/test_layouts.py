"""Archives as public sets are handed out: what the page concludes is said, corrected, and trained on."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Server
from tests.e2e.test_journeys import END_MS, _rows
from tests.e2e.test_own_pictures import FEW
from tests.uploading import pictures, zipped

pytestmark = [pytest.mark.e2e, pytest.mark.long, pytest.mark.timeout(900)]

LAPTOP, PHONE = {"width": 1366, "height": 768}, {"width": 390, "height": 844}


class Layout(NamedTuple):
    """An archive, what is said of it, what is chosen instead, and the classes that come of it."""

    files: dict[str, bytes]
    said: str
    setting: str
    choice: str
    classes: str


def _split() -> dict[str, bytes]:
    whole = pictures("train/ants", "train/bees", "test/ants", "test/bees", each=6)
    return {f"set/{path}": content for path, content in whole.items()}


def _table() -> dict[str, bytes]:
    files = pictures("all", each=12)
    rows = [f"{path},{'ants' if i % 2 else 'bees'},{'big' if i < 6 else 'small'}" for i, path in enumerate(files)]
    return files | {"labels.csv": "\n".join(["file,label,size", *rows]).encode()}


LAYOUTS = {
    "splits above classes": Layout(
        _split(),
        "The folders test and train were put together",
        "The test pictures are",
        "test, as its publisher divided it: 12 pictures",
        "ants 12, bees 12",
    ),
    "a table": Layout(
        _table(), "The classes come from the table labels.csv", "The column of the labels", "size", "big 6, small 6"
    ),
    "folders in folders": Layout(
        {f"{'cats' if i % 2 else 'dogs'}/{path}": c for i, (path, c) in enumerate(pictures("a", "b", each=12).items())},
        "cats",
        "The classes are",
        "Folders cats and dogs",
        "cats 12, dogs 12",
    ),
}


@pytest.mark.parametrize("screen", [LAPTOP, PHONE], ids=["laptop", "phone"])
@pytest.mark.parametrize("name", LAYOUTS)
def test_what_is_concluded_is_corrected_and_trained_on(
    page: Page, server: Server, tmp_path: Path, name: str, screen: dict[str, int]
) -> None:
    layout = LAYOUTS[name]
    page.set_viewport_size({"width": screen["width"], "height": screen["height"]})
    page.goto(f"{server.url}/Your_images")
    page.locator("input[type=file]").set_input_files(zipped(tmp_path / "mine.zip", layout.files))
    expect(page.get_by_text(re.compile(layout.said)).first).to_be_visible()
    page.get_by_text("Read it differently").click()
    page.get_by_role("combobox", name=layout.setting).click()
    page.get_by_role("option", name=layout.choice, exact=True).click()
    expect(page.get_by_text(re.compile(layout.classes)).first).to_be_visible()
    page.get_by_role("button", name="Make the data set").click()
    expect(page.get_by_role("heading", name="mine")).to_be_visible()
    found = re.search(r"dataset=(own_\w+)", page.url)
    assert found
    page.goto(f"{server.url}/Lab?dataset={found[1]}&{FEW}")
    page.get_by_role("button", name="Start the race").click()
    page.wait_for_url(re.compile("experiment="))
    expect(page.get_by_role("heading", name="On the test images")).to_be_visible(timeout=END_MS)
    expect(page.get_by_test_id("stException")).to_have_count(0)
    assert ("finished",) in _rows(server, "select status from runs")
