"""BEYOND: lessons on what is no photograph."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import mean
from typing import Any

from tl_core.base.events import WANTED, ClassScore, Operating
from tl_core.lessons import measures
from tl_core.lessons.lesson import Arm, Choice, Lesson, Measured, Results, RunResult, Slider, points

SPOKEN: dict[str, Any] = {
    "backbone": "tiny_resnet_syllables",
    "image_size": 32,
    "data.dataset": "spoken_digits",
    "data.per_class": 20,
    "data.test_images": None,
    "optimizer.name": "sgd",
    "batch_size": 16,
    "epochs": 10,
    "strategy": "feature_extraction",
}
NEW_VOICES: dict[str, Any] = {"data.dataset": "spoken_digits_speakers"}
ILL, WELL = "pneumonia", "normal"  # the first has nine times the pictures of the second
X_RAYS: dict[str, Any] = {
    "backbone": "tiny_resnet_cifar100",
    "image_size": 32,
    "data.dataset": "pneumonia",
    "data.classes": (ILL, WELL),
    "data.per_class": 400,
    "data.imbalance": 9.0,
    "data.test_images": None,
    "optimizer.name": "sgd",
    "batch_size": 32,
    "epochs": 5,
    "strategy": "feature_extraction",
}
BALANCED: dict[str, Any] = {"data.class_weight": "balanced"}
TO_FIND = 0.95  # of the ill, on validation pictures


def _heard(results: Results, means: Measured) -> Measured:
    cost = points(means["near"], means["near_unheard"])
    return {
        "near_over_far_points": points(means["near"], means["far"]),
        "near_unheard_points": cost,
        "far_unheard_more_points": points(means["far"], means["far_unheard"]) - cost,
        "near_over_scratch_points": points(means["near"], means["from_scratch"]),
    }


def _of(outcome: RunResult, name: str) -> ClassScore:
    return next(score for score in outcome.summary.per_class if score.name == name)


def _well_found(outcome: RunResult) -> float:
    """The share of the normal X-rays that are called normal."""
    return _of(outcome, WELL).recall or 0.0


def _at_threshold(outcome: RunResult) -> Operating:
    """The ill, called from the probability on that was to find TO_FIND of them."""
    place = [score.name for score in outcome.summary.per_class].index(ILL)
    found = outcome.summary.operating[place]
    assert found is not None
    return found[WANTED.index(TO_FIND)]


def _diagnosed(results: Results, means: Measured) -> Measured:
    plain = results["plain"]
    chosen = [_at_threshold(outcome) for outcome in plain]
    accuracy = _accuracy(plain)
    return {
        "well_found_percent": 100 * means["plain"],
        "hidden_points": points(accuracy, means["plain"]),
        "weights_points": points(means["weighted"], means["plain"]),
        "threshold_points": points(1 - mean(one.false_alarms for one in chosen), means["plain"]),
        "accuracy_percent": 100 * accuracy,
        "ill_found_at_threshold_percent": 100 * mean(one.recall for one in chosen),
        "false_alarms_at_threshold_percent": 100 * mean(one.false_alarms for one in chosen),
    }


def _accuracy(found: Sequence[RunResult]) -> float:
    return mean(outcome.summary.test_accuracy for outcome in found)


BEYOND: dict[str, Lesson] = {
    "hearing": Lesson(
        "Can a network hear that has only seen?",
        "Spoken digits, drawn as pictures of pitch over time, twenty of each. One backbone knows photographs, one only "
        "generated sounds, and one network knows nothing. Which one understands most?",
        Choice(
            "Which is right most often on voices that it heard in training?",
            {
                "near": "The frozen backbone that knows generated sounds",
                "far": "The frozen backbone that knows photographs",
                "from_scratch": "Training from scratch",
            },
            lambda m: measures.best(m, ("near", "far", "from_scratch")),
        ),
        {
            "near": Arm("Source: generated sounds"),
            "far": Arm("Source: photographs", {"backbone": "tiny_resnet_cifar100"}),
            "from_scratch": Arm("From scratch", {"strategy": "from_scratch"}),
            "near_unheard": Arm("Generated sounds, voices never heard", NEW_VOICES),
            "far_unheard": Arm("Photographs, voices never heard", NEW_VOICES | {"backbone": "tiny_resnet_cifar100"}),
        },
        "The nearer source is ahead of photographs, although nobody ever spoke its sounds. On voices that were not in "
        "training every network understands less, and the one that knows photographs by far the least.",
        "[Yosinski et al. 2014](https://arxiv.org/abs/1411.1792), on dissimilar source tasks; the recordings: "
        "Jakobovski et al., Free Spoken Digit Dataset; our measurements: `assets/evidence/sounds.md`.",
        {
            "near_over_far_points": "the nearer source is ahead of photographs by",
            "near_unheard_points": "voices never heard cost it",
            "far_unheard_more_points": "and cost photographs more than that by",
        },
        "Let all layers adapt, on voices never heard. Does training longer on a few voices help with others?",
        {
            "backbone": "tiny_resnet_syllables",
            "image_size": 32,
            "dataset": "spoken_digits_speakers",
            "per_class": 20,
            "test_images": None,
            "optimizer": "sgd",
            "batch_size": 16,
            "epochs": 10,
            "arms": ("from_scratch", "feature_extraction", "fine_tune_all", "lp_ft"),
        },
        base=SPOKEN,
        seeds=(0, 1, 2, 3),
        more=_heard,
    ),
    "x_rays": Lesson(
        "What does a good accuracy hide?",
        "Chest X-rays of children, to learn from nine with pneumonia for every normal one. The accuracy is high. How "
        "many of the normal ones are recognised?",
        Slider("Of 100 normal X-rays, how many are called normal?", "well_found_percent"),
        {"plain": Arm("As they are, 9 : 1"), "weighted": Arm("Class weights, 9 : 1", BALANCED)},
        "Many fewer than the accuracy suggests. Class weights find more of them, and so does another threshold, "
        "without any training: the ranking was better than the decision.",
        "[Kermany et al. 2018](https://doi.org/10.1016/j.cell.2018.02.010) for the pictures, "
        "[Yang et al. 2023](https://doi.org/10.1038/s41597-022-01721-8) for the data set and its published scores, "
        "[King and Zeng 2001](https://doi.org/10.1093/oxfordjournals.pan.a004868) for the weights.",
        {
            "hidden_points": "the accuracy lies above the share of normal X-rays found by",
            "weights_points": "class weights find more of them by",
            "threshold_points": f"a threshold that is to find {TO_FIND:.0%} of the ill finds more of them by",
        },
        "Take all pictures, with the test part as it was published, and choose a threshold below the scores.",
        {
            "backbone": "tiny_resnet_cifar100",
            "image_size": 32,
            "dataset": "pneumonia",
            "per_class": None,
            "test_images": None,
            "optimizer": "sgd",
            "batch_size": 64,
            "epochs": 3,
            "arms": ("from_scratch", "feature_extraction"),
        },
        base=X_RAYS,
        seeds=(0, 1, 2, 3, 4, 5),
        shown=_well_found,
        shown_title="Share of normal X-rays called normal",
        more=_diagnosed,
    ),
}
