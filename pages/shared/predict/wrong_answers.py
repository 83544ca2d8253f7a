"""The test pictures that an arm called wrong, the surest first."""

from __future__ import annotations

import streamlit as st

from pages.shared.predict import choice
from pages.shared.race import mistake_pictures
from tl_core.results.experiments import held
from tl_core.store import Run

MOST = 24


def draw(runs: list[Run]) -> None:
    """Choose an arm, then look."""
    told = "Wrong, and sure of it: these pictures say the most about what a network relies on, and about the labels."
    st.caption(held(runs).said(told))
    mistake_pictures.show(choice.arm(runs, "wrong_arm"), MOST)
