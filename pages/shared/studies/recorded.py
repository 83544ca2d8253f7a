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
        live.draw(recording.setup, recorded.rows(recording), recording.path.stem)
    if setup.study == "labels" and evidence.ROWS.exists():
        _evidence()


def _evidence() -> None:
    rows = pd.read_csv(evidence.ROWS, dtype={"spec": "str"})
    st.subheader("Recorded before: what pretraining is worth", anchor=False)
    st.caption(
        f":material/history: {recorded.provenance(evidence.ROWS)}{len(rows)} runs of "
        "`python -m tl_core study evidence`, which come with the app. Test "
        "accuracy in per cent ± standard deviation over seeds, and in brackets the lead over from scratch in points."
    )
    if caveat := evidence.caveat():
        st.warning(f"{caveat} The command measures them anew.", icon=":material/update:")
    lost = [f"- {sentence}" for sentence in evidence.losses(rows)]
    st.markdown("**Where transfer loses most**" if lost else "**Where transfer loses:** nowhere in these rows.")
    st.markdown("\n".join(lost[:WORST]))
    if len(lost) > WORST:
        with st.expander(f"All {len(lost)} places where it loses", icon=":material/list:"):
            st.markdown("\n".join(lost))
    with st.expander("The whole table", icon=":material/table:"):
        st.markdown(evidence.table(rows).replace("### ", "#### "))
