"""What others published on the test part of a data set, beside what was measured here."""

from __future__ import annotations

import streamlit as st

from tl_core.base.wording import percent
from tl_core.catalog import Dataset


def show(data: Dataset) -> None:
    """A table; nothing of a data set without published figures."""
    if not data.published:
        return
    with st.expander("Published figures, to compare with", icon=":material/menu_book:"):
        st.table(
            {
                "Method": [one.method for one in data.published],
                "Accuracy": [percent(one.accuracy) for one in data.published],
                "ROC AUC": [f"{one.roc_auc:.3f}" for one in data.published],
            }
        )
        st.caption(
            f"{data.published_in}, tested on all {sum(data.tests_of()):,} test {data.holds.many}. With other training "
            "data, or with some of the test part, a score says something else."
        )
