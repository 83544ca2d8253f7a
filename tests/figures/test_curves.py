from __future__ import annotations

import tomllib
from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from tl_core.base.settings import ROOT
from tl_core.catalog import STRATEGIES
from tl_core.figures import curves, layout
from tl_core.figures.layout import Trace
from tl_core.figures.palette import GLYPHS, STYLES

THEME = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))["theme"]
ARMS = [Trace("a", "From scratch", "from_scratch"), Trace("b", "Fine-tune all", "fine_tune_all")]


# Machado, Oliveira and Fernandes 2009, A Physiologically-based Model for Simulation of Color Vision Deficiency,
# table 1, severity 1.0; for linear RGB.
SIGHT = {
    "normal": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
}
TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])  # sRGB, D65


def linear(colour: str) -> np.ndarray:
    """#rrggbb → (3,) linear RGB in [0, 1]."""
    channels = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def luminance(colour: str) -> float:
    """Relative luminance, as WCAG 2 defines it."""
    return float(TO_XYZ[1] @ linear(colour))


def lab(colour: str, sight: str) -> np.ndarray:
    """#rrggbb, as this kind of sight sees it → (3,) CIE 1976 L*a*b*."""
    xyz = TO_XYZ @ np.clip(np.asarray(SIGHT[sight]) @ linear(colour), 0, 1) / [0.9505, 1, 1.089]
    x, y, z = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def metrics(epochs: int = 3) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "run_id": arm.run_id,
                "phase": int(e > 1),
                "epoch": float(e),
                "elapsed_s": 2.0 * e,
                "images": 200 * e,
                "split": split,
                "name": name,
                "value": 0.1 * e if name == "accuracy" else 2.0 / e,
            }
            for arm in ARMS
            for e in range(1, epochs + 1)
            for split in ("train", "val")
            for name in ("accuracy", "loss")
        ]
    )


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("strategy", STYLES)
def test_every_colour_stands_out_on_both_backgrounds(strategy: str, mode: str) -> None:
    assert contrast(STYLES[strategy][0], THEME[mode]["backgroundColor"]) >= 3


@pytest.mark.parametrize("sight", SIGHT)
def test_colours_stay_apart_for_every_kind_of_sight(sight: str) -> None:
    seen = [lab(colour, sight) for colour, _ in STYLES.values()]
    assert min(np.linalg.norm(one - other) for one, other in combinations(seen, 2)) > 19


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_the_text_of_the_theme_is_legible(mode: str) -> None:
    theme = THEME[mode]
    for ground in (theme["backgroundColor"], theme["secondaryBackgroundColor"], theme["sidebar"]["backgroundColor"]):
        assert contrast(theme["textColor"], ground) >= 7
        for name in ("linkColor", "grayColor", "redColor", "primaryColor"):
            assert contrast(theme[name], ground) >= 4.5, name


def test_every_strategy_has_a_colour_and_a_marker_of_its_own() -> None:
    assert set(STYLES) == set(STRATEGIES)
    colours, markers = zip(*STYLES.values(), strict=True)
    assert len(set(colours)) == len(set(markers)) == len(STYLES)
    assert set(markers) == set(GLYPHS)


def test_a_second_arm_of_a_strategy_looks_different() -> None:
    arms = [Trace(str(i), f"Arm {i}", "lp_ft") for i in range(10)]
    looks = list(layout.styles(arms).values())
    assert looks[0] == STYLES["lp_ft"]
    assert len(set(looks[:8])) == 8


def test_curves_show_both_splits_and_both_measures_of_every_arm() -> None:
    figure = curves.learning_curves(metrics(), ARMS)
    assert len(figure.data) == 10
    assert [trace.name for trace in figure.data if trace.showlegend] == ["From scratch", "Fine-tune all"]
    validation = next(trace for trace in figure.data if trace.uid == "b-val-accuracy")
    assert list(validation.x) == [1.0, 2.0, 3.0]
    assert list(validation.y) == pytest.approx([10, 20, 30])
    assert validation.line.dash == "solid"
    assert {trace.line.dash for trace in figure.data if "-train-" in trace.uid} == {"dot"}


@pytest.mark.parametrize(("axis", "last"), [("epoch", 3.0), ("elapsed_s", 6.0), ("images", 600)])
def test_curves_can_be_drawn_over_epochs_seconds_and_images(axis: curves.Axis, last: float) -> None:
    figure = curves.learning_curves(metrics(), ARMS, axis)
    assert all(trace.x[-1] == last for trace in figure.data if "-phase-" not in trace.uid)


def test_a_ring_marks_where_another_phase_begins() -> None:
    rings = [trace for trace in curves.learning_curves(metrics(), ARMS).data if "-phase-" in trace.uid]
    assert [list(ring.x) for ring in rings] == [[1.0], [1.0]]


def test_a_zoom_survives_new_points_but_not_another_axis() -> None:
    before, after = (curves.learning_curves(metrics(n), ARMS, epochs=10).layout for n in (2, 5))
    assert before.uirevision == after.uirevision
    assert before.height == after.height
    assert before.xaxis.range == after.xaxis.range
    assert curves.learning_curves(metrics(), ARMS, "images").layout.uirevision != before.uirevision


@pytest.mark.parametrize("accuracy_only", [False, True])
def test_points_alone_are_those_of_the_figure(accuracy_only: bool) -> None:
    figure = curves.learning_curves(metrics(5), ARMS, "images", accuracy_only=accuracy_only)
    points = curves.curve_points(metrics(5), ARMS, "images", accuracy_only=accuracy_only)
    assert [(list(x), list(y)) for x, y in points] == [(list(trace.x), list(trace.y)) for trace in figure.data]


def test_what_the_test_images_say_stands_beside_the_curves_in_a_panel_of_its_own() -> None:
    figure = curves.learning_curves(metrics(), ARMS, tests={"b": (0.7, 0.66, 0.73)})
    (test,) = (trace for trace in figure.data if trace.uid.endswith("-test"))
    assert (test.y[0], test.error_y.array[0], test.error_y.arrayminus[0]) == pytest.approx((70, 3, 4))
    assert {trace.xaxis for trace in figure.data if trace.yaxis == test.yaxis} == {test.xaxis}
    assert "<b>70</b>" in [note.text for note in figure.layout.annotations]
    assert figure.layout[test.xaxis.replace("x", "xaxis")].title.text == "Test"


@pytest.mark.parametrize(
    ("heights", "lifted"), [((1.0, 1.0), [4, 21]), ((0.5, 0.9), [4, 4]), ((0.97, 1.0), [4, 21]), ((0.9, 0.8), [4, 4])]
)
def test_scores_side_by_side_do_not_touch(heights: tuple[float, float], lifted: list[int]) -> None:
    tests = {arm.run_id: (height, height, height) for arm, height in zip(ARMS, heights, strict=True)}
    figure = curves.learning_curves(metrics(), ARMS, tests=tests)
    assert [note.yshift for note in figure.layout.annotations] == lifted


def test_curves_without_a_single_point_are_an_empty_frame() -> None:
    figure = curves.learning_curves(metrics().head(0), ARMS, chance=0.1, epochs=10)
    assert figure.layout.height == curves.learning_curves(metrics(), ARMS).layout.height
    assert all(len(trace.x) == 0 for trace in figure.data)


def test_long_curves_are_thinned_but_keep_their_ends() -> None:
    long = pd.DataFrame(
        {
            "run_id": "a",
            "phase": 0,
            "epoch": [i / 100 for i in range(5000)],
            "elapsed_s": 0.0,
            "images": 0,
            "split": "train",
            "name": "loss",
            "value": 1.0,
        }
    )
    curve = next(trace for trace in curves.learning_curves(long, ARMS).data if trace.uid == "a-train-loss")
    assert len(curve.x) == curves.POINTS
    assert (curve.x[0], curve.x[-1]) == (0.0, 49.99)


def test_an_arm_with_several_seeds_is_one_curve_in_a_band() -> None:
    """The second seed of each arm is 0.1 better, and has not finished its third epoch."""
    second = metrics().assign(value=lambda rows: rows["value"] + 0.1, run_id=lambda rows: rows["run_id"] + "2")
    running = metrics(1).assign(epoch=1.5, value=9.0, elapsed_s=3.0)
    measured = pd.concat([metrics(), second[second["epoch"] < 3], running], ignore_index=True)
    found = curves.over_seeds(measured, {"a": "a", "a2": "a", "b": "b", "b2": "b"})
    figure = curves.learning_curves(found, ARMS)
    traces = {trace.uid: trace for trace in figure.data}
    assert list(traces["b-val-accuracy"].x) == [1.0, 2.0, 3.0]
    assert list(traces["b-val-accuracy"].y) == pytest.approx([15, 25, 30])
    assert list(traces["b-band-accuracy"].x) == [1.0, 2.0, 3.0, 3.0, 2.0, 1.0]
    assert list(traces["b-band-accuracy"].y) == pytest.approx([10, 20, 30, 30, 30, 20])
    assert [trace.name for trace in figure.data if trace.showlegend] == ["From scratch", "Fine-tune all"]
    points = curves.curve_points(found, ARMS)
    assert [(list(x), list(y)) for x, y in points] == [(list(trace.x), list(trace.y)) for trace in figure.data]
    assert list(traces["a-phase-accuracy"].x) == [1.0]
