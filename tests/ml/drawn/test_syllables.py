"""Generated sounds: what a class promises can be heard in them."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from tl_core.ml.drawn import sheets, syllables
from tl_core.ml.making import sounds
from tl_core.uploads import spectrograms

RATE = spectrograms.RATE


@cache
def made() -> list[np.ndarray]:
    """Eight of each class."""
    return syllables.syllables("train", range(8), RATE)[0]


def of(onset: str, glide: tuple[str, str]) -> list[np.ndarray]:
    first = 8 * syllables.CLASSES.index((onset, glide))
    return made()[first : first + 8]


def share_above(sound: np.ndarray, hertz: float) -> float:
    power = np.abs(np.fft.rfft(sound)) ** 2
    return float(power[np.fft.rfftfreq(len(sound), 1 / RATE) > hertz].sum() / power.sum())


def test_every_class_gives_sounds_of_the_length_and_loudness_that_is_said() -> None:
    sounds_, labels = syllables.syllables("test", range(2), RATE)
    assert np.bincount(labels).tolist() == [2] * 100
    for sound in sounds_:
        assert sound.dtype == np.float32
        assert 0.25 * RATE < len(sound) <= syllables.LONGEST * RATE
        assert 0.4 < np.abs(sound).max() <= 0.5


def test_a_sound_depends_on_its_own_number_alone() -> None:
    one, _ = syllables.syllables("train", [7], RATE)
    three, _ = syllables.syllables("train", [2, 7, 300], RATE)
    assert all(np.array_equal(a, b) for a, b in zip(one, three[1::3], strict=True))
    for other in (syllables.syllables("train", [7], RATE, seed=5), syllables.syllables("test", [7], RATE)):
        assert not np.array_equal(one[0], other[0][0])


def test_resonances_go_from_the_first_vowel_to_the_second() -> None:
    """Of “i”, the second resonance lies above 2,000 Hz; “u” has hardly anything there."""
    for glide, rises in ((("u", "i"), True), (("i", "u"), False)):
        halves = [np.array_split(sound, 2) for sound in of("none", glide)]
        higher = [share_above(last, 1800) > share_above(first, 1800) for first, last in halves]
        assert np.mean(higher) > 0.8 if rises else np.mean(higher) < 0.2


@pytest.mark.parametrize(("onset", "low", "high"), [("sharp hiss", 0.6, 1.0), ("hum", 0.0, 0.2)])
def test_an_onset_is_heard_before_the_vowel(onset: str, low: float, high: float) -> None:
    starts = [share_above(sound[: len(sound) // 10], 2500) for sound in of(onset, ("a", "u"))]
    assert low <= np.median(starts) <= high


def test_the_generator_makes_the_stored_pictures_again() -> None:
    drawn, _ = sounds.drawn("test", [syllables.SAMPLED - 1])
    stored, labels = sheets.read(syllables.SAMPLE, "test")
    assert np.bincount(labels).tolist() == [syllables.SAMPLED] * 100
    last = stored[syllables.SAMPLED - 1 :: syllables.SAMPLED]
    assert np.abs(sheets.coarse(drawn).astype(int) - last).max() <= sheets.STEP
