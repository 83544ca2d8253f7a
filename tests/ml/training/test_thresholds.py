"""A class called from a threshold on that validation images chose."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as some

from tl_core.base.events import WANTED, Operating
from tl_core.ml.training.thresholds import operating


def one_class(val: list[float], so_val: list[int], test: list[float], so: list[int]) -> list[Operating] | None:
    columns = (np.array(so_val)[:, None], np.array(val)[:, None], np.array(so)[:, None], np.array(test)[:, None])
    return operating(*columns)[0]


def test_the_threshold_is_of_validation_and_the_shares_are_of_the_test() -> None:
    found = one_class([0.9, 0.6, 0.4, 0.2, 0.8], [1, 1, 1, 1, 0], [0.7, 0.5, 0.3, 0.65, 0.1], [1, 1, 1, 0, 0])
    assert found is not None
    by_share = dict(zip(WANTED, found, strict=True))
    half = by_share[0.5]
    assert half.threshold == 0.6
    assert (half.recall, half.false_alarms, half.precision) == (1 / 3, 1 / 2, 1 / 2)
    assert by_share[0.99].threshold == 0.2
    assert by_share[0.99].recall == 1


def test_what_is_not_defined_is_none() -> None:
    assert one_class([0.5], [0], [0.1, 0.9], [0, 1]) is None
    assert one_class([0.5], [1], [0.1, 0.9], [1, 1]) is None
    found = one_class([0.95], [1], [0.1, 0.9], [0, 1])
    assert found is not None
    assert found[0].precision is None
    assert found[0].recall == 0


@given(some.lists(some.tuples(some.floats(0, 1), some.integers(0, 1)), min_size=2, max_size=60))
def test_on_the_validation_images_themselves_the_share_is_found(rows: list[tuple[float, int]]) -> None:
    p, so = (list(column) for column in zip(*rows, strict=True))
    found = one_class(p, so, p, so)
    if found is None:
        return
    assert all(point.recall >= share for share, point in zip(WANTED, found, strict=True))
    assert [point.threshold for point in found] == sorted((point.threshold for point in found), reverse=True)
