"""A study as its runs land: how far it is, the chart, what it found, the table, and Stop."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from pages.shared.race import start_button
from pages.shared.widgets import steady_chart
from pages.shared.widgets.markdown import plain
from pages.shared.widgets.terms import meaning
from pages.shared.widgets.watch import pause_s, stop_runs, watch
from tl_core.base.spec import DataSpec
from tl_core.base.wording import many
from tl_core.catalog import dataset
from tl_core.figures import layout, studies
from tl_core.races import labels
from tl_core.studies import build, findings, sweeps
from tl_core.studies.setup import Setup
from tl_core.studies.sweeps import Sweep

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from tl_core.studies.findings import Finding

HEAD = 4  # findings that are read at once; the rest is opened


def show(setup: Setup, sweep: Sweep, student: str, mine: bool) -> None:
    """The study; looks into the store again and again while a run of it is active."""
    watch(
        sweep,
        lambda: sweeps.looked(sweep),
        lambda now: _draw_live(setup, now, student, mine),
        lambda now: pause_s(now.active),
    )


def _draw_live(setup: Setup, sweep: Sweep, student: str, mine: bool) -> None:
    _standing(sweep, student, mine)
    rows = pd.DataFrame(sweep.rows())
    if rows.empty:
        st.caption("No run has finished yet.")
    else:
        draw(setup, rows, f"study-{setup.study}-{sweep.label}", sweep)


def _standing(sweep: Sweep, student: str, mine: bool) -> None:
    count = sweeps.counts(sweep)
    running = sum(run.status == "running" for run in sweep.active)
    parts = [f"**{count['finished']} of {many(count['all'], 'run')}** measured"]
    if sweep.active:
        parts += [f"{running} training", f"{count['active'] - running} waiting"]
        about = start_button.about([run.spec for run in sweep.active], student)
        parts += [f"{about} left"] if about else []
    elif count["missing"]:
        parts.append(f"{count['missing']} not run")
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.markdown(" · ".join(parts))
        if mine:
            stop_runs(sweep.active, "stop_study", help="What is measured is kept; the study can go on from there.")
        else:
            st.caption("You are watching somebody else's study.", width="content")
    st.progress(count["finished"] / max(1, count["all"]))
    for reason in dict.fromkeys(run.reason for run in sweep.failed if run.reason):
        st.warning(plain(reason), icon=":material/error:")


def draw(setup: Setup, rows: pd.DataFrame, box: str, sweep: Sweep | None = None) -> None:
    """Chart, findings and table of a study's rows, live or recorded."""
    entry = build.worded(setup)
    alt = f"{entry.title}: {entry.question}"
    chart = figure(setup, rows, sweep)
    if entry.figure == "curves":
        steady_chart.draw(chart, box, alt)
        dotted = " Dotted: from an arm with transfer to where training from scratch is as good."
        st.caption(
            build.in_words_of(setup)(
                "Lines: means over seeds. Bands: from the lowest to the highest seed. Accuracy on test images."
                + dotted * (setup.study == "labels")
            )
        )
    else:
        st.plotly_chart(chart, key=f"{box}-plot", config=layout.STATIC, alt=alt)
    if entry.figure == "matrix":
        over = build.titles()[entry.baseline].lower()
        st.caption(
            f"Test accuracy in per cent, means over seeds; below it the lead over {over} in points (blue: ahead, "
            "orange: behind)."
        )
    _findings(setup, build.findings(setup, rows), rows["seed"].nunique())
    _table(setup, rows, box)


def figure(setup: Setup, rows: pd.DataFrame, sweep: Sweep | None = None) -> go.Figure:
    """The chart of this study; with a sweep, its axes hold the whole grid from the start."""
    entry, titles = build.worded(setup), build.titles()
    points = [point.settings for point in sweep.points] if sweep else rows.to_dict("records")
    grid = list(dict.fromkeys(point[entry.axis] for point in points))
    names = list(dict.fromkeys(str(point[entry.series_axis]) for point in points))
    if entry.figure == "frontier":
        return studies.frontier(findings.frontier(rows), titles)
    if entry.figure == "matrix":
        return studies.matrix(
            rows, entry.axis, entry.series_axis, titles, entry.baseline, [str(name) for name in grid], names
        )
    bridges = findings.bridges(build.findings(setup, rows)) if setup.study == "labels" else None
    return studies.curves(
        rows,
        entry.axis,
        entry.series_axis,
        titles,
        entry.axis_title,
        logarithmic=entry.logarithmic,
        chance=labels.chance(DataSpec(dataset=setup.dataset, test_images=setup.test_images)),
        grid=sorted(grid),
        names=names,
        bridges=bridges,
    )


def _findings(setup: Setup, found: list[Finding], seeds: int) -> None:
    said = [finding.sentence for finding in found if finding.sentence]
    if not said:
        st.caption("The findings appear here once a whole row of the grid has been measured.")
        return
    st.markdown("\n".join(f"- {sentence}" for sentence in said[:HEAD]))
    drawn = build.in_words_of(setup)("images")
    st.caption(
        f"From {many(seeds, 'seed')}; every run has {build.labelled(setup)}. Intervals are over seeds: other draws of "
        f"{drawn} and new weights."
    )
    if len(said) > HEAD:
        with st.expander(f"All {len(said)} numbers", icon=":material/list:"):
            st.markdown("\n".join(f"- {sentence}" for sentence in said[HEAD:]))


def _table(setup: Setup, rows: pd.DataFrame, box: str) -> None:
    entry, titles = build.worded(setup), build.titles()
    with st.expander("Every run", icon=":material/table:"):
        own = {measure.name: measure for measure in dataset(setup.dataset).holds.measures}
        shown = rows[[entry.series_axis, entry.axis, "seed", "test_accuracy", "macro_f1", *own, "total_s"]].copy()
        for name in (entry.series_axis, entry.axis):
            shown[name] = [titles.get(value, value) for value in shown[name]]
        shown["test_accuracy"] *= 100
        st.dataframe(
            shown,
            hide_index=True,
            key=f"{box}-table",
            column_config={
                entry.series_axis: entry.series_title,
                entry.axis: entry.axis_title,
                "seed": st.column_config.NumberColumn("Seed", help=meaning("Seed")),
                "test_accuracy": st.column_config.NumberColumn("Test accuracy", format="%.1f %%"),
                "macro_f1": st.column_config.NumberColumn("Macro F1", format="%.3f"),
                **{
                    name: st.column_config.NumberColumn(measure.head, format="%.3f", help=measure.help)
                    for name, measure in own.items()
                },
                "total_s": st.column_config.NumberColumn("Seconds", format="%.1f s"),
            },
        )
        st.download_button(
            "Rows as CSV",
            lambda: rows.to_csv(index=False).encode(),
            f"transfer-lab-{setup.study}.csv",
            "text/csv",
            icon=":material/download:",
            on_click="ignore",
            key=f"{box}-csv",
        )
