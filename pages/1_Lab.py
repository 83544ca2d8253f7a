"""The Lab: set up a race on the left, watch it on the right."""

from __future__ import annotations

import streamlit as st

from pages.shared import frame
from pages.shared.lessons import listing
from pages.shared.race import form, freeze_map, start_button

student = frame.page("Lab")
listing.lead_back(st.query_params.get("experiment"))
experiment = st.query_params.get("experiment") or st.session_state.get("experiment")
race = form.opened(experiment)

setup, stage = st.columns([1, 2.1], gap="large")
with setup:
    form.essentials(race)
    if started := start_button.start(race, student):
        st.query_params["experiment"] = started
    form.details(race)

experiment = st.session_state["experiment"] = started or experiment
with stage:
    if experiment:
        from pages.shared.race import live  # plotly and pandas only when there is something to draw

        live.show(experiment, student, in_view=experiment != st.session_state.get("in_view"))
    else:
        st.subheader("Set up a race, then press Start", anchor=False)
        st.markdown(
            "Every strategy trains the same network on the same examples, side by side. Curves appear here within "
            "seconds; the settings on the left already make a good first race."
        )
    freeze_map.draw(race)

st.session_state["in_view"] = experiment
form.write_address(race, experiment)
if started:
    start_button.drawn()
