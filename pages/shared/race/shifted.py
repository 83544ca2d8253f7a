"""In and out of distribution: what the arms of an experiment are worth on test images changed on purpose."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from pages.shared.race import shift_pictures
from pages.shared.widgets.terms import meaning
from tl_core.catalog.shifts import SHIFTS, kinds
from tl_core.figures import layout, shifts
from tl_core.figures.layout import Trace
from tl_core.results import shifted
from tl_core.results.arm import guessing
from tl_core.results.experiments import held
from tl_core.store import Run

KUMAR = (
    "On ten data sets, Kumar et al. 2022 ([LP-FT](https://arxiv.org/abs/2202.10054)) found fine-tuning on average 2 % "
    "better than a linear probe in distribution and 7 % worse out of it; probe, then fine-tune was better on both."
)


def show(tested: Sequence[Run]) -> None:
    """The chart, its numbers, and what each shift is; nothing where no image was changed."""
    found = [run for run, _ in shifted.tested(tested)]
    if not found:
        return
    arms = [Trace(arm.id, arm.title, arm.strategy) for arm, _ in shifted.tested_arms(tested)]
    st.header("In and out of distribution", anchor=False)
    st.markdown("\n".join(f"- {sentence}" for sentence in shifted.sentences(tested)))
    said = held(found).said
    over = "seeds" if len(found) > len(arms) else said("test images")
    st.caption(f"Intervals: 95 %, over the {over}. {KUMAR}")
    rows = pd.DataFrame(shifted.table(tested)).astype({"adapted": float})
    st.plotly_chart(shifts.shifts(rows, arms, guessing(found)), key="shifts", config=layout.STATIC)
    severity = found[0].spec.shift.severity
    told = (
        f"The same test images for every arm, at severity {severity} of 5. Filled: the network as it was trained. "
        "Open: the statistics of batch normalisation re-estimated on the shifted test images, without their labels "
        "(AdaBN, [Li et al. 2017](https://arxiv.org/abs/1603.04779))."
    )
    st.caption(said(told))
    st.html(shift_pictures.row(kinds(found[0].spec.shift), severity))
    with st.expander("Numbers, and what each shift does", icon=":material/table:"):
        _numbers(rows, said("Test images"))
        st.markdown("\n".join(f"- **{way.title}**: {way.summary} Source: {way.source}." for way in SHIFTS.values()))


def _numbers(rows: pd.DataFrame, way: str) -> None:
    shown = rows.assign(
        interval=[f"{100 * a:.1f} – {100 * b:.1f} %" for a, b in zip(rows["low"], rows["high"], strict=True)],
        plain=100 * rows["plain"],
        adapted=100 * rows["adapted"],
    )
    st.dataframe(
        shown[["title", "way", "plain", "interval", "adapted"]],
        hide_index=True,
        column_config={
            "title": st.column_config.TextColumn("Arm", help=meaning("Arm")),
            "way": way,
            "plain": st.column_config.NumberColumn("Accuracy", format="%.1f %%"),
            "interval": "95 % interval",
            "adapted": st.column_config.NumberColumn("With AdaBN", format="%.1f %%"),
        },
    )
