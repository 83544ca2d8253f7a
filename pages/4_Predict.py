"""Predict: try what was trained on new pictures, see where it is wrong, take it home."""

from __future__ import annotations

import streamlit as st

from pages.shared import frame
from pages.shared.predict import choice

student = frame.page("Predict")

st.title("Predict", anchor=False)
runs = choice.finished_runs(student)
if runs:
    # numpy and Pillow only when there is something to show
    from pages.shared.predict import take_home, try_pictures, wrong_answers
    from pages.shared.widgets import model_files
    from tl_core.results.arm import arm_titles
    from tl_core.results.experiments import held

    titles = arm_titles(runs)
    missing = model_files.gone(runs, titles)
    if there := [run for run in runs if run.id not in missing]:
        model_files.kept(there, titles, student)
    parts = {":material/image_search: Try it": (try_pictures.draw, there)}
    if held(runs).kept:
        parts[":material/error: Wrong answers"] = (wrong_answers.draw, runs)
    parts[":material/download: Take home"] = (take_home.draw, runs)
    for tab, (draw, shown) in zip(st.tabs(list(parts)), parts.values(), strict=True):
        with tab:
            if shown:
                draw(shown)
