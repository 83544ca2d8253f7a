"""One picture of each class of a bundled data set, cut from its sheet."""

from __future__ import annotations

import base64
import io
import json
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

if TYPE_CHECKING:
    import PIL.Image


@st.cache_data(max_entries=4, show_spinner=False)
def row(folder: Path, part: str = "train") -> str:
    """HTML: the first picture of every class of a sheet (`tl_core.ml.drawn.sheets`), named; "" without a sheet."""
    from PIL import Image, UnidentifiedImageError

    try:
        index = json.loads((folder / "index.json").read_text(encoding="utf-8"))
        with Image.open(folder / f"{part}.webp") as sheet:
            pixels = sheet.convert("RGB")
    except (OSError, ValueError, UnidentifiedImageError):
        return ""
    side, columns, classes = index["side"], index["columns"], index["classes"]
    each = index["parts"][part]["pictures"] // len(classes)
    cells = []
    for number, name in enumerate(classes):
        down, across = divmod(number * each, columns)
        picture = pixels.crop((across * side, down * side, (across + 1) * side, (down + 1) * side))
        cells.append(f'<figure><img alt="" src="{_data_uri(picture)}"><figcaption>{escape(name)}</figcaption></figure>')
    return f'<div class="tl-samples">{"".join(cells)}</div>'


def _data_uri(picture: PIL.Image.Image) -> str:
    content = io.BytesIO()
    picture.save(content, "PNG")
    return "data:image/png;base64," + base64.b64encode(content.getvalue()).decode()
