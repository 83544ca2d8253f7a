"""What rows say: crossovers, differences over seeds, the frontier."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from tl_core.results.over_seeds import mean
from tl_core.studies import build, findings
from tl_core.studies.over_seeds import bootstrap, labels_needed, overtaken, pareto, table_of

TITLES = build.titles()
accuracy = st.floats(0, 1)
curves = st.integers(2, 6).flatmap(
    lambda count: st.tuples(
        st.lists(st.integers(1, 5000), min_size=count, max_size=count, unique=True).map(sorted),
        st.lists(accuracy, min_size=count, max_size=count),
        st.lists(accuracy, min_size=count, max_size=count),
    )
)


def rows(scores: dict, axis: str, series: str) -> pd.DataFrame:
    """{(series, value): [accuracy of seed 0, of seed 1, …]}"""
    return pd.DataFrame(
        [
            {
                series: name,
                axis: value,
                "seed": seed,
                "test_accuracy": score,
                "total_s": 2.0,
                "epochs": 6,
                "test_images": 10**6,
            }
            for (name, value), each in scores.items()
            for seed, score in enumerate(each)
        ]
    )


class TestLabelsNeeded:
    @given(curves, accuracy)
    def test_it_lies_on_the_curve_within_the_grid_or_says_that_it_is_beyond(self, curve, level) -> None:
        labels, scores, _ = curve
        needed = labels_needed(labels, scores, level)
        if math.isinf(needed):
            assert max(scores) < level
        elif needed > labels[0] * (1 + 1e-9):
            assert needed <= labels[-1] * (1 + 1e-9)
            assert np.interp(np.log(needed), np.log(labels), scores) == pytest.approx(level, abs=1e-4)
        else:
            assert scores[0] >= level - 1e-4

    @given(curves, accuracy, accuracy)
    def test_a_higher_level_never_needs_fewer(self, curve, one, other) -> None:
        labels, scores, _ = curve
        low, high = sorted((one, other))
        assert labels_needed(labels, scores, low) <= labels_needed(labels, scores, high) * (1 + 1e-9)

    def test_straight_over_the_logarithm(self) -> None:
        assert labels_needed([10, 1000], [0.2, 0.6], 0.4) == pytest.approx(100)


class TestOvertaken:
    @given(curves)
    def test_behind_it_transfer_does_not_lead_any_more(self, curve) -> None:
        labels, scratch, transfer = curve
        where = overtaken(labels, scratch, transfer)
        for count, own, other in zip(labels, scratch, transfer, strict=True):
            if count > where * (1 + 1e-9):
                assert own >= other
        assert math.isinf(where) == (transfer[-1] > scratch[-1])


class TestIntervals:
    def test_students_interval_is_that_of_the_tables(self) -> None:
        found = mean([0.1, 0.2, 0.3])  # t(2) = 4.303, standard error 0.1 / √3
        assert found.value == pytest.approx(0.2)
        assert found.high == pytest.approx(0.2 + 4.3027 * 0.1 / math.sqrt(3), abs=1e-4)
        assert mean([0.5])[1:] == (None, None)

    @given(st.lists(accuracy, min_size=2, max_size=4))
    def test_a_bootstrapped_mean_holds_its_own_value(self, values) -> None:
        found = bootstrap(float, np.array(values)[:, None].repeat(1, axis=1)[:, 0])
        assert min(values) - 1e-9 <= found.low <= found.value + 1e-9
        assert found.value - 1e-9 <= found.high <= max(values) + 1e-9


class TestLabels:
    def test_worth_and_crossover_with_their_intervals(self) -> None:
        found = findings.labels(
            rows(
                {
                    ("from_scratch", 5): [0.2, 0.2],
                    ("from_scratch", 20): [0.4, 0.4],
                    ("from_scratch", 80): [0.6, 0.8],
                    ("lp_ft", 5): [0.4, 0.4],
                    ("lp_ft", 20): [0.5, 0.5],
                    ("lp_ft", 80): [0.6, 0.6],
                },
                "data.per_class",
                "strategy",
            ),
            TITLES,
        )
        by_name = {finding.name: finding for finding in found}
        worth = by_name["labels_from_scratch_needs.lp_ft.5"]
        assert worth.value == pytest.approx(20)
        said = (
            "as good as from scratch with about 20 (20 to 20 over resampled seeds): after 6 epochs, pretraining is "
            "worth about 15 labels per class there; with longer training, from scratch may need fewer."
        )
        assert said in worth.sentence
        assert findings.bridges(found) == {"lp_ft": (5, pytest.approx(20))}
        crossing = by_name["crossover.lp_ft"]
        assert 20 < crossing.low < crossing.value < crossing.high <= 80

    def test_beyond_the_grid_is_said_and_not_invented(self) -> None:
        found = findings.labels(
            rows(
                {("from_scratch", 5): [0.2], ("from_scratch", 20): [0.4], ("lp_ft", 5): [0.7], ("lp_ft", 20): [0.9]},
                "data.per_class",
                "strategy",
            ),
            TITLES,
        )
        assert all(math.isinf(finding.value) for finding in found)
        assert "more than 15 labels per class" in found[0].sentence
        assert "After 6 epochs, from scratch has not caught up" in found[1].sentence

    def test_without_a_whole_row_of_the_grid_nothing_is_said(self) -> None:
        part = {("from_scratch", 5): [0.2], ("lp_ft", 5): [0.7], ("lp_ft", 20): [0.9]}
        assert findings.labels(rows(part, "data.per_class", "strategy"), TITLES) == []


def test_freeze_depth_is_told_against_the_network_that_keeps_nothing() -> None:
    table = {
        (form, cut): [score, score + 0.1]
        for form, scores in {"AnB": (0.5, 0.6, 0.4), "AnB+": (0.5, 0.7, 0.8)}.items()
        for cut, score in enumerate(scores)
    }
    found = {f.name: f for f in findings.freeze_depth(rows(table, "cut", "form"), TITLES)}
    assert found["gain.AnB+.2"].value == pytest.approx(0.3)
    assert "+30.0 points (95 % interval +30.0 to +30.0)" in found["gain.AnB+.2"].sentence
    assert found["frozen_minus_fine_tuned.AnB"].value == pytest.approx(-0.4)
    assert "base" not in found  # there are no controls


def test_freeze_depth_says_what_the_base_of_its_controls_has_learned() -> None:
    table = {("BnB", 0): [0.1, 0.12, 0.11], ("BnB", 1): [0.1, 0.1, 0.1]}
    first = findings.freeze_depth(rows(table, "cut", "form"), TITLES)[0]
    assert (first.name, first.value) == ("base", pytest.approx(0.11))
    assert (
        "classifies 11.0\N{NO-BREAK SPACE}% (95 % interval 8.5\N{NO-BREAK SPACE}% to 13.5\N{NO-BREAK SPACE}%)"
        in first.sentence
    )


def test_a_loss_that_is_more_than_luck_is_called_negative_transfer() -> None:
    found = findings.sources(
        rows(
            {
                ("from_scratch", "digits"): [0.9, 0.91, 0.9],
                ("tiny_resnet_cifar100", "digits"): [0.5, 0.52, 0.51],
                ("tiny_resnet_glyphs", "digits"): [0.88, 0.93, 0.9],
            },
            "data.dataset",
            "source",
        ),
        TITLES,
    )
    assert found[0].sentence.startswith("Negative transfer: ")
    assert not found[1].sentence.startswith("Negative")
    assert "which includes none" in found[1].sentence


def test_a_loss_that_one_interval_shows_may_be_luck_among_many() -> None:
    """−2, −3 and −2 points are t = −7: sure alone, and no more than luck among eight cells."""
    lost = {("a", "digits"): [0.48, 0.47, 0.48]}
    level = {(name, "digits"): [0.5, 0.52, 0.47] for name in "bcdefgh"}
    twin = {("from_scratch", "digits"): [0.5, 0.5, 0.5]}
    names = TITLES | {name: name for name in "abcdefgh"}
    alone = findings.sources(rows(twin | lost, "data.dataset", "source"), names)[0]
    among = findings.sources(rows(twin | lost | level, "data.dataset", "source"), names)[0]
    assert alone.sentence.startswith("Negative transfer: ")
    assert (alone.low, alone.high) == (among.low, among.high)
    assert among.high < 0
    assert among.sentence.startswith("a → ")
    assert "too close to call among 8 comparisons" in among.sentence
    assert among.p == pytest.approx(8 * alone.p)


def test_of_many_tables_without_a_difference_one_in_twenty_claims_one() -> None:
    rng, tables = np.random.default_rng(0), 400
    noise = rng.normal(0, 0.02, (tables, 24, 3))
    claims = sum(any(cell.sure for cell in table_of(dict(enumerate(table)), step=0).values()) for table in noise)
    assert 0 < claims <= binom.ppf(0.999, tables, 0.05)


def test_the_best_of_a_grid_and_its_edge() -> None:
    table = {("lp_ft", 0.001): [0.5, 0.6], ("lp_ft", 0.01): [0.8, 0.9], ("lp_ft", 0.1): [0.1, 0.2]}
    best, gap = findings.best("optimizer.learning_rate", "a rate of {:g}", "learning rate")(
        rows(table, "optimizer.learning_rate", "strategy"), TITLES
    )
    assert (best.value, gap.value) == (0.01, pytest.approx(0.7))
    assert "Against a rate of 0.1: +70.0 points (+70.0 to +70.0, by seed)." in best.sentence
    assert (gap.low, gap.high) == (None, None)
    assert "edge" not in best.sentence


@given(st.lists(st.tuples(st.floats(0.1, 100), accuracy), min_size=1, max_size=12))
def test_a_pareto_point_is_beaten_by_none_and_every_other_by_one(points) -> None:
    best = pareto([s for s, _ in points], [a for _, a in points])
    assert any(best)
    for (seconds, score), on in zip(points, best, strict=True):
        beaten = any(s <= seconds and a >= score and (s < seconds or a > score) for s, a in points)
        assert on != beaten
