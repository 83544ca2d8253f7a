"""Many stored pictures in one small image, for a contact sheet."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
from PIL import Image

EDGE = 72  # pixels of a thumbnail on the page
COLUMNS = 12


def sprite(pictures: np.ndarray, ids: Sequence[int]) -> bytes:
    """WebP with the pictures `ids` of (N, H, W, 3) uint8, EDGE × EDGE each, COLUMNS in a row.

    Reads only those pictures, so memory stays small with a memory-mapped array.
    """
    rows = -(-len(ids) // COLUMNS)
    sheet = Image.new("RGB", (EDGE * min(len(ids), COLUMNS), EDGE * rows))
    for place, i in enumerate(ids):
        down, across = divmod(place, COLUMNS)
        small = Image.fromarray(np.asarray(pictures[i])).resize((EDGE, EDGE), Image.Resampling.BILINEAR, reducing_gap=2)
        sheet.paste(small, (across * EDGE, down * EDGE))
    content = io.BytesIO()
    sheet.save(content, "WEBP", quality=80, method=2)
    return content.getvalue()


def spread(ids: Sequence[int], at_most: int) -> list[int]:
    """At most so many of `ids`, evenly spread over them."""
    if len(ids) <= at_most:
        return list(ids)
    return [ids[i * len(ids) // at_most] for i in range(at_most)]
