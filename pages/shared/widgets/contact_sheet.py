"""Stored pictures of a student as thumbnails: one image for all of them, cut up by the browser."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from html import escape

import streamlit as st

from tl_core.uploads import stored, thumbnails
from tl_core.uploads.records import Rows
from tl_core.uploads.thumbnails import COLUMNS, EDGE


def sheet(name: str, rows: Rows, ids: Sequence[int], alt: str) -> str:
    """HTML with the pictures `ids` of the data set `name`, which must be the student's own.

    Pictures of the test part have a ring around them; a picture's file name shows under the mouse.
    """
    if not ids:
        return ""
    tiles = "".join(_tile(rows, place, i) for place, i in enumerate(ids))
    return (
        f'<div class="tl-sheet" role="img" aria-label="{escape(alt, quote=True)}" '
        f'style="--sheet:url({_uri(name, tuple(ids))})">{tiles}</div>'
    )


def _tile(rows: Rows, place: int, i: int) -> str:
    down, across = divmod(place, COLUMNS)
    held_out = rows.is_test[i]
    title = escape(rows.files[i] + (" (test)" if held_out else ""), quote=True)
    return (
        f'<i title="{title}" class="{"test" if held_out else ""}" '
        f'style="background-position:-{across * EDGE}px -{down * EDGE}px"></i>'
    )


@st.cache_data(max_entries=64, show_spinner=False)
def _uri(name: str, ids: tuple[int, ...]) -> str:
    content = thumbnails.sprite(stored.pictures(name), ids)
    return "data:image/webp;base64," + base64.b64encode(content).decode()


def forget() -> None:
    """Keep no thumbnail in memory: for when pictures were deleted."""
    _uri.clear()
