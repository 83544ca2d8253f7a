from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tl_core.catalog import schedules


@given(st.sampled_from(["constant", "cosine", "warmup_cosine", "plateau", "range_test"]), st.floats(0, 1))
def test_a_factor_is_a_share(schedule: str, progress: float) -> None:
    assert 0 <= schedules.factor(schedule, progress) <= 1


def test_cosine_falls_from_one_to_nothing() -> None:
    values = [schedules.factor("cosine", i / 10) for i in range(11)]
    assert values[0] == 1
    assert values[-1] == pytest.approx(0, abs=1e-12)
    assert values == sorted(values, reverse=True)


def test_warm_up_rises_first() -> None:
    assert schedules.factor("warmup_cosine", 0) == 0
    assert schedules.factor("warmup_cosine", schedules.WARMUP) == 1
    assert schedules.factor("warmup_cosine", 1) == pytest.approx(0, abs=1e-12)


def test_a_range_test_rises_by_decades() -> None:
    values = [schedules.factor("range_test", i / schedules.DECADES) for i in range(schedules.DECADES + 1)]
    assert values == pytest.approx([1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1])


def test_a_plateau_halves_the_rate_after_two_epochs_without_a_new_best() -> None:
    assert schedules.on_plateau([]) == 1
    assert schedules.on_plateau([3, 2, 1]) == 1
    assert schedules.on_plateau([1, 2, 2]) == 0.5
    assert schedules.on_plateau([1, 2, 2, 0.5, 2, 2]) == 0.25
