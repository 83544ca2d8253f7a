"""Studies that come with the app, shown as what they are: recorded, when, where and by which command."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from pages.shared.studies import live
from pages.shared.widgets import recorded_leads
from tl_core.base.wording import many
from tl_core.studies import evidence, recorded
from tl_core.studies.setup import Setup


def show(setup: Setup) -> None:
    """Every recording of this study; beside the studies of labels and of sources, the evidence table too."""
    for recording in recorded.recordings(setup.study):
        st.subheader("Recorded before", anchor=False)
        live.draw(recording.setup, recorded.rows(recording), recording.path.stem)
        st.caption(f":material/history: {recording.said} The command: `{recording.command}`")
        if recording.limits:
            st.warning(recording.limits, icon=":material/update:")
    if has_evidence(setup):
        _evidence(setup)


def has_evidence(setup: Setup) -> bool:
    """Whether the evidence table says something on this study's question."""
    return setup.study in ("labels", "sources") and evidence.ROWS.exists()


def _evidence(setup: Setup) -> None:
    rows = pd.read_csv(evidence.ROWS, dtype={"spec": "str"})
    st.subheader("Recorded before: what pretraining is worth", anchor=False)
    recorded_leads.draw(setup.dataset, f"recorded_leads_{setup.study}")
    st.caption(
        f":material/history: {recorded.provenance(evidence.ROWS)}{len(rows)} runs of "
        "`python -m tl_core study evidence`, which come with the app. A lead belongs to its epochs: trained longer, "
        "from scratch may come closer (He, Girshick and Dollár 2019)."
    )
    if caveat := evidence.caveat():
        st.warning(f"{caveat} The command measures them anew.", icon=":material/update:")
    sure, doubtful = evidence.losses(rows)
    with st.expander(f"Negative transfer: {many(len(sure + doubtful), 'lead')} below zero", icon=":material/list:"):
        st.markdown("**More than the luck of the seeds**" + (":" if sure else ": nowhere in these rows."))
        _listed(sure)
        st.markdown("**Possibly luck:**" if doubtful else "")
        _listed(doubtful)
    with st.expander("The whole table", icon=":material/table:"):
        st.caption(
            "Test accuracy in per cent ± standard deviation over seeds, and in brackets the lead over from scratch in "
            "points. Labels per class: to train on + to validate."
        )
        st.markdown(evidence.table(rows).replace("### ", "#### "))


def _listed(sentences: list[str]) -> None:
    st.markdown("\n".join(f"- {sentence}" for sentence in sentences))
