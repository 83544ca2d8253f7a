"""Your images: pictures of one's own are collected, looked at, put in order, and raced on."""

from __future__ import annotations

import streamlit as st

from pages.shared import frame
from pages.shared.uploads import collect as intake_form
from pages.shared.uploads import listing as picture_sets
from pages.shared.uploads import look as picture_look
from pages.shared.uploads import progress as intake_progress

student = frame.page("Your images")
going = intake_progress.standing(student)
opened = st.query_params.get("dataset")

st.title("Your images", anchor=False)
st.caption(picture_sets.privacy())
if going:
    intake_progress.draw(student)
if opened:
    picture_look.draw(opened, student, locked=going)
else:
    picture_sets.listing(student, locked=going)
    if not going:
        intake_form.draw(student)
