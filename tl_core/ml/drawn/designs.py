"""Designs: what draws a stencil, from a font's code point or from an icon set. Only to make the sheets again."""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFont

Design = str  # "font:code point" in hexadecimal, or "icon set:icon"
Draw = Callable[[Design], Image.Image]  # a shape alone on black, grey, of any size

ICON = 256  # pixels of an icon's side
SVG = (
    '<body style="margin:0;background:black;color:white"><svg xmlns="http://www.w3.org/2000/svg" '
    'width="{side}" height="{side}" viewBox="{left} {top} {width} {height}">{body}</svg>'
)


def characters(fonts: dict[str, str], folder: Path) -> Draw:
    """What draws a code point with the font files below `folder`; ValueError where no file has it."""

    @cache
    def files(font: str) -> list[tuple[set[int], ImageFont.FreeTypeFont]]:
        return [_read_font(path) for path in sorted(folder.glob(fonts[font]))]

    def draw(design: Design) -> Image.Image:
        font, code = design.split(":")
        for there, face in files(font):
            if int(code, 16) in there:
                image = Image.new("L", (900, 900))
                ImageDraw.Draw(image).text((300, 300), chr(int(code, 16)), font=face, fill=255)
                return image
        raise ValueError(f"No file of {fonts[font]} below {folder} has the code point {code}.")

    return draw


def _read_font(path: Path) -> tuple[set[int], ImageFont.FreeTypeFont]:
    """Its code points and the font itself, unpacked: FreeType need not know woff2."""
    from fontTools.ttLib import TTFont

    font, unpacked = TTFont(path), io.BytesIO()
    font.flavor = None
    font.save(unpacked)
    face = ImageFont.truetype(io.BytesIO(unpacked.getvalue()), 220, layout_engine=ImageFont.Layout.BASIC)
    return set(font.getBestCmap()), face


@contextmanager
def icons(folder: Path) -> Iterator[Draw]:
    """What draws an icon of Iconify's sets in `folder`, in a headless Chromium; KeyError where a set lacks it."""
    from playwright.sync_api import sync_playwright

    @cache
    def icon_set(name: str) -> dict[str, Any]:
        return json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": ICON, "height": ICON})

        def draw(design: Design) -> Image.Image:
            name, icon = design.split(":")
            view = {"left": 0, "top": 0, "width": 16, "height": 16}  # Iconify's defaults
            page.set_content(SVG.format(side=ICON, **view | icon_set(name) | icon_set(name)["icons"][icon]))
            return Image.open(io.BytesIO(page.screenshot())).convert("L")

        yield draw
