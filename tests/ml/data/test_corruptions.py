"""Pictures changed on purpose: what every way of changing them keeps, whatever the picture."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from PIL import Image

from tl_core.base.spec import Shift, ShiftKind
from tl_core.catalog.shifts import SHIFTS, kinds
from tl_core.ml.data.corruptions import CHANGES, shifted
from tl_core.ml.making import shift_examples

KINDS = some.sampled_from(list(SHIFTS))
SEVERITIES = some.integers(1, 5)


@some.composite
def pictures(draw: some.DrawFn, least: int = 1, most: int = 4, sides: tuple[int, ...] = (8, 16, 86)) -> np.ndarray:
    """(N, H, W, 3) uint8: flat patches of random colours, or noise."""
    rng = np.random.default_rng(draw(some.integers(0, 2**32 - 1)))
    count, side = draw(some.integers(least, most)), draw(some.sampled_from(sides))
    patch = draw(some.sampled_from([1, 2, 4]))
    colours = rng.integers(0, 256, (count, -(-side // patch), -(-side // patch), 3), dtype=np.uint8)
    return np.kron(colours, np.ones((1, patch, patch, 1), np.uint8))[:, :side, :side]


def far(found: np.ndarray, images: np.ndarray) -> float:
    return float(np.abs(found.astype(float) - images).mean())


def test_every_way_has_its_change_its_words_and_five_strengths() -> None:
    assert set(SHIFTS) == set(CHANGES) == set(get_args(ShiftKind))
    assert all(len(way.small) == len(way.large) == 5 for way in SHIFTS.values())
    assert kinds(Shift()) == ()
    assert kinds(Shift(kind="blur")) == ("blur",)
    assert kinds(Shift(kind="all")) == tuple(SHIFTS)


@given(pictures(), KINDS, SEVERITIES, some.integers(0, 2**31 - 1))
def test_new_pictures_of_the_same_kind_the_same_for_a_seed_and_the_originals_untouched(images, kind, severity, seed):
    before = images.copy()
    found = shifted(images, kind, severity, seed)
    assert (found.shape, found.dtype) == (images.shape, np.uint8)
    assert np.array_equal(images, before)
    assert not np.shares_memory(found, images)
    assert np.array_equal(found, shifted(images, kind, severity, seed))


@settings(max_examples=20)
@given(pictures(24, 24, (16, 32)), KINDS, some.integers(0, 2**31 - 1))
def test_severity_five_is_farther_from_the_original_than_one(images, kind, seed):
    assert far(shifted(images, kind, 5, seed), images) > far(shifted(images, kind, 1, seed), images)


@given(pictures(), KINDS, SEVERITIES)
def test_a_picture_does_not_depend_on_those_after_it(images, kind, severity):
    assert np.array_equal(shifted(images, kind, severity)[:1], shifted(images[:1], kind, severity))


def test_the_picture_of_the_shifts_shows_what_they_do() -> None:
    with Image.open(shift_examples.FILE) as file:
        stored = np.asarray(file)
    assert np.array_equal(stored, shift_examples.sheet(stored[:32, :32]))
    inverted = 32 * (1 + list(SHIFTS).index("inverted"))
    assert np.array_equal(stored[:32, inverted : inverted + 32], 255 - stored[:32, :32])


def test_noise_depends_on_the_seed_and_on_the_place() -> None:
    grey = np.full((2, 32, 32, 3), 128, np.uint8)
    one, other = shifted(grey, "noise", 3, 1), shifted(grey, "noise", 3, 2)
    assert not np.array_equal(one, other)
    assert not np.array_equal(one[0], one[1])
    assert one.astype(float).std() / 255 == pytest.approx(SHIFTS["noise"].small[2], rel=0.05)


def test_the_strongest_forms_are_what_their_names_say() -> None:
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (3, 16, 16, 3), dtype=np.uint8)
    assert np.array_equal(shifted(images, "inverted", 5), 255 - images)
    spread = images.std(axis=(1, 2)) * SHIFTS["contrast"].small[4]
    assert shifted(images, "contrast", 5).std(axis=(1, 2)) == pytest.approx(spread, abs=0.5)
    flat = np.full((1, 16, 16, 3), 90, np.uint8)
    assert shifted(flat, "outlines", 5).min() == 255, "no edge, no line"
    flat[:, :, 8:] = 200
    drawn = shifted(flat, "outlines", 5)[0, 0, :, 0]
    assert drawn[7] == drawn[8] == 0
    assert drawn[:6].min() == drawn[10:].min() == 255
    halves = np.unique(shifted(images, "pixelated", 5)[0].reshape(-1, 3), axis=0)
    assert len(halves) <= int(16 * 0.65) ** 2
