"""The Lab: set up a race on the left, watch it on the right."""

from __future__ import annotations

import streamlit as st

from pages.shared import frame
from pages.shared.lessons import listing
from pages.shared.race import form, freeze_map, link, start_button
from pages.shared.widgets import samples
from tl_core.catalog import dataset

NOT_HERE = "The pictures of this data set are shown once they have been downloaded, by the first race on them."

student = frame.page("Lab")
listing.lead_back(st.query_params.get("experiment"))
experiment = st.query_params.get("experiment") or st.session_state.get("experiment")
asked = link.followed()
race = form.opened(experiment)

st.html('<h1 class="tl-unseen">Lab</h1>')
setup, stage = st.columns([1, 2.1], gap="large")
with setup:
    link.tell(asked, race)
    form.essentials(race)
    if started := start_button.start(race, student):
        st.query_params["experiment"] = started
    form.details(race)

experiment = st.session_state["experiment"] = started or experiment
plan = images = stage
with stage:
    if experiment:
        from pages.shared.race import live  # plotly and pandas only when there is something to draw

        going, plan, images = st.tabs(
            [
                ":material/flag: Race",
                ":material/layers: Freeze plan",
                dataset(race.dataset).holds.said(":material/photo_library: Pictures"),
            ],
            key=f"views_{experiment}",
        )
        with going:
            live.show(experiment, student, in_view=True)
    else:
        st.header("Set up a race, then press Start", anchor=False)
        st.markdown(
            "Every strategy trains the same network on the same examples, side by side. The settings in the form "
            "already make a good first race."
        )
    with images, st.container(key="images"):
        if not samples.play(race.dataset):
            st.html(samples.row(race.dataset) or dataset(race.dataset).holds.said(NOT_HERE))
    with plan:
        freeze_map.draw(race)

form.write_address(race, experiment)
if started:
    start_button.drawn()
