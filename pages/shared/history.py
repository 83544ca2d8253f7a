"""Experiments as rows: title, when, how it stands, what came out; open, name, delete."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st

from pages.shared.widgets.markdown import plain
from tl_core.base.settings import settings
from tl_core.base.wording import many
from tl_core.catalog import BACKBONES, STRATEGIES, dataset
from tl_core.results import compare, experiments, history
from tl_core.studies.setup import from_note
from tl_core.uploads.limits import megabytes

if TYPE_CHECKING:
    from collections.abc import Callable

    from tl_core.store import Experiment, Run

LIMIT = 200
ROWS = 10  # on one screen
COLOURS: dict[str, Literal["green", "blue", "gray", "orange", "red"]] = {
    "finished": "green",
    "running": "blue",
    "in the queue": "gray",
    "stopped": "orange",
    "failed": "red",
    "interrupted": "red",
}
FILTERS: dict[str, tuple[str, Callable[[Run], str], Callable[[str], str]]] = {
    "datasets": ("Data set", lambda run: run.spec.data.dataset, lambda name: dataset(name).title),
    "backbones": ("Backbone", lambda run: run.spec.backbone, lambda name: BACKBONES[name].title),
    "strategies": ("Strategy", lambda run: run.strategy, lambda name: STRATEGIES[name].title),
    "statuses": ("Status", lambda run: run.status, lambda status: experiments.STATUS_WORDS[status]),  # type: ignore[index]
}


def recent(student: str) -> None:
    """The newest experiments of a student, compactly."""
    from tl_core.store import open_store

    experiments = open_store().experiments(student, 5)
    if not experiments:
        st.markdown("None yet. Open the Lab and press **Start the race**.")
    lessons = _lessons(student)
    for experiment in experiments:
        _row(experiment, lessons.get(experiment.id))


def listing(student: str) -> None:
    """Every experiment of a student, newest first, found by words of its title or note."""
    from tl_core.store import open_store

    experiments = open_store().experiments(student, LIMIT)
    if not experiments:
        st.markdown("Nothing here yet. Every race you start in the Lab is kept here, with all its measurements.")
        st.page_link("pages/1_Lab.py", label="Open the Lab", icon=":material/science:")
        return
    _room(student)
    wanted = _wanted(experiments)
    found = history.chosen(experiments, wanted)
    if not found:
        words_only = wanted == history.Wanted(words=wanted.words, order=wanted.order)
        st.markdown(
            "No title or note contains these words." if words_only else "No experiment matches all of these filters."
        )
    pages = max(1, -(-len(found) // ROWS))
    here = st.container()
    first = (st.pagination(pages, key=f"history_page_{pages}") - 1) * ROWS if pages > 1 else 0
    lessons = _lessons(student)
    with here:
        for experiment in found[first : first + ROWS]:
            _row(experiment, lessons.get(experiment.id), editable=True)


def _room(student: str) -> None:
    """How much of what a student may have is taken."""
    from tl_core.processes import models
    from tl_core.store import open_store

    limits, under_way = settings(), open_store().queue().under_way.get(student, 0)
    st.caption(
        f"{many(under_way, 'run')} of at most {limits.queued_each:,} under way; "
        f"{megabytes(models.used(student))} of models, of at most {megabytes(limits.models_each_bytes)}.",
        help=models.rule(),
    )


def _lessons(student: str) -> dict[str, str]:
    """experiment → its lesson, of those that are still taught."""
    from tl_core.lessons.entries import LESSONS
    from tl_core.store import guesses, open_store

    return {run_in: name for run_in, name in guesses.lessons(open_store(), student).items() if name in LESSONS}


def _place(experiment: Experiment, lesson: str | None) -> tuple[str, dict[str, str]]:
    """(the page that shows it, what else its address says): a lesson's answer, a study, else the Lab."""
    if lesson:
        return "pages/5_Lessons.py", {"lesson": lesson}
    study = from_note(experiment.note)
    return ("pages/6_Studies.py", study) if study else ("pages/1_Lab.py", {})


def _wanted(experiments: list[Experiment]) -> history.Wanted:
    """What is looked for: words, and behind a button the filters, which offer what there is."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        words = st.text_input("Search", key="history_search", placeholder="Words in the title or the note")
        with st.popover("Filter and sort", icon=":material/filter_list:"):
            runs = [run for experiment in experiments for run in experiment.runs]
            chosen = {
                name: tuple(
                    st.multiselect(
                        label,
                        list(dict.fromkeys(of(run) for run in runs)),
                        format_func=title,
                        key=f"history_{name}",
                        placeholder="Any",
                    )
                )
                for name, (label, of, title) in FILTERS.items()
            }
            order = st.selectbox(
                "Sort", list(history.ORDERS), format_func=lambda name: history.ORDERS[name][0], key="history_order"
            )
    return history.Wanted(tuple(words.lower().split()), **chosen, order=order)


def _row(experiment: Experiment, lesson: str | None = None, editable: bool = False) -> None:
    with st.container(border=True, gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            study = from_note(experiment.note)
            page, query = _place(experiment, lesson)
            st.page_link(
                page,
                label=f"**{plain(experiments.title(experiment))}**",
                icon=":material/school:" if lesson else ":material/monitoring:",
                query_params={**query, "experiment": experiment.id},
            )
            state = experiments.state(experiment)
            st.badge(state, color=COLOURS.get(state, "gray"))
            st.caption(_when(experiment.created_at), width="content")
        st.markdown(f"{many(len(experiment.runs), 'run')} of a study." if study else _outcome(experiment))
        if experiment.note and not study:
            st.caption(f":material/notes: {plain(experiment.note)}")
        if editable:
            _buttons(experiment)


def _outcome(experiment: Experiment) -> str:
    if any(run.summary is not None for run in experiment.runs):
        return f"{experiments.outcome(experiment)} {experiments.beside(experiment.runs)}"
    reasons = dict.fromkeys(run.reason for run in experiment.runs if run.reason)
    if any(run.active for run in experiment.runs):
        return "Still running."
    return plain(" ".join(reasons)) or "It ended before anything was tested."


def _buttons(experiment: Experiment) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.page_link(
            "pages/7_Compare.py",
            label="Compare",
            icon=":material/compare_arrows:",
            width="content",
            query_params={"runs": ",".join(run.id for run in experiment.runs[: compare.MOST])},
        )
        if st.button("Name and note", key=f"name_{experiment.id}", icon=":material/edit:", type="tertiary"):
            _describe(experiment)
        if st.button(
            "Delete",
            key=f"delete_{experiment.id}",
            icon=":material/delete:",
            type="tertiary",
            disabled=any(run.active for run in experiment.runs),
            help="Only experiments that have ended can be deleted.",
        ):
            _delete(experiment)


@st.dialog("Name and note")
def _describe(experiment: Experiment) -> None:
    title, note = f"title_{experiment.id}", f"note_{experiment.id}"
    st.text_input("Title", experiment.title, max_chars=120, key=title)
    st.text_area(
        "Note", experiment.note, max_chars=2000, key=note, placeholder="What did you expect, and what did you see?"
    )
    if st.button("Save", type="primary", on_click=_save, args=(experiment, title, note)):
        st.rerun()


def _save(experiment: Experiment, title: str, note: str) -> None:
    from tl_core.store import open_store

    values = [st.session_state[key].strip() for key in (title, note)]
    open_store().describe(experiment.id, experiment.owner, *values)


@st.dialog("Delete this experiment?")
def _delete(experiment: Experiment) -> None:
    st.markdown(
        f"**{plain(experiments.title(experiment))}** and everything that was measured in it will be deleted for good."
    )
    with st.container(horizontal=True):
        gone = st.button(
            "Delete for good", type="primary", icon=":material/delete:", on_click=_delete_now, args=(experiment,)
        )
        if st.button("Keep it") or gone:
            st.rerun()


def _delete_now(experiment: Experiment) -> None:
    from tl_core.processes import jobs
    from tl_core.store import StoreError

    try:
        jobs.delete(experiment.id, experiment.owner)
    except StoreError as error:
        st.toast(plain(str(error)), icon=":material/error:")
        return
    if st.session_state.get("experiment") == experiment.id:
        st.session_state["experiment"] = None


def _when(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, _zone()):%d %b %Y, %H:%M}"


def _zone() -> tzinfo:
    try:
        return ZoneInfo(str(st.context.timezone or "UTC"))
    except (ZoneInfoNotFoundError, ValueError):
        return UTC
