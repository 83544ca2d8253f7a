"""What has been collected so far, class by class, and the button that makes a data set of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath

import streamlit as st

from pages.shared.uploads import progress, reading
from pages.shared.widgets.markdown import plain
from tl_core.base.wording import many
from tl_core.catalog import MODALITIES
from tl_core.processes.intake import Request
from tl_core.uploads import drafts, quality, speed
from tl_core.uploads.drafts import Item
from tl_core.uploads.intake import TITLE_LENGTH
from tl_core.uploads.kinds import KINDS
from tl_core.uploads.limits import megabytes


def draw(student: str) -> None:
    """The collection with a way to take things out of it, what is missing, and the button."""
    found = drafts.items(student)
    with st.container(border=True, key="draft"):
        st.markdown("**Collected so far**")
        if not found:
            st.caption(
                "Nothing yet. Pictures, recordings or sentences of at least two classes are needed; they stay here, "
                "even after a refresh, until you make a data set of them."
            )
            return
        for label in dict.fromkeys(item.label for item in found if item.label):
            _row(student, f"**{plain(label)}**", [item for item in found if item.label == label])
        for item in found:
            if not item.label:
                icon = "folder_zip" if KINDS[item.modality].endings else "table"
                _row(student, f":material/{icon}: **{plain(item.name)}**", [item])
                reading.draw(student, item)
        _make(student, found)


def _row(student: str, title: str, items: list[Item]) -> None:
    counts = drafts.counts(items)
    size = megabytes(sum(item.size for item in items))
    words = many(sum(counts.values()), MODALITIES[items[0].modality].said("picture"))
    if counts and not items[0].label:
        words += ": " + ", ".join(f"{name} {count:,}" for name, count in list(counts.items())[:8])
        words += ", …" if len(counts) > 8 else ""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"{title}  \n{plain(words)} · {size}", width="stretch")
        st.button(
            "",
            key=f"take_out_{items[0].file}",
            icon=":material/close:",
            type="tertiary",
            help="Remove",
            on_click=drafts.remove,
            args=(student, items),
        )


def _make(student: str, kept: Sequence[Item]) -> None:
    holds = MODALITIES[drafts.holds(kept)]
    missing = holds.said(quality.missing(drafts.counts(kept)))
    title = st.text_input("Name of the data set", max_chars=TITLE_LENGTH, key="intake_title", placeholder=_title(kept))
    if missing:
        st.caption(f":material/info: {plain(missing)}")
    else:
        st.caption(f":material/timer: {speed.sentence(drafts.holds(kept), *drafts.amount(kept))}")
    with st.container(horizontal=True):
        st.button(
            "Make the data set",
            type="primary",
            icon=":material/dataset:",
            key="make_dataset",
            disabled=bool(missing),
            on_click=_on_make,
            args=(student, title or _title(kept)),
        )
        if st.button("Clear", key="clear_draft", icon=":material/delete:", type="tertiary"):
            _clear(student, many(sum(drafts.counts(kept).values()), f"collected {holds.said('picture')}"))


def _title(kept: Sequence[Item]) -> str:
    """An archive gives its name; classes give theirs."""
    archive = next((item.name for item in kept if not item.label), "")
    return PurePath(archive).stem or " and ".join(list(drafts.counts(kept))[:3])


def _on_make(student: str, title: str) -> None:
    progress.begin(Request(owner=student, title=title))


@st.dialog("Clear the collection?")
def _clear(student: str, what: str) -> None:
    st.markdown(f"{what} will be deleted from the server.")
    with st.container(horizontal=True):
        gone = st.button(
            "Delete them", type="primary", icon=":material/delete:", on_click=drafts.clear, args=(student,)
        )
        if st.button("Keep them") or gone:
            st.rerun()
