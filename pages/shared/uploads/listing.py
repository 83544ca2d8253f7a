"""A student's data sets of their own: open, race, delete; and where the pictures are."""

from __future__ import annotations

import time

import streamlit as st

from pages.shared.widgets import contact_sheet
from pages.shared.widgets.markdown import plain
from tl_core.base.settings import settings
from tl_core.base.wording import many
from tl_core.catalog import MODALITIES
from tl_core.uploads import stored
from tl_core.uploads.records import Manifest


def privacy() -> str:
    """Where the data are, who sees them, and for how long, in one sentence."""
    return (
        "Your data stay on this server's disk: only you, in this browser, can see them here (and whoever runs the "
        f"server), and they are deleted after {settings().datasets_days:g} days, or as soon as you ask for it."
    )


def listing(student: str, locked: bool) -> None:
    """Every data set of the student's. `locked`: none can be deleted while one is being made."""
    found = stored.owned(student)
    if not found:
        return
    st.header("Your data sets", anchor=False)
    for manifest in found:
        with st.container(border=True, gap="xsmall"):
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                st.button(
                    f"**{plain(manifest.title)}**",
                    key=f"open_{manifest.id}",
                    icon=":material/photo_library:",
                    type="tertiary",
                    on_click=open_set,
                    args=(manifest.id,),
                    help=said(manifest, "Look at the pictures"),
                )
                st.space("stretch")
                delete_button(manifest, student, locked)
            st.markdown(contents(manifest))
    st.caption(f"{len(found)} of at most {settings().datasets_each} data sets.")


def open_set(name: str) -> None:
    """Have the page show this data set, and its address name it. In a callback, or before anything is drawn."""
    st.query_params["dataset"] = name


def said(manifest: Manifest, text: str) -> str:
    """A text about pictures, of what the data set holds."""
    return MODALITIES[manifest.modality].said(text)


def contents(manifest: Manifest) -> str:
    """Classes and counts, and how long it stays, in one line of Markdown."""
    classes = ", ".join(f"{plain(name)} {count:,}" for name, count in list(manifest.classes.items())[:8])
    more = f" and {len(manifest.classes) - 8} more classes" if len(manifest.classes) > 8 else ""
    images = many(sum(manifest.classes.values()), said(manifest, "picture"))
    days = max(0, round((manifest.expires_at - time.time()) / 86400))
    return f"{images}: {classes}{more} · deleted in {many(days, 'day')}"


def delete_button(manifest: Manifest, student: str, locked: bool) -> None:
    """Delete, with a question first."""
    if st.button("Delete", key=f"delete_{manifest.id}", icon=":material/delete:", type="tertiary", disabled=locked):
        _delete(manifest, student)


@st.dialog("Delete this data set?")
def _delete(manifest: Manifest, student: str) -> None:
    from tl_core.processes import removal
    from tl_core.results import experiments

    made = removal.experiments_on(manifest.id, student)
    pictures = many(sum(manifest.classes.values()), said(manifest, "picture"))
    st.markdown(f"**{plain(manifest.title)}** with {pictures}, and all that was computed from them, will be deleted.")
    if made:
        st.markdown(f"This also deletes {many(len(made), 'experiment')} and their trained models:")
        st.markdown("\n".join(f"- {plain(experiments.title(experiment))}" for experiment in made[:5]))
        if len(made) > 5:
            st.caption(f"… and {len(made) - 5} more.")
    with st.container(horizontal=True):
        gone = st.button(
            "Delete for good",
            type="primary",
            icon=":material/delete:",
            on_click=_delete_now,
            args=(manifest.id, student),
        )
        if st.button("Keep them") or gone:
            st.rerun()


def _delete_now(name: str, student: str) -> None:
    from tl_core.processes import removal
    from tl_core.store import StoreError

    made = [experiment.id for experiment in removal.experiments_on(name, student)]
    try:
        removal.delete(name, student)
    except StoreError as error:
        st.toast(plain(str(error)), icon=":material/error:")
        return
    contact_sheet.forget()
    if st.session_state.get("experiment") in made:
        st.session_state["experiment"] = None
    if st.query_params.get("dataset") == name:
        del st.query_params["dataset"]
