"""What a shift does to a picture: one pictogram as it is, and changed."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import streamlit as st

from pages.shared.widgets.inline_pictures import figure
from tl_core.base.settings import ASSETS
from tl_core.base.spec import ShiftKind
from tl_core.catalog.shifts import SHIFTS

FILE = ASSETS / "pictures" / "shifts.png"  # made by tl_core.ml.making.shift_examples


@st.cache_data(max_entries=40, show_spinner=False)
def row(ways: Iterable[ShiftKind], severity: int) -> str:
    """HTML: the picture as it is, then in each of these ways, named."""
    from PIL import Image

    with Image.open(FILE) as sheet:
        pixels = np.asarray(sheet.convert("RGB"))
    side = len(pixels) // 5
    pictures = np.split(pixels[(severity - 1) * side : severity * side], len(SHIFTS) + 1, axis=1)
    shown = [("As it is", pictures[0])]
    shown += [(way.title, pictures[1 + i]) for i, (kind, way) in enumerate(SHIFTS.items()) if kind in ways]
    return f'<div class="tl-samples">{"".join(figure(picture, title) for title, picture in shown)}</div>'
