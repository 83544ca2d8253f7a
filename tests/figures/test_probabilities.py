from __future__ import annotations

import pytest

from tl_core.base.events import Reliability, Roc
from tl_core.figures import probabilities
from tl_core.figures.layout import Trace

ARMS = [Trace("a", "From scratch", "from_scratch"), Trace("b", "Fine-tune all", "fine_tune_all")]
FPR = [0.0, 0.25, 1.0]


def test_empty_bins_are_not_drawn_and_full_ones_are_larger() -> None:
    before = Reliability(counts=[0, 4, 16], confidence=[None, 0.5, 0.9], accuracy=[None, 0.25, 0.75])
    diagonal, only = probabilities.reliability(before, None, "#123456").data
    assert list(diagonal.x) == list(diagonal.y) == [0, 100]
    assert (list(only.x), list(only.y)) == ([50, 90], [25, 75])
    assert only.marker.size[0] < only.marker.size[1]
    *_, scaled = probabilities.reliability(before, before, "#123456").data
    assert (scaled.name, scaled.line.color) == ("Scaled", "#123456")


def test_the_average_curve_is_the_mean_of_the_classes_from_the_corner() -> None:
    curves = {"a": Roc(fpr=FPR, tpr=[[0.2, 0.6, 1.0], [0.4, 0.8, 1.0]]), "b": Roc(fpr=FPR, tpr=[[0.0, 0.3, 1.0], None])}
    average = probabilities.roc_curves(curves, ARMS, {"a": 0.75, "b": None})
    assert [trace.name for trace in average.data[1:]] == ["From scratch: 0.750"]
    assert list(average.data[1].x) == [0, 0, 25, 100]
    assert list(average.data[1].y) == pytest.approx([0, 30, 70, 100])
    first = probabilities.roc_curves(curves, ARMS, {"a": 0.7, "b": 0.6}, label=0)
    assert list(first.data[2].y) == [0, 0, 30, 100]


def test_a_curve_without_test_images_is_said_not_to_be_defined() -> None:
    figure = probabilities.roc_curves({"b": Roc(fpr=FPR, tpr=[None, None])}, ARMS[1:], {"b": None}, label=1)
    assert "Not defined" in figure.layout.annotations[0].text
