"""Studies: one question, many runs, and what they say together."""

from __future__ import annotations

import streamlit as st

from pages.shared import frame
from pages.shared.studies import form
from tl_core.studies import build
from tl_core.studies.setup import Setup


def _recorded(setup: Setup) -> None:
    if form.has_recording(setup):
        from pages.shared.studies import recorded  # plotly and pandas only when there is something to draw

        recorded.show(setup)


student = frame.page("Studies")

st.title("Studies", anchor=False)
setup = form.opened(student)
form.which(setup)
entry = build.worded(setup)
st.header(entry.question, anchor=False)

choices, results = st.columns([1, 2.1], gap="large")
with choices:
    sweep, shared = form.found(setup, student)
    form.settings(setup, student)
with results:
    form.start(setup, sweep, student, shared)
    measured = sweep if sweep and sweep.runs else None
    if measured:
        from pages.shared.studies import live  # plotly and pandas only when there is something to draw

        live.show(setup, measured, student, mine=not shared)
    else:
        st.markdown("Nothing of this study has been measured yet: its chart fills as the runs finish.")
        _recorded(setup)
    form.method(entry)
    if setup.study == "learning_rate" and sweep is not None:
        from pages.shared.studies import range_test

        range_test.show(setup, student, shared)
    if measured:
        _recorded(setup)

form.write_address(setup, sweep)
