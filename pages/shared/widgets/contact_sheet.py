"""What a student has stored: pictures, one image cut up by the browser; recordings that can be played; sentences."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from html import escape

import streamlit as st

from pages.shared.widgets.inline_pictures import figure
from tl_core.uploads import stored, thumbnails
from tl_core.uploads.records import Kind, Rows
from tl_core.uploads.thumbnails import COLUMNS, EDGE

ONE_BY_ONE: dict[Kind, str] = {"sentences": "tl-lines", "sounds": "tl-sounds"}  # class of the list in the style sheet


def sheet(name: str, rows: Rows, ids: Sequence[int], alt: str) -> str:
    """HTML with the examples `ids` of the data set `name`, which must be the student's own.

    Those of the test part have a ring around them; a file's name or a row's number shows under the mouse.
    """
    if not ids:
        return ""
    if look := ONE_BY_ONE.get(stored.kind(name)):
        shown = zip(ids, stored.shown(name, ids), strict=True)
        each = (f'<div role="listitem" {_named(rows, i)}>{figure(one, alt=rows.files[i])}</div>' for i, one in shown)
        return f'<div role="list" class="{look}" aria-label="{escape(alt, quote=True)}">{"".join(each)}</div>'
    tiles = "".join(_tile(rows, place, i) for place, i in enumerate(ids))
    return (
        f'<div class="tl-sheet" role="img" aria-label="{escape(alt, quote=True)}" '
        f'style="--sheet:url({_uri(name, tuple(ids))})">{tiles}</div>'
    )


def _tile(rows: Rows, place: int, i: int) -> str:
    down, across = divmod(place, COLUMNS)
    return f'<i {_named(rows, i)} style="background-position:-{across * EDGE}px -{down * EDGE}px"></i>'


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
