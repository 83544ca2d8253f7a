"""Pictures of both tasks of the race on Home, for the Learn page.

`python -m tl_core.ml.making.task_examples` writes assets/pictures/tasks.png: ten letters of the source task above the
ten pictograms of the target task.
"""

from __future__ import annotations

import numpy as np
from PIL import Image

from tl_core.base.settings import ASSETS
from tl_core.ml.drawn import sheets

FILE = ASSETS / "pictures" / "tasks.png"
SHOWN = 10


def sheet() -> np.ndarray:
    """(2 S, 10 S, 3) uint8: the first picture of each of ten classes, source above target."""
    rows = []
    for name, part in (("glyphs", "test"), ("pictograms", "train")):
        images, labels = sheets.read(ASSETS / name, part)
        rows.append(np.concatenate([images[labels == label][0] for label in range(SHOWN)], axis=1))
    return np.concatenate(rows)


if __name__ == "__main__":
    Image.fromarray(sheet()).save(FILE, optimize=True)
