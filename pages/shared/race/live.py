"""An experiment as it goes on: a headline, a line for each arm, the curves, and Stop."""

from __future__ import annotations

import gc
import time
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, NamedTuple

import streamlit as st

from pages.shared import frame
from pages.shared.race import next_step, outcome
from pages.shared.widgets import steady_chart
from pages.shared.widgets.arm_label import progress_bar
from pages.shared.widgets.markdown import plain
from pages.shared.widgets.terms import meaning
from pages.shared.widgets.watch import POLL_S, stop_runs, watch
from tl_core.base.wording import percent
from tl_core.figures import curves, layout
from tl_core.figures.layout import Trace
from tl_core.processes import jobs
from tl_core.results import experiments
from tl_core.results.arm import Arm, arm_titles, arms, guessing
from tl_core.store import Experiment, Run, following, open_store

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go

gc.freeze()  # what is imported by now stays: to search it for garbage would take a tenth of a second, amid a click

LATER_POLL_S = 2.0  # of a race that has gone on for a while, or that waits: a whole class asks one server
YOUNG_S = 30.0
EAGER_S = 0.2  # until the first point is there
HIGHEST, LOWEST, LINE = 440, 212, 36  # pixels: a chart is as high as the lines of its arms leave it room
SEVERAL = "Line: the mean over the seeds so far; band: from the lowest to the highest of them."
SOMEBODY_ELSES = "You are watching somebody else's experiment."


class Look(NamedTuple):
    """An experiment as it stands, and the seconds until the next look at it."""

    experiment: Experiment
    metrics: pd.DataFrame
    pause_s: float | None


class Followed(NamedTuple):
    """In the session: the last look at the metrics of what a page is open at."""

    name: str
    looked_at: float
    metrics: pd.DataFrame


TO_THE_RACE = """<script data-race="{experiment}">
(function look(times, at) {{ // at: where the page was scrolled to; what stands above the race may grow after that
  const main = document.querySelector('[data-testid="stMain"]'), race = document.querySelector(".st-key-race");
  const above = race?.getBoundingClientRect().top;
  if (!times || (at !== undefined && main.scrollTop !== at)) return; // somebody has scrolled
  const away = above < 0 || above > (at === undefined ? window.innerHeight / 2 : 100);
  if (away) race.scrollIntoView();
  else if (race && at === undefined) return;
  setTimeout(look, 100, times - 1, away ? main.scrollTop : at);
}})(50);
</script>"""


def to_the_race(experiment_id: str) -> None:
    """Scroll to the race where it stands low. A browser does so once for each experiment: the same script runs once.

    It has to stay: what the next run of the page takes away at once may never have run.
    """
    st.html(TO_THE_RACE.format(experiment=experiment_id), unsafe_allow_javascript=True)


def show(experiment_id: str, student: str, in_view: bool = False, compact: bool = False) -> Experiment | None:
    """The open experiment, which is returned. Looks into the store again and again while anything of it is active.

    `in_view`: on a phone, where it stands below the form, scroll to it, once. `compact`: accuracy and the result in a
    sentence, without the tables.
    """
    experiment = open_store().experiment(experiment_id)
    if experiment is None:
        st.warning("There is no experiment at this address: it was deleted, or the address is incomplete.")
        return None
    if in_view:
        to_the_race(experiment_id)
    pause_s, run_ids = _pause_s(experiment), [run.id for run in experiment.runs]
    first = Look(experiment, followed(experiment_id, run_ids, pause_s or 0.0), pause_s)
    with st.container(key="race"):
        watch(first, lambda: _look(experiment_id), lambda now: _draw(now, student, compact), lambda now: now.pause_s)
    if pause_s == POLL_S and first.metrics.empty:  # the page runs again sooner than its next look would have it
        watch(True, lambda: None if following.begun(open_store(), run_ids) else True, lambda _: None, lambda _: EAGER_S)
    if pause_s is None and not compact:
        outcome.show(experiment, student)
    return experiment


def _pause_s(experiment: Experiment) -> float | None:
    """Seconds until the next look at an experiment; None when nothing of it will change any more."""
    runs = [run for run in experiment.runs if run.active]
    if not runs:
        return None
    began = [run.started_at for run in experiment.runs if run.started_at is not None]
    if began:
        return POLL_S if time.time() - min(began) < YOUNG_S else LATER_POLL_S
    cluster, place = jobs.cluster(), open_store().queue_places().get(runs[0].id)
    begins_at_once = place is None or place <= max(1, cluster.workers if cluster else 1)
    return POLL_S if begins_at_once else LATER_POLL_S


def _look(experiment_id: str) -> Look | None:
    experiment = open_store().experiment(experiment_id)
    if experiment is None:
        return None
    return Look(experiment, followed(experiment_id, [run.id for run in experiment.runs]), _pause_s(experiment))


def _draw(now: Look, student: str, compact: bool) -> None:
    experiment, metrics = now.experiment, now.metrics
    mine = experiment.owner == student
    st.header(experiments.standing(experiment, metrics, few_labels=compact), anchor=False)
    with st.container(border=True, gap="xxsmall", key="arms"):
        in_queue, looks = places(experiment.runs), layout.styles(_traces(experiment))
        for arm in arms(experiment.runs):
            _arm(arm, looks[arm.id], metrics, in_queue, mine)
    why_it_waits(experiment)
    axis = _controls(experiment, mine, compact, points=len(metrics) > 0)
    if len(metrics):
        _curves(experiment, metrics, axis, compact)
        st.caption(experiments.held(experiment.runs).said(_key(experiment)))
    st.caption(plain(experiments.setting(experiment)), help=meaning("Seed"))
    if not compact:
        _notes(experiment)


def places(runs: Iterable[Run]) -> Mapping[str, int]:
    """Of every queued run its place in the queue; nothing is looked up where none of these is queued."""
    return open_store().queue_places() if any(run.status == "queued" for run in runs) else {}


def _key(experiment: Experiment) -> str:
    """What the lines and marks of the chart are."""
    sentences = ["Solid: validation images. Dotted: training images."]
    if chance := guessing(experiment.runs):
        sentences.append(f"Dashed: guessing, {percent(chance)}.")
    if experiments.tests(experiment.runs):
        sentences.append("On the right: test images, with the 95 % interval.")
    if _several(experiment):
        sentences.append(SEVERAL)
    return " ".join([*sentences, "Drag to zoom, double-click to go back."])


def followed(name: str, run_ids: list[str], for_s: float = 0.0) -> pd.DataFrame:
    """What was measured in these runs; of what this visitor has seen already under that name, nothing is read again.

    `for_s`: how long the last look is good enough. A click on the page then brings its chart no new points, which
    would be drawn in the browser before the answer to the click.
    """
    known: Followed | None = st.session_state.get("followed")
    if known is None or known.name != name:
        known = None
    elif len(known.metrics) and time.monotonic() - known.looked_at < for_s:
        return known.metrics
    found = following.metrics(open_store(), run_ids, known.metrics if known else None)
    st.session_state["followed"] = Followed(name, time.monotonic(), found)
    return found


def _curves(experiment: Experiment, metrics: pd.DataFrame, axis: curves.Axis, compact: bool) -> None:
    traces, tests = _traces(experiment), experiments.tests(experiment.runs)
    if _several(experiment):
        metrics = curves.over_seeds(metrics, {run.id: arm.id for arm in arms(experiment.runs) for run in arm.runs})

    def figure() -> go.Figure:
        return curves.learning_curves(
            metrics,
            traces,
            axis,
            chance=guessing(experiment.runs),
            epochs=experiments.span(experiment.runs),
            accuracy_only=compact,
            tests=tests,
            height=max(LOWEST, HIGHEST - LINE * len(traces)),
            legend=False,
            said=experiments.held(experiment.runs).said,
        )

    steady_chart.draw_points(
        curves.curve_points(metrics, traces, axis, accuracy_only=compact),
        (axis, *traces, *tests.items()),
        figure,
        f"curves-{experiment.id}",
        experiments.held(experiment.runs).said("Accuracy and loss of every arm, for training and validation images"),
    )


def _traces(experiment: Experiment) -> list[Trace]:
    return [Trace(arm.id, arm.title, arm.strategy) for arm in arms(experiment.runs)]


def _several(experiment: Experiment) -> bool:
    """Whether an arm runs with more than one seed."""
    return any(len(arm.runs) > 1 for arm in arms(experiment.runs))


def _notes(experiment: Experiment) -> None:
    """What the runs noted, folded away where there are many; what all seeds of an arm say alike, once."""
    titles = arm_titles(experiment.runs)
    said = [
        (arm.title if all(note in other.notes for other in arm.runs) else titles[run.id], note)
        for arm in arms(experiment.runs)
        for run in arm.runs
        for note in run.notes
    ]
    folded = said and _several(experiment)
    with st.expander("What the runs noted", icon=":material/notes:") if folded else st.container():
        for title, note in dict.fromkeys(said):
            st.caption(f"**{title}**: {experiments.held(experiment.runs).said(plain(note))}")


def why_it_waits(experiment: Experiment) -> None:
    """A sentence, where runs wait for the workers to be started, or to be done with what others have asked for."""
    if not any(run.status == "queued" for run in experiment.runs):
        return
    state, sentence = frame.cluster()
    if state != "ready" and not any(run.status == "running" for run in experiment.runs):
        st.caption(f":material/hourglass_top: It starts by itself as soon as a worker is free. {plain(sentence)}")


def _controls(experiment: Experiment, mine: bool, compact: bool, points: bool) -> curves.Axis:
    said = experiments.held(experiment.runs).said
    axis: curves.Axis = "epoch"
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        if points and not compact:
            axis = st.segmented_control(
                "Draw over",
                list(curves.AXES),
                default="epoch",
                required=True,
                key="axis",
                format_func=lambda name: said("Images" if name == "images" else curves.AXES[name]),
                label_visibility="collapsed",
            )
        if mine:
            stop_runs(experiment.runs, "stop_all", "Stop all")
        else:
            st.caption(SOMEBODY_ELSES, width="content")
        if not compact:
            next_step.draw(experiment, mine)
    return axis


def _arm(arm: Arm, look: tuple[str, str], metrics: pd.DataFrame, in_queue: Mapping[str, int], mine: bool) -> None:
    share, doing = experiments.arm_progress(arm.runs, metrics, in_queue)
    with st.container(horizontal=True, vertical_alignment="center", wrap=False, gap="small"):
        trouble = any(run.status in ("failed", "interrupted") for run in arm.runs)
        waiting = share == 0 and any(run.status == "running" for run in arm.runs)
        progress_bar(arm.title, look, share, doing, experiments.accuracy_words(arm, metrics), trouble, waiting)
        if mine:
            stop_runs(arm.runs, f"stop_{arm.id}", "", type="tertiary", help=f"Stop {arm.title}")
