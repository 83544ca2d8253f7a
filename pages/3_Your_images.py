"""Your data: pictures, sounds or sentences of one's own are collected, looked at, put in order, and raced on."""

from __future__ import annotations

import streamlit as st

from pages.shared import frame
from pages.shared.uploads import collect, listing, look, progress

student = frame.page("Your data")
going = progress.standing(student)
opened = st.query_params.get("dataset")

st.title("Your data", anchor=False)
st.caption(listing.privacy())
if going:
    progress.draw(student)
if opened:
    look.draw(opened, student, locked=going)
else:
    listing.listing(student, locked=going)
    if not going:
        collect.draw(student)
