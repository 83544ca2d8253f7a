"""TASTES: the lesson on recommendation."""

from __future__ import annotations

from statistics import mean
from typing import Any

from tl_core.lessons.lesson import Arm, Lesson, Measured, Results, RunResult, Slider, points

RATINGS: dict[str, Any] = {
    "backbone": "item_means",
    "image_size": 8,
    "data.dataset": "movietweetings",
    "data.per_class": 20,
    "data.test_images": None,
    "strategy": "feature_extraction",
}


def _own(outcome: RunResult, name: str) -> float:
    return outcome.summary.measures.get(name) or 0.0


def _ranked(outcome: RunResult) -> float:
    return _own(outcome, "recall_at_10")


def _errors(results: Results, means: Measured) -> Measured:
    """Beside the ranking: errors in stars, and their differences in hundredths of a star."""
    rmse = {f"{name}_rmse": mean(_own(outcome, "rmse") for outcome in found) for name, found in results.items()}
    return rmse | {
        "ranked_percent": 100 * means["means"],
        "ranking_points": points(means["means"], means["from_scratch"]),
        "nearer_points": points(rmse["from_scratch_rmse"], rmse["means_rmse"]),
        "factors_points": points(rmse["factors_rmse"], rmse["means_rmse"]),
    }


TASTES: dict[str, Lesson] = {
    "recommending": Lesson(
        "What do the tastes of others tell of yours?",
        "Fifty new people have rated twenty films each. What thousands of others found of films is known. Which films "
        "will the new ones like?",
        Slider(
            "Of 100 films that they like, how many are among the ten that frozen film means put first, of twenty each? "
            "By chance: 50.",
            "ranked_percent",
        ),
        {
            "from_scratch": Arm("From scratch", {"strategy": "from_scratch"}),
            "means": Arm("Film means, frozen"),
            "factors": Arm("Film means and eight factors, frozen", {"backbone": "item_factors"}),
        },
        "How good a film is found to be carries over to new people: they are ranked far better than from their own "
        "ratings alone, and their stars are met more closely. Eight factors on what kind of film it is add error in "
        "place of taking it away: more of a backbone is not always better. A film that nobody has rated has no mean; a "
        "guess from its title and genres, read by a network for sentences, is then a little closer. Where others have "
        "rated, it is far behind them (“Film means from titles” in the Lab).",
        "[Koren, Bell and Volinsky 2009](https://doi.org/10.1109/MC.2009.263) on biases, which explain much of what "
        "there is in ratings; [Cremonesi, Koren and Turrin 2010](https://doi.org/10.1145/1864708.1864721) on factors, "
        "and on means as a baseline; our measurements: `assets/evidence/ratings.md`.",
        {
            "ranking_points": "film means find more of the films that people like than training from scratch, by",
            "nearer_points": "their error is smaller, in hundredths of a star, by",
            "factors_points": "factors add to it, in hundredths of a star,",
        },
        "Give each person five ratings only. Which arm wins now, and is it ahead of what needs no network, below the "
        "scores?",
        {
            "backbone": "item_factors",
            "image_size": 8,
            "dataset": "movietweetings",
            "per_class": 5,
            "test_images": None,
            "arms": ("from_scratch", "feature_extraction", "fine_tune_all"),
        },
        base=RATINGS,
        shown=_ranked,
        shown_title="Share of liked films among the first ten of twenty",
        more=_errors,
    )
}
