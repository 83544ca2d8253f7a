from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go
import pytest

from tl_core.figures import studies
from tl_core.figures.palette import STYLES
from tl_core.studies import findings

TITLES = {"from_scratch": "From scratch", "lp_ft": "LP-FT"}
ROWS = pd.DataFrame(
    [
        {"strategy": name, "data.per_class": labels, "seed": seed, "test_accuracy": score + 0.1 * seed}
        for name, labels, score in [("from_scratch", 5, 0.2), ("from_scratch", 20, 0.4), ("lp_ft", 5, 0.5)]
        for seed in (0, 1)
    ]
)


def _curves(rows: pd.DataFrame = ROWS):
    return studies.curves(
        rows,
        "data.per_class",
        "strategy",
        TITLES,
        "Labels per class",
        logarithmic=True,
        grid=[5, 20, 50],
        names=["from_scratch", "lp_ft"],
    )


def test_lines_are_means_and_bands_reach_from_the_lowest_to_the_highest_seed() -> None:
    traces = {trace.uid: trace for trace in _curves().data}
    assert traces["from_scratch-mean"].y.tolist() == pytest.approx([25, 45])
    assert traces["from_scratch-band"].y.tolist() == pytest.approx([20, 40, 50, 30])
    assert traces["lp_ft-mean"].line.color == STYLES["lp_ft"][0]


def test_a_bridge_lies_at_the_level_of_its_arm() -> None:
    figure = studies.curves(
        ROWS, "data.per_class", "strategy", TITLES, "Labels per class", bridges={"lp_ft": (5, 30.0)}
    )
    traces = {trace.uid: trace for trace in figure.data}
    assert (list(traces["lp_ft-bridge"].x), traces["lp_ft-bridge"].y.tolist()) == ([5, 30], pytest.approx([55, 55]))
    assert len(traces["from_scratch-bridge"].x) == 0


def test_the_axes_do_not_move_while_rows_arrive() -> None:
    early, late = _curves(ROWS[:1]), _curves()
    assert early.layout.xaxis.range == late.layout.xaxis.range
    assert [trace.uid for trace in early.data] == [trace.uid for trace in late.data]
    assert early.layout.xaxis.tickvals == (5, 20, 50)


def test_every_series_of_a_chart_looks_different() -> None:
    for names in (list(STYLES), list(studies.FORM_STYLES), ["from_scratch", "tiny_a", "tiny_b"]):
        assert len({studies.look(name, names) for name in names}) == len(names)


def test_the_matrix_writes_scores_and_leads_and_leaves_open_what_is_not_measured() -> None:
    rows = ROWS.rename(columns={"strategy": "source", "data.per_class": "target"})
    figure = studies.matrix(rows, "target", "source", TITLES, "from_scratch")
    assert _written(figure) == {(0, 0): "25.0", (1, 0): "45.0", (0, 1): "55.0<br>+30.0", (1, 1): ""}


def test_a_matrix_of_many_columns_stands_upright() -> None:
    rows = pd.DataFrame(
        {"strategy": name, "shift": shift, "test_accuracy": score}
        for name, scores in {"probe": (0.5, 0.4, 0.3), "tuned": (0.6, 0.4, 0.2)}.items()
        for shift, score in zip("abc", scores, strict=True)
    )
    figure = studies.matrix(rows, "shift", "strategy", {}, "probe")
    assert (list(figure.data[0].x), list(figure.data[0].y)) == (["probe", "tuned"], ["a", "b", "c"])
    assert [_written(figure)[1, i] for i in range(3)] == ["60.0<br>+10.0", "40.0<br>+0.0", "20.0<br>−10.0"]
    assert [_written(figure)[0, i] for i in range(3)] == ["50.0", "40.0", "30.0"]


def _written(figure: go.Figure) -> dict[tuple[int, int], str]:
    return {(note.x, note.y): note.text for note in figure.layout.annotations}


def test_the_frontier_joins_the_pareto_points_only() -> None:
    rows = pd.DataFrame(
        [
            {"backbone": name, "strategy": "lp_ft", "seed": 0, "test_accuracy": score, "total_s": seconds}
            for name, score, seconds in [("quick", 0.5, 1.0), ("slow and worse", 0.4, 3.0), ("best", 0.9, 5.0)]
        ]
    )
    figure = studies.frontier(findings.frontier(rows), TITLES)
    line, marks = figure.data
    assert list(line.x) == [1.0, 5.0]
    assert [symbol.endswith("open") for symbol in marks.marker.symbol] == [False, True, False]


def test_the_line_of_guessing_is_named_in_the_legend_where_no_curve_runs() -> None:
    figure = studies.curves(ROWS, "data.per_class", "strategy", TITLES, "Labels per class", chance=0.5)
    (line,) = figure.layout.shapes
    assert (line.y0, line.y1, line.name, line.showlegend) == (50, 50, "guessing: 50\N{NO-BREAK SPACE}%", True)
    assert not figure.layout.annotations
