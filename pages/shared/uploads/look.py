"""A look at a data set before training: its examples class by class, what is odd about them, and what to do next."""

from __future__ import annotations

import streamlit as st

from pages.shared.race import form
from pages.shared.uploads import class_editor, issues, listing, progress
from pages.shared.uploads.listing import said
from pages.shared.widgets import contact_sheet
from pages.shared.widgets.markdown import plain
from tl_core.base.wording import many
from tl_core.races import race
from tl_core.uploads import quality, stored, thumbnails
from tl_core.uploads.records import Manifest, Rows

FIRST, PAGE = 24, 96  # pictures of a class at first, and when it is looked at alone


def draw(name: str, student: str, locked: bool) -> None:
    """The data set of this id, when it is the student's. `locked`: it cannot be changed while one is being made."""
    st.button("All your data", icon=":material/arrow_back:", key="to_all", on_click=_to_all, type="tertiary")
    manifest = stored.find(name)
    if manifest is None or manifest.gone or not stored.belongs(name, student):
        st.warning("There are no data of yours at this address: they were deleted, or have expired.")
        return
    progress.told()
    st.header(plain(manifest.title), anchor=False)
    st.markdown(listing.contents(manifest))
    _next(manifest, student, locked)
    rows, report = stored.read_rows(name), stored.read_report(name)
    for sentence in quality.warnings(manifest.classes, rows, report):
        st.markdown(f":material/info: {plain(said(manifest, sentence))}")
    _sheets(manifest, rows)
    issues.draw(manifest, rows, report)
    if not locked:
        class_editor.draw(manifest, student)


def _to_all() -> None:
    st.query_params.clear()
    progress.forget()


def _next(manifest: Manifest, student: str, locked: bool) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        race_now = st.button(
            said(manifest, "Race on these pictures"),
            type="primary",
            icon=":material/flag:",
            key="race_on_these",
            on_click=_to_lab,
            args=(manifest.id,),
            help="Opens the Lab with this data set chosen.",
        )
        listing.delete_button(manifest, student, locked)
    if race_now:
        st.switch_page("pages/1_Lab.py")


def _to_lab(name: str) -> None:
    form.set_race(race.proposed(dataset=name))
    st.session_state["experiment"] = None


def _sheets(manifest: Manifest, rows: Rows) -> None:
    st.header(said(manifest, "The pictures"), anchor=False)
    names = list(manifest.classes)
    alone = st.pills(
        "Class", names, key=f"class_{manifest.id}", format_func=plain, wrap=True, label_visibility="collapsed"
    )
    for label, name in enumerate(names):
        if alone in (None, name):
            ids = [i for i, its in enumerate(rows.labels) if its == label]
            _class(manifest, rows, name, ids, alone is not None)
    told = "Marked in orange: the pictures that are held out for the test. Press a class to see all its pictures."
    st.caption(said(manifest, told))


def _class(manifest: Manifest, rows: Rows, name: str, ids: list[int], alone: bool) -> None:
    held_out = manifest.test[name]
    whole = many(len(ids), said(manifest, "picture"))
    st.markdown(
        f"**{plain(name)}** · {whole}: {len(ids) - held_out:,} to train and validate, {held_out:,} for the test"
    )
    here, pages = st.container(), -(-len(ids) // PAGE)
    first = 0
    if alone and pages > 1:
        first = (st.pagination(pages, key=f"sheet_{manifest.id}_{name}") - 1) * PAGE
    shown = ids[first : first + PAGE] if alone else thumbnails.spread(ids, FIRST)
    here.html(contact_sheet.sheet(manifest.id, rows, shown, f"{said(manifest, f'{len(shown)} pictures')} of {name}"))
