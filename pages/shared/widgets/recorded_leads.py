"""What pretraining was worth in the runs that come with the app: leads over from scratch, wins and losses alike."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from tl_core.base.wording import many
from tl_core.catalog import BACKBONES, STRATEGIES, dataset
from tl_core.figures import layout, leads
from tl_core.studies import evidence


def draw(first: str, key: str) -> None:
    """The leads on a data set that is chosen, at the beginning `first`, and how many there are of each kind."""
    rows = pd.read_csv(evidence.ROWS, dtype={"spec": "str"})
    known = list(dict.fromkeys(rows["data.dataset"]))
    chosen = st.segmented_control(
        "Pictures",
        known,
        default=first if first in known else known[0],
        required=True,
        key=key,
        format_func=lambda name: dataset(name).title,
        label_visibility="collapsed",
        wrap=True,
    )
    strategies = {name: STRATEGIES[name].title for name in evidence.STUDY.axes["strategy"] if name != evidence.SCRATCH}
    sources = {name: BACKBONES[name].title for name in evidence.SOURCES}
    st.plotly_chart(
        leads.over_labels(evidence.lead_rows(rows, str(chosen)), strategies, sources),
        key=f"{key}_chart",
        config=layout.STATIC,
        alt=f"Lead of each strategy over from scratch on {dataset(str(chosen)).title}, by labels per class",
    )
    st.caption(_counted(rows))


def _counted(rows: pd.DataFrame) -> str:
    cells = evidence.leads(rows).values()
    won, lost = (sum(cell.sure and (cell.mean.value > 0) == above for cell in cells) for above in (True, False))
    open_ = [cell for cell in cells if not cell.sure]
    below = sum(cell.mean.value < 0 for cell in open_)
    return (
        f"{many(len(cells), 'lead')} on {many(rows['data.dataset'].nunique(), 'data set')}: {won} wins and {lost} "
        f"losses are more than the luck of the seeds, tested with a correction for all of them (Holm 1979). "
        f"{len(open_)} may be luck, {below} of them below zero. Bars: 95 % intervals over "
        f"{many(rows['seed'].nunique(), 'seed')} (Student's t), without the correction."
    )
