"""Stencils: shapes of letters and symbols, drawn once from fonts and icon sets, which pictures then need no more.

`assets/stencils/NAME.json` says what to draw: each class's designs, "font:code point" or "icon set:icon", those for
training apart from those for testing. `NAME.png` is the sheet: a class a row, its training designs first, then
its test designs, each in a cell of 64 x 64 grey pixels of 16 levels. Sources and licences: README.md beside them.

`python -m tl_core.ml.drawn.stencils --packages FOLDER` draws the sheets again; FOLDER is the `node_modules` that the
README's npm commands fill. It needs fontTools with brotli, Playwright and Chromium (requirements-dev.txt); reading
the sheets does not.
"""

from __future__ import annotations

import argparse
import json
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from PIL import Image

from tl_core.base.settings import ASSETS
from tl_core.ml.drawn import designs

CELL = 64  # pixels
SHAPE = 60  # pixels of a shape's longer side; what is left is an empty border
LEVELS = 16
FOLDER = ASSETS / "stencils"


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
    for row, parts in enumerate(index["classes"].values()):
        middle, end = len(parts["train"].split()), len(" ".join(parts.values()).split())
        train.append(row * columns + np.arange(middle))
        test.append(row * columns + np.arange(middle, end))
    return Stencils(tuple(index["classes"]), cells.reshape(-1, CELL, CELL) / 255, tuple(train), tuple(test))


def read_index(name: str) -> dict[str, Any]:
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


def sheet(index: dict[str, Any], draw: designs.Draw) -> Image.Image:
    """Every design of an index in its cell."""
    rows = [" ".join(parts.values()).split() for parts in index["classes"].values()]
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


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser("python -m tl_core.ml.drawn.stencils", description="Draw the stencils' sheets.")
    parser.add_argument("--packages", type=Path, required=True, help="folder of the npm packages: node_modules")
    parser.add_argument("--out", type=Path, default=FOLDER)
    options = parser.parse_args(argv)
    glyphs, pictograms = read_index("glyphs"), read_index("pictograms")
    sheet(glyphs, designs.characters(glyphs["fonts"], options.packages)).save(options.out / "glyphs.png", optimize=True)
    with designs.icons(options.packages / pictograms["icons"]) as draw:
        sheet(pictograms, draw).save(options.out / "pictograms.png", optimize=True)


if __name__ == "__main__":
    main()
