"""Ten pictures of a data set, named."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

if TYPE_CHECKING:
    from tl_core.catalog.samples import Sample


def play(dataset: str) -> bool:
    """A player for a recording of each class; False where a data set is not made of sounds, or is not here."""
    from tl_core.catalog.samples import sounds

    found = sounds(dataset)
    if found:
        with st.container(horizontal=True):
            for content, label in found:
                with st.container(width=150, gap="xxsmall"):
                    st.caption(label)
                    st.audio(content, format="audio/wav")
    return bool(found)


@st.cache_data(max_entries=20, ttl=60, show_spinner=False)
def row(dataset: str) -> str:
    """HTML of `tl_core.catalog.samples`; "" where no picture is on this machine."""
    from tl_core.catalog.samples import samples  # numpy and Pillow only when there is something to show

    return _html(samples(dataset))


@st.cache_data(max_entries=4, show_spinner=False)
def of_sheet(folder: Path, part: str) -> str:
    """The same of a bundled sheet that is no data set."""
    from tl_core.catalog.samples import of_sheet

    return _html(of_sheet(folder, part))


def _html(found: list[Sample]) -> str:
    from pages.shared.widgets.inline_pictures import figure

    shown = "".join(figure(one.pixels, escape(one.name)) for one in found)
    return f'<div class="tl-samples">{shown}</div>' if shown else ""
