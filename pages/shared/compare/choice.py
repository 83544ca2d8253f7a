"""Which runs are compared, with which of them, and the address that reopens the same choice."""

from __future__ import annotations

import streamlit as st

from pages.shared.widgets import address
from pages.shared.widgets.widget_values import default, key, set_value, value_of
from tl_core.base.wording import percent
from tl_core.catalog import BACKBONES, dataset
from tl_core.races import labels
from tl_core.results import compare
from tl_core.results.arm import arm_titles
from tl_core.store import Run, open_store

LIMIT = 200  # experiments whose runs can be chosen
RUNS, REFERENCE, ADDRESS = "compared_runs", "compared_reference", "compared_address"


def chosen(student: str) -> tuple[list[Run], str]:
    """(the runs, the id of the reference), from the address where that is new, else from the widgets."""
    query = st.query_params.to_dict()
    wanted = [run_id for run_id in query.get("runs", "").split(",") if run_id]
    if st.session_state.get(ADDRESS) == query and ADDRESS in st.session_state:
        wanted = value_of(RUNS, wanted)
    known, titles = _own(student)
    asked = list(dict.fromkeys(wanted))
    for run_id in asked:
        if run_id not in known and (run := open_store().run(run_id)) is not None:
            known[run_id] = run
            titles[run_id] = _title(run, "" if run.owner == student else "somebody else's")
    gone = [run_id for run_id in asked if run_id not in known]
    if gone:
        st.warning(
            f"{len(gone)} of the runs at this address are missing: they were deleted, or the address is incomplete."
        )
    set_value(RUNS, [run_id for run_id in asked if run_id in known][: compare.MOST])
    picked = st.multiselect(
        "Runs",
        list(known),
        default(RUNS),
        format_func=lambda run_id: titles[run_id],
        key=key(RUNS),
        max_selections=compare.MOST,
        placeholder="Choose runs by their title, strategy or data set",
    )
    runs = [known[run_id] for run_id in picked]
    reference = _reference(runs, query.get("reference", ""))
    _write_address(runs, reference)
    return runs, reference


def _own(student: str) -> tuple[dict[str, Run], dict[str, str]]:
    """run id → run, and what to call it in the list: newest first."""
    known, titles = {}, {}
    for experiment in open_store().experiments(student, LIMIT):
        arms = arm_titles(experiment.runs)
        for run in experiment.runs:
            known[run.id], titles[run.id] = run, _title(run, experiment.title, arms[run.id])
    return known, titles


def _title(run: Run, where: str, arm: str = "") -> str:
    arm = arm or compare.settings(run)["strategy"]
    score = percent(run.summary.test_accuracy) if run.summary else run.status
    about = where or f"{BACKBONES[run.spec.backbone].title} on {dataset(run.spec.data.dataset).title}"
    return f"{arm} · {about} · {labels.short(run.spec.data)}, seed {run.spec.seed} · {score}"


def _reference(runs: list[Run], asked: str) -> str:
    """The run against which differences are told."""
    if not runs:
        return ""
    ids, titles = [run.id for run in runs], compare.names(runs)
    present = value_of(REFERENCE, asked)
    if st.session_state.get(ADDRESS) != st.query_params.to_dict():
        present = asked
    set_value(REFERENCE, present if present in ids else _usual(runs))
    return str(
        st.selectbox(
            "Reference",
            ids,
            ids.index(default(REFERENCE)),
            format_func=lambda run_id: titles[run_id],
            key=key(REFERENCE),
        )
    )


def _usual(runs: list[Run]) -> str:
    return next((run.id for run in runs if run.strategy == "from_scratch"), runs[0].id)


def _write_address(runs: list[Run], reference: str) -> None:
    query = {"runs": ",".join(run.id for run in runs), "reference": reference} if runs else {}
    st.session_state[ADDRESS] = query
    address.write(query)
