"""Studies that come with the app, shown as what they are: recorded, when, where and by which command."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from pages.shared.studies import live
from tl_core.studies import evidence, recorded
from tl_core.studies.setup import Setup

WORST = 3  # losses that are read at once; the rest is opened


def show(setup: Setup) -> None:
    """Every recording of this study; beside the labels study, the evidence table too."""
    for recording in recorded.recordings(setup.study):
        st.subheader("Recorded before", anchor=False)
        st.caption(f":material/history: {recording.said} The command: `{recording.command}`")
        if recording.limits:
            st.warning(recording.limits, icon=":material/update:")
        live.draw(recording.setup, recorded.rows(recording), recording.path.stem)
    if setup.study == "labels" and evidence.ROWS.exists():
        _evidence()


def _evidence() -> None:
    rows = pd.read_csv(evidence.ROWS, dtype={"spec": "str"})
    st.subheader("Recorded before: what pretraining is worth", anchor=False)
    st.caption(
        f":material/history: {recorded.provenance(evidence.ROWS)}{len(rows)} runs of "
        "`python -m tl_core study evidence`, which come with the app. Test "
        "accuracy in per cent ± standard deviation over seeds, and in brackets the lead over from scratch in points. "
        "Labels per class: to train on + to validate. A lead belongs to its epochs: trained longer, from scratch may "
        "come closer (He, Girshick and Dollár 2019)."
    )
    if caveat := evidence.caveat():
        st.warning(f"{caveat} The command measures them anew.", icon=":material/update:")
    sure, doubtful = evidence.losses(rows)
    cells = len(evidence.leads(rows))
    st.markdown(
        "**Negative transfer**, more than the luck of the seeds"
        + (":" if sure else ": nowhere in these rows.")
        + f" Every lead is tested over seeds, with a correction for all {cells} of the table (Holm 1979)."
    )
    if sure:
        _listed(sure)
    if doubtful:
        st.markdown("**Below from scratch, and possibly luck:**")
        _listed(doubtful)
    with st.expander("The whole table", icon=":material/table:"):
        st.markdown(evidence.table(rows).replace("### ", "#### "))


def _listed(sentences: list[str]) -> None:
    st.markdown("\n".join(f"- {sentence}" for sentence in sentences[:WORST]))
    if len(sentences) > WORST:
        with st.expander(f"All {len(sentences)} of them", icon=":material/list:"):
            st.markdown("\n".join(f"- {sentence}" for sentence in sentences))
