"""The baseline without a network."""

from __future__ import annotations

import numpy as np

from tl_core.ml.data import bag_of_words
from tl_core.ml.data.splits import Split, Splits


def _split(texts: list[str], labels: list[int]) -> Split:
    weights = np.ones(len(texts), np.float32)
    return Split(np.array(texts, object), np.array(labels, np.int32), np.arange(len(texts)), weights)


def test_words_that_were_seen_decide_and_unseen_ones_leave_it_open() -> None:
    train = _split(["good film", "very good", "bad film", "so bad"], [1, 1, 0, 0])
    test = _split(["good !", "bad !", "Ω"], [1, 0, 0])
    found = bag_of_words.probabilities(Splits(train, _split(["good", "bad"], [1, 0]), test, ("bad", "good")))
    assert found.shape == (3, 2)
    np.testing.assert_allclose(found.sum(axis=1), 1)
    assert found[0, 1] > 0.9
    assert found[1, 0] > 0.9
    assert 0.4 < found[2, 0] < 0.6


def test_signs_alone_are_words_too() -> None:
    train = _split(["😀", "😀 !", "☹", "☹ ?"], [1, 1, 0, 0])
    found = bag_of_words.probabilities(Splits(train, train, _split(["😀"], [1]), ("sad", "glad")))
    assert found[0, 1] > 0.5


def test_in_scripts_without_spaces_every_character_is_a_word() -> None:
    train = _split(["这部电影好看", "演员好", "这部电影差", "演员差劲"], [1, 1, 0, 0])
    found = bag_of_words.probabilities(Splits(train, train, _split(["音乐好", "剧本差"], [1, 0]), ("bad", "good")))
    assert found[0, 1] > 0.7
    assert found[1, 0] > 0.7
