"""History: every experiment of this student, to find, open, name or delete."""

from __future__ import annotations

import streamlit as st

from pages.shared import frame, history

student = frame.page("History")

st.title("History", anchor=False)
history.listing(student)
