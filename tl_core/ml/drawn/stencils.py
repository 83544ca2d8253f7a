"""Stencils: shapes of letters and symbols, drawn once from fonts, so that pictures need no font afterwards.

`assets/stencils/NAME.json` says what to draw: each class's designs, "font:code point" in hexadecimal, those for
training apart from those for testing. `NAME.png` is the sheet: a class a row, its training designs first, then
its test designs, each in a cell of 64 x 64 grey pixels of 16 levels. Sources and licences: README.md beside them.

`python -m tl_core.ml.drawn.stencils --fonts FOLDER` draws the sheets again; FOLDER is the `node_modules` that the
README's npm command fills. It needs fontTools with brotli (requirements-dev.txt); reading the sheets does not.
"""

from __future__ import annotations

import argparse
import io
import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from tl_core.base.settings import ASSETS

CELL = 64  # pixels
SHAPE = 60  # pixels of a shape's longer side; what is left is an empty border
LEVELS = 16
FOLDER = ASSETS / "stencils"

Design = str  # "font:code point"
Draw = Callable[[Design], Image.Image]


class Stencils(NamedTuple):
    """The shapes of one sheet and which of them each class uses."""

    classes: tuple[str, ...]
    shapes: np.ndarray  # (D, 64, 64) float64 [0, 1]: 1 inside a shape
    train: tuple[np.ndarray, ...]  # for each class the places of its training designs in `shapes`
    test: tuple[np.ndarray, ...]


@cache
def load(name: str) -> Stencils:
    """The sheet `name`: "glyphs" or "pictograms"."""
    index = read_index(name)
    sheet = np.asarray(Image.open(FOLDER / f"{name}.png").convert("L"))
    rows, columns = sheet.shape[0] // CELL, sheet.shape[1] // CELL
    cells = sheet.reshape(rows, CELL, columns, CELL).swapaxes(1, 2)  # (class, design, 64, 64)
    train, test = [], []
    for row, designs in enumerate(index["classes"].values()):
        middle, end = len(designs["train"].split()), len(" ".join(designs.values()).split())
        train.append(row * columns + np.arange(middle))
        test.append(row * columns + np.arange(middle, end))
    return Stencils(tuple(index["classes"]), cells.reshape(-1, CELL, CELL) / 255, tuple(train), tuple(test))


def read_index(name: str) -> dict[str, Any]:
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


def sheet(index: dict[str, Any], draw: Draw) -> Image.Image:
    """Every design of an index in its cell."""
    rows = [" ".join(designs.values()).split() for designs in index["classes"].values()]
    image = Image.new("L", (CELL * max(map(len, rows)), CELL * len(rows)))
    for y, row in enumerate(rows):
        for x, design in enumerate(row):
            image.paste(cell(draw(design)), (CELL * x, CELL * y))
    return image


def cell(shape: Image.Image) -> Image.Image:
    """A shape of any size, alone on black -> 64 x 64: cut out, its longer side 60 pixels, centred."""
    cut = shape.crop(shape.getbbox())
    scale = SHAPE / max(cut.size)
    width, height = (max(1, round(side * scale)) for side in cut.size)
    grey = np.asarray(cut.resize((width, height), Image.Resampling.LANCZOS), float)
    steps = np.round(grey * ((LEVELS - 1) / 255)) * (255 // (LEVELS - 1))
    image = Image.new("L", (CELL, CELL))
    image.paste(Image.fromarray(steps.astype(np.uint8)), ((CELL - width) // 2, (CELL - height) // 2))
    return image


def drawing_with(fonts: dict[str, str], folder: Path) -> Draw:
    """What draws a design with the font files below `folder`; ValueError where no file has its code point."""

    @cache
    def files(font: str) -> list[tuple[set[int], ImageFont.FreeTypeFont]]:
        return [read_font(path) for path in sorted(folder.glob(fonts[font]))]

    def draw(design: Design) -> Image.Image:
        font, code = design.split(":")
        for there, face in files(font):
            if int(code, 16) in there:
                image = Image.new("L", (900, 900))
                ImageDraw.Draw(image).text((300, 300), chr(int(code, 16)), font=face, fill=255)
                return image
        raise ValueError(f"No file of {fonts[font]} below {folder} has the code point {code}.")

    return draw


def read_font(path: Path) -> tuple[set[int], ImageFont.FreeTypeFont]:
    """Its code points and the font itself, unpacked: FreeType need not know woff2."""
    from fontTools.ttLib import TTFont

    font, unpacked = TTFont(path), io.BytesIO()
    font.flavor = None
    font.save(unpacked)
    face = ImageFont.truetype(io.BytesIO(unpacked.getvalue()), 220, layout_engine=ImageFont.Layout.BASIC)
    return set(font.getBestCmap()), face


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser("python -m tl_core.ml.drawn.stencils", description="Draw the stencils' sheets.")
    parser.add_argument("--fonts", type=Path, required=True, help="folder of the npm packages: node_modules")
    parser.add_argument("--out", type=Path, default=FOLDER)
    options = parser.parse_args(argv)
    for name in ("glyphs", "pictograms"):
        index = read_index(name)
        image = sheet(index, drawing_with(index["fonts"], options.fonts))
        image.save(options.out / f"{name}.png", optimize=True)
        print(f"{name}: {len(index['classes'])} classes, {image.width} x {image.height} pixels")


if __name__ == "__main__":
    main()
