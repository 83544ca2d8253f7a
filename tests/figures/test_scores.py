from __future__ import annotations

import pandas as pd
import pytest

from tl_core.figures import scores
from tl_core.figures.layout import Trace
from tl_core.figures.palette import STYLES

ARMS = [Trace("a", "From scratch", "from_scratch"), Trace("b", "Fine-tune all", "fine_tune_all")]


RESULTS = pd.DataFrame(
    [
        {
            "run_id": "a",
            "test_accuracy": 0.4,
            "test_accuracy_low": 0.37,
            "test_accuracy_high": 0.44,
            "prefix_s": 0.0,
            "train_s": 20.0,
            "total_s": 26.0,
        },
        {
            "run_id": "b",
            "test_accuracy": 0.9,
            "test_accuracy_low": 0.88,
            "test_accuracy_high": 0.91,
            "prefix_s": 5.0,
            "train_s": 3.0,
            "total_s": 7.9,
        },
    ]
)


def test_intervals_reach_from_low_to_high() -> None:
    figure = scores.accuracy_intervals(RESULTS, [*ARMS, Trace("c", "Untested", "lp_ft")], chance=0.1)
    assert [trace.name for trace in figure.data] == ["From scratch", "Fine-tune all"]
    bar = figure.data[0].error_x
    assert (bar.array[0], bar.arrayminus[0]) == pytest.approx((4, 3))


def test_the_source_task_is_drawn_before_and_after_with_both_intervals() -> None:
    rows = pd.DataFrame(
        [
            {
                "run_id": "b",
                "before": 0.5,
                "before_low": 0.47,
                "before_high": 0.53,
                "after": 0.3,
                "after_low": 0.28,
                "after_high": 0.33,
            }
        ]
    )
    before, after = scores.source_scores(rows, ARMS[1:]).data
    assert (before.x[0] - before.error_x.arrayminus[0], before.x[0] + before.error_x.array[0]) == pytest.approx(
        (47, 53)
    )
    assert after.x[0] + after.error_x.array[0] == pytest.approx(33)
    assert after.marker.color == STYLES["fine_tune_all"][0]


def test_the_parts_of_the_time_add_up_and_are_never_negative() -> None:
    parts = {trace.name: list(trace.x) for trace in scores.time_split(RESULTS, ARMS).data}
    assert parts == {"Prefix": [0.0, 5.0], "Training": [20.0, 3.0], "Rest": [6.0, 0.0]}


def test_confusion_is_shaded_by_the_share_of_the_true_class() -> None:
    figure = scores.confusion([[8, 2], [0, 0]], ["cat", "dog"])
    assert figure.data[0].z.tolist() == [[80, 20], [0, 0]]
    assert sorted(note.text for note in figure.layout.annotations) == ["2", "8"]
