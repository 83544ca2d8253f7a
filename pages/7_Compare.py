"""Compare: any runs on one chart and in one table, against one of them."""

from __future__ import annotations

import streamlit as st

from pages.shared import frame
from pages.shared.compare import choice

student = frame.page("Compare")

st.title("Compare", anchor=False)
runs, reference = choice.chosen(student)
if len(runs) < 2:
    st.markdown(
        "Choose two or more runs. Their curves are drawn on one chart, and the settings in which they differ come "
        "first. In the History, **Compare** opens this page with all arms of an experiment."
    )
    st.page_link("pages/2_History.py", label="Open the History", icon=":material/history:")
if runs:
    from pages.shared.compare import table  # plotly and pandas only when there is something to draw

    table.show(runs, reference)
