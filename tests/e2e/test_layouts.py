"""Archives as public sets are handed out: what the page concludes is said, corrected, and trained on."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from tests.e2e.conftest import Server, pick
from tests.e2e.test_journeys import END_MS, _start
from tests.e2e.test_own_pictures import FEW
from tests.uploading import pictures, zipped
from tests.uploads.archives import coded

pytestmark = [pytest.mark.e2e, pytest.mark.long, pytest.mark.timeout(600)]
SCREENS: dict[str, ViewportSize] = {"laptop": {"width": 1366, "height": 768}, "phone": {"width": 390, "height": 844}}


class Layout(NamedTuple):
    """A way to write an archive, what is said of it, what is chosen instead, and the classes that come of it."""

    write: Callable[[Path], object]
    said: str
    setting: str
    choice: str
    classes: tuple[str, str]


def _splits(path: Path) -> None:
    zipped(path, pictures("set/train/ants", "set/train/bees", "set/test/ants", "set/test/bees"))


def _table(path: Path) -> None:
    files = pictures("all", each=24)
    rows = [f"{name},{'ants' if i % 2 else 'bees'},{'big' if i < 12 else 'small'}" for i, name in enumerate(files)]
    zipped(path, files | {"labels.csv": "\n".join(["file,label,size", *rows]).encode()})


def _folders_in_folders(path: Path) -> None:
    zipped(path, pictures("cats/indoors", "cats/outdoors", "dogs/indoors", "dogs/outdoors"))


def _traditional(path: Path) -> None:
    """Two names of one character each, which are as usual in the other script of Chinese."""
    coded(path, pictures("鳥", "魚", each=12), "big5")


LAYOUTS = {
    "splits above classes": Layout(
        _splits,
        "The folders train and test were put together",
        "The test pictures are",
        "test, as published: 12 pictures",
        ("ants", "bees"),
    ),
    "a table beside pictures": Layout(
        _table,
        "The classes come from the table labels.csv, its column label",
        "The column of the labels",
        "size",
        ("big", "small"),
    ),
    "folders in folders": Layout(
        _folders_in_folders,
        "indoors and outdoors are the classes",
        "The classes are",
        "Folders cats and dogs",
        ("cats", "dogs"),
    ),
    "names in a code page": Layout(
        _traditional,
        "They were read as Chinese, simplified (GBK), such as",
        "The names are written in",
        "Chinese, traditional (Big5)",
        ("魚", "鳥"),
    ),
}


@pytest.mark.parametrize("screen", SCREENS)
@pytest.mark.parametrize("name", LAYOUTS)
def test_what_is_concluded_is_said_corrected_and_trained_on(
    page: Page, server: Server, tmp_path: Path, name: str, screen: str
) -> None:
    layout = LAYOUTS[name]
    layout.write(tmp_path / "mine.zip")
    page.set_viewport_size(SCREENS[screen])
    page.goto(f"{server.url}/Your_images")
    page.locator("input[type=file]").set_input_files(tmp_path / "mine.zip")
    expect(page.get_by_text(layout.said)).to_be_visible()
    page.get_by_text("Read it differently").click()
    pick(page, layout.setting, layout.choice)
    expect(page.get_by_text(", ".join(f"{label} 12" for label in layout.classes))).to_be_visible()
    page.get_by_role("button", name="Make the data set").click()
    for label in layout.classes:
        expect(page.get_by_role("img", name=f"12 pictures of {label}")).to_be_visible()
    found = re.search(r"dataset=(own_\w+)", page.url)
    assert found

    page.goto(f"{server.url}/Lab?dataset={found[1]}&{FEW}")
    _start(page)
    expect(page.get_by_role("heading", name="On the test images")).to_be_visible(timeout=END_MS)
    expect(page.get_by_test_id("stException")).to_have_count(0)
