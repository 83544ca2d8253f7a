"""The luck of the seed: the interval and the test of means over seeds, and what a race with several seeds says."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some
from scipy.stats import binom, ttest_1samp

from tests.pages.measured import summary
from tl_core.results import headline
from tl_core.results.lead import BASELINE, Score, against_twin, lead, learned_nothing
from tl_core.results.over_seeds import mean, p_value

RACES = 1000
VALUES = some.lists(some.integers(-1000, 1000).map(lambda n: n / 1000), min_size=2, max_size=20)


def score(title: str, strategy: str, *accuracies: float, unlearned: int = 0) -> Score:
    found = mean(accuracies)
    by_seed = {(seed, seed): accuracy for seed, accuracy in enumerate(accuracies)}
    return Score(
        title, strategy, found.value, found.low or 0.0, found.high or 1.0, 500, None, by_seed, unlearned, chance=0.1
    )


def scratch(*accuracies: float, unlearned: int = 0) -> Score:
    return score("From scratch", BASELINE, *accuracies, unlearned=unlearned)


def probe(*accuracies: float) -> Score:
    return score("Feature extraction", "feature_extraction", *accuracies)


def final(*scores: Score) -> str:
    return headline.final(scores).replace("\N{NO-BREAK SPACE}", " ")


@given(VALUES.filter(lambda values: len(set(values)) > 1))
def test_the_test_is_the_t_test(values: list[float]) -> None:
    assert p_value(values) == pytest.approx(ttest_1samp(values, 0.0).pvalue, rel=1e-6, abs=1e-12)


@given(VALUES.filter(lambda values: len(set(values)) > 1))
def test_the_interval_leaves_zero_out_when_the_test_says_so(values: list[float]) -> None:
    if abs(p_value(values) - 0.05) > 1e-9:
        assert mean(values).sure == (p_value(values) < 0.05)


def test_seeds_that_say_the_same_to_the_last_image_leave_the_doubt_of_rounding() -> None:
    assert p_value([0.25, 0.25]) == 0.0
    assert p_value([0.0, 0.0]) == 1.0
    assert p_value([0.25, 0.25], step=0.001) < 0.001
    assert p_value([0.01, 0.01], step=0.01) == pytest.approx(0.179, abs=0.001)


@pytest.mark.parametrize(("seeds", "images", "accuracy"), [(2, 300, 0.99), (2, 30, 0.8), (3, 30, 0.8), (5, 100, 0.95)])
def test_of_races_without_a_difference_at_most_one_in_twenty_claims_one_on_few_images_too(
    seeds: int, images: int, accuracy: float
) -> None:
    rng = np.random.default_rng(seeds)
    claims = 0
    for _ in range(1000):
        first, second = (dict(enumerate(rng.binomial(images, accuracy, seeds) / images)) for _ in "ab")
        arms = [
            Score(
                name,
                name,
                mean(list(one.values())).value,
                0.0,
                1.0,
                images,
                by_seed={(i, i): v for i, v in one.items()},
            )
            for name, one in ((BASELINE, first), ("arm", second))
        ]
        claims += " beats " in final(*arms)
    assert claims <= binom.ppf(0.999, 1000, 0.05)


def _race(rng: np.random.Generator, seeds: int, *accuracies: float) -> list[Score]:
    """Each seed has a luck that all arms share, and each run its own."""
    shared = rng.normal(0, 0.03, seeds)
    return [
        score(f"arm{i}", BASELINE if i == 0 else f"arm{i}", *(accuracy + shared + rng.normal(0, 0.02, seeds)))
        for i, accuracy in enumerate(accuracies)
    ]


@pytest.mark.parametrize("arms", [2, 4])
def test_of_a_thousand_races_over_seeds_without_a_difference_at_most_one_in_twenty_claims_one(arms: int) -> None:
    rng = np.random.default_rng(arms)
    claims = sum(" beats " in final(*_race(rng, 3, *[0.6] * arms)) for _ in range(RACES))
    assert 0 < claims <= binom.ppf(0.999, RACES, 0.05)


def test_ten_points_over_five_seeds_are_nearly_always_found_and_their_interval_holds_them() -> None:
    rng = np.random.default_rng(0)
    races = [_race(rng, 5, 0.6, 0.7) for _ in range(RACES)]
    assert sum("arm1 beats arm0" in final(*race) for race in races) >= 0.95 * RACES
    found = [lead(arm, twin) for twin, arm in races]
    assert sum(one is not None and one.low <= 0.1 <= one.high for one in found) >= binom.ppf(0.001, RACES, 0.95)


def test_the_headline_speaks_of_means_and_of_the_luck_of_the_seed() -> None:
    assert final(scratch(0.40, 0.44, 0.42), probe(0.60, 0.66, 0.63)) == (
        "Feature extraction beats from scratch by 21.0 points (95 % interval over 3 seeds +18.5 to +23.5 points): "
        "63.0 % against 42.0 % of 500 test images, mean of 3 seeds. More than the luck of the seed."
    )


def test_differences_are_taken_seed_by_seed() -> None:
    """The seeds lie 30 points apart, the arms 5: unpaired, nothing could be said."""
    assert "More than the luck of the seed" in final(scratch(0.3, 0.6), probe(0.3501, 0.6499))


def test_a_lead_that_the_next_seed_could_turn_round_is_too_close_to_call() -> None:
    said = final(scratch(0.40, 0.50), probe(0.55, 0.45))
    assert "is ahead of" in said
    assert said.endswith("Other seeds could reverse it: too close to call.")


def test_a_choice_among_several_arms_is_named_and_corrected_for() -> None:
    """t = 5.2 on two degrees of freedom: 0.035 alone, 0.07 as one of two."""
    twin, arm = scratch(0.5, 0.5, 0.5), probe(0.52, 0.53, 0.54)
    close = score("Fine-tune all", "fine_tune_all", 0.51, 0.50, 0.52)
    assert "More than the luck of the seed." in final(twin, arm)
    assert "too close to call" in final(twin, arm, close)
    clear = probe(0.72, 0.73, 0.74)
    assert "luck of the seed, corrected for the choice among 3 arms." in final(twin, clear, close)
    assert against_twin([twin, clear, close]) == {
        "Feature extraction": "+23.0 (+20.5 to +25.5), more than luck",
        "Fine-tune all": "+1.0 (−1.5 to +3.5), too close to call",
    }


def test_the_twin_that_learned_nothing_is_named_beside_the_lead() -> None:
    said = final(scratch(0.11, 0.16, 0.10, unlearned=2), probe(0.60, 0.66, 0.63))
    assert "From scratch has learned nothing yet with 2 of 3 seeds: there its 95 % interval does not rise" in said
    alone = Score("From scratch", BASELINE, 0.116, 0.098, 0.137, 1000, unlearned=1, chance=0.1)
    said = final(alone, probe(0.6))
    assert said.endswith(
        "From scratch has learned nothing yet: its 95 % interval, 9.8 % to 13.7 %, does not rise above chance, 10.0 %."
    )
    lesson = headline.lesson([alone, probe(0.6)], 50).replace("\N{NO-BREAK SPACE}", " ")
    assert "does not rise above chance, 10.0 %." in lesson
    assert "nothing yet" not in final(scratch(0.4), probe(0.6))


def test_with_several_labels_it_is_the_order_that_shows_whether_anything_was_learned() -> None:
    tested = summary(0.0).model_copy(update={"confusion": None, "roc_auc_low": 0.74, "roc_auc_high": 0.78})
    assert not learned_nothing(tested), "no picture has all its labels right, and still they are put in order"
    assert learned_nothing(tested.model_copy(update={"roc_auc_low": 0.48}))
    alone = Score("From scratch", BASELINE, 0.0, 0.0, 0.013, 300, unlearned=1, chance=None)
    assert "From scratch has learned nothing yet: the 95 % interval of its ROC AUC does not rise above 0.5." in final(
        alone, probe(0.3)
    )


def test_the_better_twin_is_the_one_to_beat() -> None:
    longer = score("From scratch (to convergence)", BASELINE, 0.5)
    assert "is ahead of from scratch (to convergence) by 10.0 points" in final(scratch(0.2), longer, probe(0.6))
    best = score("From scratch (to convergence)", BASELINE, 0.7)
    assert "From scratch (to convergence) is ahead of feature extraction" in final(scratch(0.2), best, probe(0.6))
