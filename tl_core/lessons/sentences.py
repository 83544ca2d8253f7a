"""SENTENCES: the lesson on text. It needs SST-2 and MiniLM, which are downloaded once."""

from __future__ import annotations

from statistics import mean
from typing import Any

from tl_core.lessons.lesson import Arm, Lesson, Measured, Results, Slider, points

FILM_REVIEWS: dict[str, Any] = {
    "backbone": "minilm_l6",
    "image_size": 24,
    "data.dataset": "sst2",
    "data.per_class": 20,
    "data.test_images": 200,
    "batch_size": 16,
    "epochs": 3,
}


def _beyond_words(results: Results, means: Measured) -> Measured:
    found = [outcome.summary.references["a bag of words"] for outcome in results["frozen"]]
    bag = mean(one.test_accuracy for one in found if one.test_accuracy is not None)
    return {
        "bag_of_words": bag,
        "over_words_points": points(means["frozen"], bag),
        "over_scratch_points": points(means["frozen"], means["from_scratch"]),
    }


SENTENCES: dict[str, Lesson] = {
    "what_a_sentence_says": Lesson(
        "What does a sentence say?",
        "Twenty film reviews of each kind, praise and scorn. The cheapest way counts words. How far does a network get "
        "that has read sentences before?",
        Slider(
            "By how many points will the frozen encoder lead over counting words?", "over_words_points", unit="points"
        ),
        {
            "from_scratch": Arm("From scratch", {"strategy": "from_scratch"}),
            "frozen": Arm("Frozen encoder", {"strategy": "feature_extraction"}),
        },
        "The frozen encoder is ahead of the bag of words, and far ahead of its twin from scratch: with forty sentences "
        "that one learns nothing. Counting words is the twin to beat, for it costs nothing.",
        "[Wang and Manning 2012](https://aclanthology.org/P12-2018/), Baselines and Bigrams; [Reimers and Gurevych "
        "2019](https://arxiv.org/abs/1908.10084), Sentence-BERT; the bag of words is fitted in each run.",
        {
            "over_words_points": "the lead of the frozen encoder over the bag of words",
            "over_scratch_points": "its lead over training from scratch",
        },
        "Ten times the labels, and let all six blocks train: who is ahead now, and at what cost?",
        {
            "backbone": "minilm_l6",
            "dataset": "sst2",
            "image_size": 24,
            "per_class": 200,
            "test_images": 400,
            "batch_size": 16,
            "epochs": 3,
            "arms": ("feature_extraction", "fine_tune_all"),
        },
        base=FILM_REVIEWS,
        more=_beyond_words,
    )
}
