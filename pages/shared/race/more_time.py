"""Arms that have learned nothing yet, and the button that gives each as much time as it needs."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from pages.shared.race import start_button
from pages.shared.widgets.markdown import plain
from tl_core.base.spec import RunSpec, SpecError
from tl_core.base.wording import in_sentence, many
from tl_core.races.convergence import PATIENCE, converged
from tl_core.results.arm import Arm, arms
from tl_core.store import Experiment, StoreError, open_store


def offer(experiment: Experiment, student: str) -> None:
    """A sentence for each of these arms, and the button where the experiment is the student's; once it ran, neither."""
    there = [run.spec for run in experiment.runs]
    for arm in arms(experiment.runs):
        if arm.unlearned and converged(arm.runs[0].spec) not in there:
            _offer(experiment, arm, student)


def _offer(experiment: Experiment, arm: Arm, student: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", border=True):
        st.markdown(
            f":material/hourglass_empty: **{arm.title} has learned nothing yet.** A lead over it says more about its "
            "time than about transfer.",
            width="stretch",
        )
        if experiment.owner == student:
            specs = [converged(run.spec) for run in arm.runs]
            about = start_button.about(specs, student)
            st.button(
                "Train it to convergence",
                icon=":material/all_inclusive:",
                key=f"converge_{arm.id}",
                on_click=_start,
                args=(experiment.id, specs, student),
                help=f"{many(len(specs), 'new run')} of {in_sentence(arm.title)} for this race: until the validation "
                f"loss has not fallen for {PATIENCE} epochs, then tested at the best epoch. {specs[0].epochs} epochs "
                f"at most{f', which would take {about}' if about else ''}.",
            )


def _start(experiment_id: str, specs: Sequence[RunSpec], student: str) -> None:
    """The second press of a double click finds the runs of the first."""
    from tl_core.processes import jobs

    experiment = open_store().experiment(experiment_id)
    there = [run.spec for run in experiment.runs] if experiment else []
    try:
        if wanted := [spec for spec in specs if spec not in there]:
            jobs.join(experiment_id, wanted, student)
    except (SpecError, StoreError) as error:
        st.error(plain(str(error)))
