"""A picture of one's own and a photo of the camera, tried on a model that was trained a moment ago."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect
from sklearn.datasets import load_digits

from tests.e2e.conftest import Server
from tests.e2e.test_own_pictures import CAMERA_IS_ON

pytestmark = [pytest.mark.e2e, pytest.mark.long, pytest.mark.timeout(900)]
RACE = (
    "backbone=tiny_resnet_cifar100&dataset=digits&image_size=16&per_class=10&test_images=100"
    "&arms=from_scratch,feature_extraction&epochs=2"
)


def test_a_digit_is_tried_on_both_arms_of_a_race(page: Page, server: Server, tmp_path: Path) -> None:
    page.goto(f"{server.url}/Lab?{RACE}")
    expect(page.get_by_role("button", name="Start the race")).to_be_enabled()
    page.get_by_role("button", name="Start the race").click()
    page.get_by_role("button", name="Try it on pictures").click(timeout=400_000)
    page.get_by_role("radio", name=re.compile("Files")).or_(page.get_by_text("Files", exact=True)).first.click()
    picture = tmp_path / "a digit.png"
    grey = np.round(load_digits().images[0] * 255 / 16).astype(np.uint8)
    Image.fromarray(grey).resize((160, 160)).save(picture)
    page.locator('input[type="file"]').set_input_files(picture)
    page.get_by_role("button", name="Predict", exact=True).click()
    expect(page.locator(".tl-call")).to_have_count(2)
    expect(page.get_by_text("a digit.png").last).to_be_visible()
    expect(page.locator(".tl-call").first.locator(".bar")).to_have_count(5)
    expect(page.locator(".tl-call").first.locator(".tl-near figure")).to_have_count(5)

    page.context.grant_permissions(["camera"])
    page.get_by_text("Camera", exact=True).click()
    expect(page.locator(".tl-call")).to_have_count(0)
    page.wait_for_function(CAMERA_IS_ON)
    page.get_by_role("button", name="Take Photo").click()
    expect(page.get_by_role("button", name="Predict", exact=True)).to_be_enabled()
    page.get_by_role("button", name="Predict", exact=True).click()
    expect(page.locator(".tl-call")).to_have_count(2)
    shares = page.locator(".tl-call").first.locator(".bar .value")
    assert len([text for text in shares.all_text_contents() if text.endswith("%")]) == 5
