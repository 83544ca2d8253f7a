"""Sounds as pictures: what a pitch, a moment and loudness look like."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from tl_core.uploads.spectrograms import RATE, SIDE, pictures


def tone(hertz: float, seconds: float = 0.5, loudness: float = 0.5) -> np.ndarray:
    return loudness * np.sin(2 * np.pi * hertz * np.arange(int(seconds * RATE)) / RATE)


def row_of(picture: np.ndarray) -> int:
    """The brightest row, from the top."""
    return int(picture[..., 0].astype(int).sum(axis=1).argmax())


def test_a_higher_tone_stands_higher_at_the_place_that_the_mel_scale_gives_it() -> None:
    rows = [row_of(picture) for picture in pictures([tone(hertz) for hertz in (200, 500, 1000, 2000, 3500)])]
    assert rows == sorted(rows, reverse=True)

    def mel(hertz: float) -> float:
        return float(1127 * np.log1p(hertz / 700))

    share = (mel(1000) - mel(50)) / (mel(RATE / 2) - mel(50))
    assert rows[2] == pytest.approx((1 - share) * SIDE, abs=1.5)


def test_time_runs_to_the_right_and_a_sound_stands_in_the_middle() -> None:
    (picture,) = pictures([np.concatenate([tone(500, 0.25), tone(2000, 0.25)])])
    left, right = picture[:, 20:28], picture[:, 36:44]
    assert row_of(left) > row_of(right)
    assert not picture[:, :10].any()
    assert not picture[:, -10:].any()


def test_loudness_of_the_whole_does_not_matter_and_silence_is_black() -> None:
    loud, soft, silent = pictures([tone(700, loudness=0.9), tone(700, loudness=0.01), np.zeros(4000)])
    assert np.abs(loud.astype(int) - soft).max() <= 1
    assert loud.max() == 255
    assert not silent.any()


def test_of_a_long_sound_the_middle_is_shown() -> None:
    middle = tone(1000, 1.2)
    alone, within = pictures([middle, np.concatenate([tone(300, 2), middle, tone(3000, 2)])])
    assert np.array_equal(alone, within)


@settings(deadline=None, max_examples=25)
@given(some.integers(1, 20000), some.integers(0, 2**32 - 1))
def test_every_sound_becomes_a_picture(samples: int, seed: int) -> None:
    (picture,) = pictures([np.random.default_rng(seed).uniform(-1, 1, samples)])
    assert picture.shape == (SIDE, SIDE, 3)
    assert picture.dtype == np.uint8
    assert picture.max() == 255
