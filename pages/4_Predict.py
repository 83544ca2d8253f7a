"""Predict: try what was trained on new pictures, see where it is wrong, take it home."""

from __future__ import annotations

import streamlit as st

from pages.shared import frame
from pages.shared.predict import choice as chosen

student = frame.page("Predict")

st.title("Predict", anchor=False)
runs = chosen.finished_runs(student)
if runs:
    from pages.shared.predict import take_home as taking_home
    from pages.shared.predict import try_pictures as trying
    from pages.shared.predict import wrong_answers as mistakes  # numpy and Pillow only when there is something to show

    attempt, wrong, home = st.tabs(
        [":material/image_search: Try it", ":material/error: Mistakes", ":material/download: Take home"]
    )
    with attempt:
        trying.draw(runs)
    with wrong:
        mistakes.draw(runs)
    with home:
        taking_home.draw(runs)
