"""Pictograms: ten everyday symbols before nature's backdrops, a target data set that needs no network.

10 classes, 320 pictures each for training and 100 for testing, 32 x 32. The designs come from many icon sets
(assets/stencils/README.md); test pictures use designs that no training picture shows.
`python -m tl_core.ml.drawn.pictograms --out assets/pictograms` makes them again, bit for bit.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from tl_core.base.settings import ASSETS
from tl_core.ml.drawn import scenes, sheets, stencils
from tl_core.ml.drawn.scenes import Look

TRAIN, TEST = 320, 100  # pictures per class
SEED = 3
PARTS = ("train", "test")
FOLDER = ASSETS / "pictograms"
LOOK = Look(extent=(0.78, 1.0), rotation=14.0, shear=0.12, contrast=(0.36, 0.66), clutter=0.5)


def pictograms(part: str, numbers: Sequence[int], seed: int = SEED) -> tuple[np.ndarray, np.ndarray]:
    """The pictures with these numbers of every class, in part "train" or "test".

    Returns images (10 · len(numbers), 32, 32, 3) uint8 and labels int64, class after class. A picture depends on
    its seed, part, class and number alone.
    """
    sheet = stencils.load("pictograms")
    classes = range(len(sheet.classes))
    labels = np.repeat(np.arange(len(classes)), len(numbers))
    keys = [(seed, PARTS.index(part), label, number) for label in classes for number in numbers]
    designs = sheet.train if part == "train" else sheet.test
    return scenes.draw(sheet.shapes, [designs[label] for label in labels], keys, LOOK), labels


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser("python -m tl_core.ml.drawn.pictograms", description="Make the bundled data set.")
    parser.add_argument("--out", type=Path, default=FOLDER)
    options = parser.parse_args(argv)
    parts = {part: pictograms(part, range(count))[0] for part, count in zip(PARTS, (TRAIN, TEST), strict=True)}
    size = sheets.write(options.out, stencils.load("pictograms").classes, parts)
    print(f"pictograms: {sum(map(len, parts.values()))} pictures, {size / 1e6:.2f} MB in {options.out}")


if __name__ == "__main__":
    main()
