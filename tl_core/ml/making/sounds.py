"""The source task of sounds: syllables that nobody spoke, as log-mel pictures.

`python -m tl_core.ml.making.sounds` writes the first ten test pictures of each class to assets/syllables, to measure
the source task at run time.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from tl_core.ml.data import pictures
from tl_core.ml.drawn import sheets, syllables
from tl_core.uploads import spectrograms

TRAIN, TEST = 200, 100  # sounds per class
AT_ONCE = 10  # of each class: bounds the memory


def drawn(part: str, numbers: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
    """The syllables with these numbers: (N, 32, 32, 3) uint8, as a run is shown recordings, and labels (N,) int64."""
    images, labels = [], []
    for first in range(0, len(numbers), AT_ONCE):
        sounds, classes = syllables.syllables(part, numbers[first : first + AT_ONCE], spectrograms.RATE)
        shown = pictures.alike(spectrograms.pictures(sounds), sheets.SIDE)
        images.append(np.round(shown.numpy()).astype(np.uint8))
        labels.append(classes)
    return np.concatenate(images), np.concatenate(labels)


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser("python -m tl_core.ml.making.sounds", description="Make the bundled test sounds.")
    parser.add_argument("--out", type=Path, default=syllables.SAMPLE)
    options = parser.parse_args(argv)
    images, _ = drawn("test", range(syllables.SAMPLED))
    names = tuple(f"{onset}, {first} to {last}" for onset, (first, last) in syllables.CLASSES)
    size = sheets.write(options.out, names, {"test": images})
    print(f"syllables: {len(images)} pictures, {size / 1e6:.2f} MB in {options.out}")


if __name__ == "__main__":
    main()
