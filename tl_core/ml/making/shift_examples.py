"""One pictogram in every way and severity that test images are shifted in: what the pages show of it.

`python -m tl_core.ml.making.shift_examples` writes assets/pictures/shifts.png: a row for each severity, and in it the
picture as it is, then a column for each of SHIFTS.
"""

from __future__ import annotations

import numpy as np
from PIL import Image

from tl_core.base.settings import ASSETS
from tl_core.catalog.shifts import SHIFTS
from tl_core.ml.data.corruptions import shifted
from tl_core.ml.data.loaders import PICTOGRAMS
from tl_core.ml.drawn import sheets

FILE = ASSETS / "pictures" / "shifts.png"
SEED = 3  # one with which the picture is among the inverted ones at every severity


def sheet(picture: np.ndarray) -> np.ndarray:
    """(S, S, 3) uint8 → (5 S, 7 S, 3) uint8."""
    rows = [
        [picture, *(shifted(picture[None], kind, severity, SEED)[0] for kind in SHIFTS)] for severity in range(1, 6)
    ]
    return np.concatenate([np.concatenate(row, axis=1) for row in rows])


if __name__ == "__main__":
    images, labels = sheets.read(PICTOGRAMS, "train")
    Image.fromarray(sheet(images[labels == 3][0])).save(FILE, optimize=True)
