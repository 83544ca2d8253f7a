"""The range test beside the learning-rate study: one button, one chart that grows while the rate rises."""

from __future__ import annotations

import streamlit as st

from pages.shared.race import start_button
from pages.shared.widgets import steady_chart
from pages.shared.widgets.markdown import plain
from pages.shared.widgets.watch import pause_s, stop_runs, watch
from tl_core.base.spec import SpecError
from tl_core.base.wording import many
from tl_core.figures import studies
from tl_core.store import Experiment, StoreError, open_store
from tl_core.studies import build, range_test, sweeps
from tl_core.studies.setup import Setup, to_note
from tl_core.studies.sweeps import Sweep


def show(setup: Setup, student: str, shared: Experiment | None) -> None:
    """What it is, the button, and what was measured; of somebody else's, what is in the experiment that was shared."""
    st.subheader("Range test", anchor=False)
    st.caption(
        f"One run a strategy, seed 0, in which the rate rises from 0.00001 to {range_test.TOP:g} over "
        f"{range_test.EPOCHS} epochs (Smith 2017, section 3.3; he lets it rise linearly). A good rate lies where the "
        "loss falls, well before its lowest point; far beyond, training breaks down."
    )
    sweep = sweeps.sweep(range_test.study(setup), student, shared)
    if not shared and sweep.missing and not sweep.active:
        runs = ", ".join(filter(None, (many(len(sweep.missing), "run"), start_button.about(sweep.missing, student))))
        st.button(
            f"Run the range test ({runs})",
            icon=":material/trending_up:",
            key="range_test",
            on_click=_start,
            args=(sweep, student, setup),
        )
    if sweep.runs:
        watch(
            sweep,
            lambda: sweeps.looked(sweep),
            lambda now: _draw(now, mine=not shared),
            lambda now: pause_s(now.active),
        )


def _start(sweep: Sweep, student: str, setup: Setup) -> None:
    try:
        sweeps.start(sweep, student, to_note(setup))
    except (SpecError, StoreError) as error:
        st.toast(plain(str(error)), icon=":material/block:")


def _draw(sweep: Sweep, mine: bool) -> None:
    runs = list(sweep.runs.values())
    titles = build.titles()
    found = range_test.table(open_store().metrics([run.id for run in runs]), runs)
    if found.empty:
        st.caption("The first epoch is on its way." if sweep.active else "It ended before an epoch was over.")
    else:
        steady_chart.draw(studies.range_test(found, titles), f"range-{sweep.label}", "Loss over a rising rate")
        if not sweep.active:
            st.markdown("\n".join(f"- {one.sentence}" for one in range_test.findings(found, titles)))
    for reason in dict.fromkeys(run.reason for run in sweep.failed if run.reason):
        st.caption(f":material/error: {plain(reason)}")
    if mine:
        stop_runs(sweep.active, "stop_range", "Stop the range test")
