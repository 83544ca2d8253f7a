"""Where a race ends: what to do with it now."""

from __future__ import annotations

import streamlit as st

from pages.shared.race import form
from tl_core.races import race as races
from tl_core.results import experiments
from tl_core.store import Experiment


def draw(experiment: Experiment, mine: bool) -> None:
    """The buttons, once nothing of the experiment goes on. Its owner tries its models, where one has finished."""
    if any(run.active for run in experiment.runs):
        return
    with st.container(horizontal=True, width="content"):
        st.button(
            "Change one thing",
            icon=":material/replay:",
            key="again",
            on_click=_again,
            args=(experiment,),
            help="Puts these settings into the form: change one thing, then start.",
        )
        words = experiments.held(experiment.runs).said("Try it on pictures")
        finished = mine and any(run.status == "finished" for run in experiment.runs)
        if finished and st.button(words, type="primary", icon=":material/image_search:", key="try"):
            st.switch_page("pages/4_Predict.py", query_params={"experiment": experiment.id})


def _again(experiment: Experiment) -> None:
    form.set_race(races.of_specs([run.spec for run in experiment.runs]))
