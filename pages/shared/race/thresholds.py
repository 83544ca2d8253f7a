"""What every arm finds of one class when it is called from a threshold on that validation images chose."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import pandas as pd
import streamlit as st

from pages.shared.widgets.markdown import plain
from tl_core.base.events import WANTED, Summary
from tl_core.base.wording import defined, percent
from tl_core.figures.layout import Trace


def show(
    measured: Mapping[str, Summary], arms: Sequence[Trace], classes: Sequence[str], said: Callable[[str], str]
) -> None:
    """Nothing for runs from before this was measured. `measured`: run id → what it was tested as.

    `said`: in the words of what it was tested on.
    """
    if not any(summary.operating for summary in measured.values()):
        return
    with st.expander("Find more of one class: choose a threshold", icon=":material/tune:"):
        label = st.selectbox(
            "Class to be found", range(len(classes)), index=len(classes) - 1, format_func=lambda i: plain(classes[i])
        )
        share = st.segmented_control(
            said("Share of it that is to be found on the validation images"), WANTED, default=0.95, format_func=percent
        )
        if share is None:
            return
        rows = [
            {"Arm": arm.label, **_row(measured[arm.run_id], label, WANTED.index(share))}
            for arm in arms
            if measured[arm.run_id].operating
        ]
        st.dataframe(pd.DataFrame(rows), hide_index=True)
        told = (
            "The threshold is the highest that finds this share of the class on the validation images. All other "
            "numbers are of the test images, which had no say in it: found is the recall, right when called the "
            "precision. Where missing one costs more than a false alarm, as with an illness, these say more than "
            "accuracy."
        )
        st.caption(said(told))


def _row(summary: Summary, label: int, place: int) -> dict[str, str]:
    points = summary.operating[label]
    found = dict(points[place]) if points else {}
    return {
        "Threshold": defined(found.get("threshold")),
        "Found": defined(found.get("recall"), percent),
        "False alarms": defined(found.get("false_alarms"), percent),
        "Right when called": defined(found.get("precision"), percent),
    }
