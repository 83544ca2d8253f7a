"""Lessons: the list, or the one in the address: a question, a guess, a run, the answer."""

from __future__ import annotations

import streamlit as st

from pages.shared import frame
from pages.shared.lessons import listing, page
from pages.shared.widgets import address
from tl_core.lessons.entries import LESSONS

student = frame.page("Lessons")
lesson_id = st.query_params.get("lesson", "")
address.keep(lesson_id)

if lesson_id in LESSONS:
    page.draw(lesson_id, student)
else:
    st.title("Lessons", anchor=False)
    if lesson_id:
        st.warning("There is no lesson at this address: these are all there are.")
    st.markdown("Say what you expect, run it for real, and see how close you were.")
    listing.draw(student)
