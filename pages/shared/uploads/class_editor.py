"""Rename, merge or drop classes, or hold out other pictures: a new data set made of the stored one."""

from __future__ import annotations

import streamlit as st

from pages.shared.uploads import progress
from pages.shared.uploads.listing import said
from pages.shared.widgets.markdown import plain
from tl_core.base.wording import many
from tl_core.processes.intake import Edit, Request
from tl_core.uploads import editing, quality
from tl_core.uploads.intake import TITLE_LENGTH
from tl_core.uploads.labels import LABEL_LENGTH
from tl_core.uploads.records import Manifest


def draw(manifest: Manifest, student: str) -> None:
    """The form; what it would do in words; and the button."""
    with st.expander("Rename, merge or drop classes, or change the split", icon=":material/edit:"):
        told = (
            "Give two classes the same name to make them one; leave a name empty to drop the class. A data set never "
            "changes, so this makes a new one of the stored pictures; nothing is uploaded again."
        )
        st.caption(said(manifest, told))
        key = f"edit_{manifest.id}"
        with st.container(horizontal=True):
            names = {
                old: st.text_input(f"Class {plain(old)}", old, max_chars=LABEL_LENGTH, key=f"{key}_{number}", width=240)
                for number, old in enumerate(manifest.classes)
            }
        left, right = st.columns(2)
        with left:
            title = st.text_input("Title", manifest.title, max_chars=TITLE_LENGTH, key=f"{key}_title")
        with right:
            seed = st.number_input(
                "Split seed",
                0,
                2**31 - 1,
                manifest.split_seed,
                key=f"{key}_seed",
                help="Decides which quarter of each class is held out for the test.",
            )
        replace = st.checkbox("Delete the current data set afterwards", key=f"{key}_replace")
        if replace:
            _what_goes(manifest, student)
        _button(manifest, student, Edit(dataset=manifest.id, classes=names, replace=replace), title, int(seed))


def _what_goes(manifest: Manifest, student: str) -> None:
    from tl_core.processes import removal

    made = len(removal.experiments_on(manifest.id, student))
    if made:
        st.caption(f":material/warning: This also deletes {many(made, 'experiment')} on it and their trained models.")


def _button(manifest: Manifest, student: str, edit: Edit, title: str, seed: int) -> None:
    does = editing.changes(manifest, edit.classes, seed)
    renamed = title.strip() not in ("", manifest.title)
    missing = said(manifest, quality.missing(editing.counts(manifest, edit.classes)))
    st.caption(plain(missing or does) or ("It gets another title." if renamed else "Nothing is changed yet."))
    st.button(
        "Make the new data set",
        type="primary",
        icon=":material/dataset:",
        key=f"edit_{manifest.id}_make",
        disabled=bool(missing) or not (does or renamed),
        on_click=progress.begin,
        args=(Request(owner=student, title=title, split_seed=seed, edit=edit),),
    )
