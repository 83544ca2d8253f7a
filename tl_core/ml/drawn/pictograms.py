"""Pictograms: ten everyday symbols before nature's backdrops, a target data set that needs no network.

10 classes, 320 pictures each for training and 100 for testing, 32 x 32. Each class has 20 designs for training and
20 for testing, from icon sets of which none serves both (assets/stencils/README.md). Picture after picture shows the
next design, so that each is there as often as any other.
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
    shown = designs(part, numbers)
    labels = np.repeat(np.arange(len(sheet.classes)), len(numbers))
    keys = [(seed, PARTS.index(part), label, number) for label in range(len(sheet.classes)) for number in numbers]
    return scenes.draw(sheet.shapes, list(shown[:, None]), keys, LOOK), labels


def designs(part: str, numbers: Sequence[int]) -> np.ndarray:
    """The design that each of these pictures shows, (10 · len(numbers),) int32: its place among the stencils.

    No place is found in two classes, nor in both parts.
    """
    sheet = stencils.load("pictograms")
    places = sheet.train if part == "train" else sheet.test
    return np.concatenate([each[np.array(numbers) % len(each)] for each in places]).astype(np.int32)


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser("python -m tl_core.ml.drawn.pictograms", description="Make the bundled data set.")
    parser.add_argument("--out", type=Path, default=FOLDER)
    options = parser.parse_args(argv)
    parts = {part: pictograms(part, range(count))[0] for part, count in zip(PARTS, (TRAIN, TEST), strict=True)}
    size = sheets.write(options.out, stencils.load("pictograms").classes, parts)
    print(f"pictograms: {sum(map(len, parts.values()))} pictures, {size / 1e6:.2f} MB in {options.out}")


if __name__ == "__main__":
    main()
