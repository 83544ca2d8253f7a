"""What a student has stored: pictures as thumbnails, one image for all of them, cut up by the browser; or sentences."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

import streamlit as st

from tl_core.uploads import stored, thumbnails
from tl_core.uploads.records import Rows
from tl_core.uploads.thumbnails import COLUMNS, EDGE

if TYPE_CHECKING:
    import numpy as np


def sheet(name: str, rows: Rows, ids: Sequence[int], alt: str) -> str:
    """HTML with the examples `ids` of the data set `name`, which must be the student's own.

    Those of the test part have a ring around them; a file's name or a row's number shows under the mouse.
    """
    if not ids:
        return ""
    if not rows.sizes:
        return _sentences(rows, ids, stored.examples(name), alt)
    tiles = "".join(_tile(rows, place, i) for place, i in enumerate(ids))
    return (
        f'<div class="tl-sheet" role="img" aria-label="{escape(alt, quote=True)}" '
        f'style="--sheet:url({_uri(name, tuple(ids))})">{tiles}</div>'
    )


def _tile(rows: Rows, place: int, i: int) -> str:
    down, across = divmod(place, COLUMNS)
    return f'<i {_named(rows, i)} style="background-position:-{across * EDGE}px -{down * EDGE}px"></i>'


def _sentences(rows: Rows, ids: Sequence[int], texts: np.ndarray, alt: str) -> str:
    lines = "".join(f'<div role="listitem" {_named(rows, i)}>{escape(texts[i])}</div>' for i in ids)
    return f'<div role="list" class="tl-lines" aria-label="{escape(alt, quote=True)}">{lines}</div>'


def _named(rows: Rows, i: int) -> str:
    title = escape(rows.files[i] + (" (test)" if rows.is_test[i] else ""), quote=True)
    return f'title="{title}" class="{"test" if rows.is_test[i] else ""}"'


@st.cache_data(max_entries=64, show_spinner=False)
def _uri(name: str, ids: tuple[int, ...]) -> str:
    content = thumbnails.sprite(stored.examples(name), ids)
    return "data:image/webp;base64," + base64.b64encode(content).decode()


def forget() -> None:
    """Keep no thumbnail in memory: for when pictures were deleted."""
    _uri.clear()
