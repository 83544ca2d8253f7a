"""The Lab: set up a race on the left, watch it on the right."""
from __future__ import annotations

import streamlit as st

from pages.shared import form, frame, freeze_map, lesson_list, start

student = frame.page("Lab")
lesson_list.lead_back(st.query_params.get("experiment"))
experiment = st.query_params.get("experiment") or st.session_state.get("experiment")
race = form.opened(experiment)

setup, stage = st.columns([1, 2.1], gap="large")
with setup:
    form.essentials(race)
    started = start.start(race, student)
    form.details(race)

experiment = st.session_state["experiment"] = started or experiment
with stage:
    if experiment:
        from pages.shared import live  # plotly and pandas only when there is something to draw

        live.show(experiment, student, in_view=bool(started))
    else:
        st.subheader("Set up a race, then press Start", anchor=False)
        st.markdown(
            "Every strategy trains the same network on the same images, side by side. Curves appear here within "
            "seconds; the settings on the left already make a good first race."
        )
    freeze_map.draw(race)

form.write_address(race, experiment)
