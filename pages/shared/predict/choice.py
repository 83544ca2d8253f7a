"""Which of the student's finished experiments a page is about; its address carries it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from pages.shared.widgets import address
from pages.shared.widgets.markdown import plain

if TYPE_CHECKING:
    from tl_core.store import Experiment, Run

LIMIT = 200
KEY = "predict_experiment"


def finished_runs(student: str) -> list[Run]:
    """A picker of experiments; the finished runs of the chosen one. Empty, after a word on what to do, without any."""
    from tl_core.results import experiments
    from tl_core.store import open_store

    mine = {e.id: e for e in open_store().experiments(student, LIMIT) if _finished(e)}
    asked = st.query_params.get("experiment") or st.session_state.get("experiment")
    if "experiment" in st.query_params and asked not in mine:
        st.warning(
            "There is no finished experiment of yours at this address. Only the person who trained a model can use it."
        )
    if not mine:
        st.markdown("A model has to be trained before it can be tried. The smallest race takes half a minute.")
        st.page_link("pages/1_Lab.py", label="Open the Lab", icon=":material/science:")
        return []
    if st.session_state.get(KEY) not in mine:
        st.session_state[KEY] = asked if asked in mine else next(iter(mine))
    chosen = st.selectbox("Experiment", list(mine), key=KEY, format_func=lambda name: experiments.title(mine[name]))
    found = mine[chosen]
    address.write({"experiment": found.id})
    st.caption(plain(experiments.setting(found)))
    return _finished(found)


def _finished(experiment: Experiment) -> list[Run]:
    return [run for run in experiment.runs if run.status == "finished" and run.summary is not None]


def arm(runs: list[Run], key: str) -> Run:
    """One of the arms, chosen by the student; at first the one with the best test accuracy."""
    from tl_core.results.arm import arm_titles

    titles = arm_titles(runs)
    run_id = st.pills(
        "Arm",
        [run.id for run in runs],
        default=max(runs, key=lambda run: run.summary.test_accuracy if run.summary else 0.0).id,
        required=True,
        key=f"{key}_{runs[0].id}",
        format_func=lambda run_id: titles[run_id],
        label_visibility="collapsed",
        wrap=True,
    )
    return next(run for run in runs if run.id == run_id)
