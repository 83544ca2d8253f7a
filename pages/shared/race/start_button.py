"""What the race will do, said beforehand, and the button that starts it."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from pages.shared.frame import start_workers
from pages.shared.widgets.arm_label import arm_label, style
from pages.shared.widgets.markdown import plain
from pages.shared.widgets.terms import term
from tl_core.base.settings import settings
from tl_core.base.spec import RunSpec, SpecError
from tl_core.base.wording import count, many, span
from tl_core.races import downloads, labels, preview
from tl_core.races.estimate import History, estimate
from tl_core.races.preview import Preview
from tl_core.races.race import Race

if TYPE_CHECKING:
    from tl_core.store import Guess

TWICE_S = 1.5


@dataclass
class Pressed:
    """In the session: what the last press queued, and when."""

    wanted: tuple[tuple[RunSpec, ...], str] = ((), "")
    experiment: str = ""
    at: float = -math.inf


def start(race: Race, student: str) -> str | None:
    """Preview and button; the id of the experiment when it was pressed."""
    gflops, workers, history = machine(student)
    try:
        arms = preview.preview(race, gflops, history)
    except SpecError as error:
        arms, problems = [], [str(error)]
    else:
        problems = list(dict.fromkeys(arm.problem for arm in arms if arm.problem))
        problems += filter(None, [no_room(sum(arm.seeds for arm in arms), student)])
        if not arms:
            problems = ["Choose at least one strategy."]
    if arms:
        st.html(_table(arms))
    for sentence in problems:
        st.warning(plain(sentence), icon=":material/block:")
    with st.container(key="start"):
        pressed = st.button(
            "Start the race", type="primary", icon=":material/flag:", width="stretch", disabled=bool(problems)
        )
    if arms and not problems:
        st.caption(f"Every arm: {labels.words(race.shared.data)}. {_time(arms, workers)}")
    for sentence in downloads.sentences(race):
        st.caption(f":material/download: {sentence}")
    return submit(race.specs, student, race.title) if pressed else None


def submit(specs: Callable[[], Sequence[RunSpec]], student: str, title: str, guess: Guess | None = None) -> str | None:
    """Queue these runs; their experiment's id, or None after a sentence on the page that says why not.

    The second press of a double click finds what the first one queued, however late a busy machine or browser brings
    it: as long as those runs have not ended, and within TWICE_S after the page that shows them was complete. It may
    cut the first one's run of the page short, at any use of the session's state: there is none between queue and note.
    """
    from tl_core.processes import jobs
    from tl_core.store import StoreError

    pressed: Pressed = st.session_state.setdefault("pressed", Pressed())
    try:
        wanted = (tuple(specs()), title)
        if pressed.wanted != wanted or not _fresh(pressed):
            pressed.experiment = jobs.submit(wanted[0], student, title, guess=guess)
            pressed.wanted, pressed.at = wanted, time.monotonic()
        return pressed.experiment
    except (SpecError, StoreError) as error:
        st.error(plain(str(error)))
        return None


def no_room(new: int, student: str) -> str:
    """Why so many more runs of a student find no room in the queue; "" when they do. From half the limit on, a caption
    says how many are under way."""
    from tl_core.store import open_store

    queue, most = open_store().queue, settings().queued_each
    mine = queue().under_way.get(student, 0) + new
    if most / 2 < mine <= most:
        st.caption(f"With {many(new, 'run')} more you would have {mine:,} under way; the limit is {most:,}.")
    return queue.problem(student, new)


def _fresh(pressed: Pressed) -> bool:
    from tl_core.store import open_store

    if time.monotonic() - pressed.at <= TWICE_S:
        return True
    begun = open_store().experiment(pressed.experiment)
    return begun is not None and any(run.active and not run.stop_requested_at for run in begun.runs)


def drawn() -> None:
    """The page that shows what was started is complete: a second click made while it was drawn comes right after."""
    if (pressed := st.session_state.get("pressed")) is not None:
        pressed.at = time.monotonic()


def about(specs: Sequence[RunSpec], student: str) -> str:
    """How long these runs will take together: 'about 40 s', or 'at a first guess 15 to 59 s'; "": not known."""
    gflops, workers, history = machine(student)
    found = preview.together([estimate(spec, gflops, history) for spec in specs], workers)
    return _words(*found) if found else ""


def _words(low: float, high: float) -> str:
    return f"{'about' if low == high else 'at a first guess'} {span(low, high)}"


def machine(student: str) -> tuple[float | None, int, History]:
    """(GFLOP/s per worker, workers, finished runs) of this machine, where the store is open: no page waits for it.

    The speed was measured by one process that had the machine to itself; workers share it.
    """
    if not start_workers().is_set():
        return None, 1, ()
    from tl_core.processes import jobs

    cluster = jobs.cluster()
    if cluster is None:
        return None, 1, _history(student)
    gflops, workers = cluster.machine.get("gflops"), max(1, cluster.workers)
    return gflops and gflops / workers, workers, _history(student)


@st.cache_data(ttl=5, max_entries=200, show_spinner=False)
def _history(student: str) -> list:
    from tl_core.store import open_store

    return [
        (run.spec, run.summary)
        for experiment in open_store().experiments(student, 20)
        for run in experiment.runs
        if run.status == "finished" and run.summary is not None
    ]


def _table(arms: list[Preview]) -> str:
    rows = "".join(
        f"<tr><td>{arm_label(arm.title, style(arm.strategy))}</td><td>{_trains(arm)}</td><td>{_about(arm)}</td></tr>"
        for arm in arms
    )
    head = f'<th>{term("Arm")}</th><th title="Parameters that are trained, of all">Trains</th><th>About</th>'
    return f'<table class="tl-table"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'


def _trains(arm: Preview) -> str:
    about = "" if arm.params.exact else "≈ "
    return f"{about}{count(arm.params.trainable)} of {count(arm.params.total)}"


def _about(arm: Preview) -> str:
    each = span(arm.estimate.low, arm.estimate.high) if arm.estimate else "–"
    return each if arm.seeds == 1 else f"{arm.seeds} × {each}"


def _time(arms: list[Preview], workers: int) -> str:
    found = preview.whole(arms, workers)
    if found is None:
        return "The time is known once the workers have measured this machine."
    crew = "one worker" if workers == 1 else f"{workers} workers"
    basis = arms[0].estimate.basis if arms[0].estimate else ""
    runs = sum(arm.seeds for arm in arms)
    return f"{'All together' if runs == len(arms) else f'All {runs} runs'} {_words(*found)} on {crew}, {basis}."
