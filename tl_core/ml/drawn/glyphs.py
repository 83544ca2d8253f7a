"""Glyphs: letters and symbols before nature's backdrops, a source task that knows no photograph.

The shape of CIFAR-100, so that only the source task changes: 100 classes, 500 pictures per class for training and
100 for testing, 32 x 32. Test pictures use fonts that no training picture uses. The first ten test pictures of
each class lie in assets/glyphs, at 6 bits a channel, to measure the source task at run time:
`python -m tl_core.ml.drawn.glyphs` makes them again.
"""

from __future__ import annotations

import argparse
import hashlib
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from tl_core.base import files
from tl_core.base.settings import ASSETS
from tl_core.ml.drawn import scenes, sheets, stencils
from tl_core.ml.drawn.scenes import Look

Report = Callable[[str], None]

CLASSES = 100
TRAIN, TEST = 500, 100  # pictures per class
SEED = 2
PARTS = ("train", "test")
SAMPLE = ASSETS / "glyphs"
SAMPLED = 10  # test pictures per class in the sample
LOOK = Look(extent=(0.5, 0.92), rotation=22.0, contrast=(0.2, 0.6), clutter=0.8)


def glyphs(part: str, numbers: Sequence[int], seed: int = SEED) -> tuple[np.ndarray, np.ndarray]:
    """The pictures with these numbers of every class, in part "train" or "test".

    Returns images (100 · len(numbers), 32, 32, 3) uint8 and labels int64, class after class. A picture depends on
    its seed, part, class and number alone.
    """
    sheet = stencils.load("glyphs")
    labels = np.repeat(np.arange(CLASSES), len(numbers))
    keys = [(seed, PARTS.index(part), label, number) for label in range(CLASSES) for number in numbers]
    designs = sheet.train if part == "train" else sheet.test
    return scenes.draw(sheet.shapes, [designs[label] for label in labels], keys, LOOK), labels


def whole(folder: Path, report: Report = print) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Training images and labels, test images and labels: made once (two minutes on one core), kept in `folder`.

    The file's name holds a fingerprint, so that a generator that was changed makes them anew.
    """
    file = folder / f"glyphs-{fingerprint()}.npz"
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True)
        report(f"making {CLASSES * (TRAIN + TEST)} pictures of glyphs")
        arrays = dict(zip(("x", "y"), _in_steps("train", TRAIN, report), strict=True))
        arrays |= dict(zip(("x_test", "y_test"), _in_steps("test", TEST, report), strict=True))
        with files.replacing(file) as stream:
            np.savez(stream, allow_pickle=False, **arrays)
    with np.load(file) as kept:
        mixed = np.random.default_rng(SEED).permutation(len(kept["y_test"]))  # the first of them stand for all
        return kept["x"], kept["y"], kept["x_test"][mixed], kept["y_test"][mixed]


def _in_steps(part: str, count: int, report: Report) -> tuple[np.ndarray, np.ndarray]:
    started, done = time.monotonic(), []
    for first in range(0, count, 50):
        done.append(glyphs(part, range(first, min(first + 50, count))))
        pictures = sum(len(labels) for _, labels in done)
        report(f"glyphs, {part}: {pictures}/{count * CLASSES} pictures after {time.monotonic() - started:.0f} s")
    return np.concatenate([images for images, _ in done]), np.concatenate([labels for _, labels in done])


def fingerprint() -> str:
    """Of one picture a class and part, as the generator makes them now: 12 hexadecimal digits."""
    return hashlib.sha256(b"".join(glyphs(part, [0])[0].tobytes() for part in PARTS)).hexdigest()[:12]


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser("python -m tl_core.ml.drawn.glyphs", description="Make the bundled test pictures.")
    parser.add_argument("--out", type=Path, default=SAMPLE)
    options = parser.parse_args(argv)
    images, _ = glyphs("test", range(SAMPLED))
    size = sheets.write(options.out, stencils.load("glyphs").classes, {"test": images})
    print(f"glyphs: {len(images)} pictures, {size / 1e6:.2f} MB in {options.out}")


if __name__ == "__main__":
    main()
