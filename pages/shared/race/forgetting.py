"""What the backbones of an experiment still know of the task they were pretrained on."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from tl_core.catalog import card, strategies
from tl_core.figures import layout, scores
from tl_core.figures.layout import Trace
from tl_core.results import experiments, source_task
from tl_core.results.arm import arms
from tl_core.store import Run


def show(tested: Sequence[Run]) -> None:
    """Before and after, for every arm that transferred; one line on why not, where it could not be measured."""
    kept = experiments.kept(tested)
    if kept:
        st.header("What it still knows of its source task", anchor=False)
        st.markdown(source_task.forgetting(list(kept.values())))
        rows = pd.DataFrame(
            [{"run_id": run_id, **arm.task.model_dump(exclude={"images", "data"})} for run_id, arm in kept.items()]
        )
        traces = [Trace(run_id, arm.title, arm.strategy) for run_id, arm in kept.items()]
        st.plotly_chart(scores.source_scores(rows, traces), key="source_scores", config=layout.STATIC)
        several = " With several seeds, only the first is shown." if len({run.spec.seed for run in tested}) > 1 else ""
        st.caption(f"Grey ring: before the race. Coloured mark: after it.{several}")
        return
    transferred = [
        arm.title
        for arm in arms(tested)
        if strategies.transfers(arm.runs[0].spec, card(arm.runs[0].spec.backbone).stage_names)
    ]
    if transferred:
        st.caption(source_task.unmeasured(tested[0].spec.backbone, transferred))
