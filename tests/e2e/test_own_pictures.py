"""A student's own pictures, from a zip in the file dialog to a race on them, in a real browser."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import Server
from tests.e2e.test_journeys import END_MS, _points, _rows, _until
from tests.uploading import encoded, photo, pictures, zipped

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]

FEW = "backbone=tiny_resnet_cifar100&image_size=16&arms=from_scratch&epochs=3&per_class=all&test_images=all"
CAMERA_IS_ON = "document.querySelector('video')?.readyState === 4 && document.querySelector('video').currentTime > 0"


@pytest.mark.long
def test_a_zip_is_looked_at_and_raced_on_and_nobody_else_sees_it(
    browser: Browser, page: Page, server: Server, tmp_path: Path
) -> None:
    files = pictures("ants", "bees", each=12) | {"ants/note.txt": b"a note"}
    page.goto(f"{server.url}/Your_images")
    page.locator("input[type=file]").set_input_files(zipped(tmp_path / "insects.zip", files))
    expect(page.get_by_text(re.compile("ants 12, bees 12"))).to_be_visible()
    page.reload()
    page.get_by_role("button", name="Make the data set").click()
    expect(page.get_by_role("heading", name="insects")).to_be_visible()
    expect(page.get_by_role("img", name="12 pictures of ants")).to_be_visible()
    expect(page.get_by_text("1 file refused")).to_be_visible()
    found = re.search(r"dataset=(own_\w+)", page.url)
    assert found

    page.get_by_role("button", name="Race on these pictures").click()
    expect(page.get_by_role("button", name="Start the race")).to_be_enabled()
    page.wait_for_url(re.compile(f"/Lab.*dataset={found[1]}"))
    page.goto(f"{server.url}/Lab?dataset={found[1]}&{FEW}")
    page.get_by_role("button", name="Start the race").click()
    page.wait_for_url(re.compile("experiment="))
    _until(lambda: _points(page) > 0)
    expect(page.get_by_role("heading", name="On the test images")).to_be_visible(timeout=END_MS)
    assert _rows(server, "select status from runs") == [("finished",)]

    other = browser.new_context()
    try:
        theirs = other.new_page()
        theirs.goto(f"{server.url}/Your_images?dataset={found[1]}")
        expect(theirs.get_by_text("There are no data of yours at this address")).to_be_visible()
        expect(theirs.locator(".tl-sheet")).to_have_count(0)
    finally:
        other.close()


def test_files_of_a_class_that_is_typed_and_a_folder_are_collected(page: Page, server: Server, tmp_path: Path) -> None:
    page.goto(f"{server.url}/Your_images")
    page.get_by_text("Files", exact=True).click()
    page.get_by_role("combobox", name="Class").fill("wasps")
    page.get_by_role("combobox", name="Class").press("Enter")
    loose = [tmp_path / f"{i}.png" for i in range(4)]
    for i, path in enumerate(loose):
        path.write_bytes(encoded(photo(i)))
    chooser = page.get_by_role("region", name="Pictures or recordings of this class")
    expect(chooser.get_by_role("button", name="Upload", exact=True)).to_be_enabled()  # the class is known by now
    chooser.locator("input[type=file]").set_input_files(loose)
    expect(page.get_by_text("4 pictures · ").first).to_be_visible()

    page.get_by_text("Folder", exact=True).click()
    for name, content in pictures("ants", each=5).items():
        path = tmp_path / "top" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    expect(page.locator("input[type=file][webkitdirectory]")).to_have_count(1)
    page.locator("input[type=file][webkitdirectory]").set_input_files(tmp_path / "top")
    expect(page.get_by_text("5 pictures: ants 5").first).to_be_visible()
    expect(page.get_by_role("button", name="Make the data set")).to_be_enabled()
    expect(page.get_by_test_id("stException")).to_have_count(0)


def test_photos_of_a_class_are_taken_one_after_another(page: Page, server: Server) -> None:
    page.context.grant_permissions(["camera"])
    page.goto(f"{server.url}/Your_images")
    page.get_by_text("Camera", exact=True).click()
    expect(page.get_by_text("Name the class, then take its photos")).to_be_visible()
    page.get_by_role("combobox", name="Class").fill("patterns")
    page.get_by_role("combobox", name="Class").press("Enter")
    for count in ("1 picture of patterns so far", "2 pictures of patterns so far", "3 pictures of patterns so far"):
        page.wait_for_function(CAMERA_IS_ON)
        page.get_by_role("button", name="Take Photo").click()
        expect(page.get_by_text(count)).to_be_visible()
    expect(page.get_by_text("3 pictures · ")).to_be_visible()
    (index,) = [path for path in server.home.glob("drafts/*/index.json") if b"patterns" in path.read_bytes()]
    photos = [item for item in json.loads(index.read_bytes()) if item["label"] == "patterns"]
    assert [item["name"] for item in photos] == ["patterns 1.jpg", "patterns 2.jpg", "patterns 3.jpg"]
    for item in photos:
        with Image.open(index.parent / item["file"]) as shot:
            assert min(shot.size) >= 240
            assert shot.convert("L").getextrema()[1] > 0  # the camera was on
