from __future__ import annotations

import math

import pandas as pd
import pytest

from tl_core.figures import differences

TITLES = {"a=1": "A & B", "b=2": "B"}
ROWS = pd.DataFrame(
    [
        ("Net, photographs on Digits, 5 per class", "a=1", 1.0, 0.5, 1.5),
        ("Net, photographs on Digits, 5 per class", "b=2", -2.0, -2.5, -1.5),
        ("Net, photographs on Digits, 20 per class", "a=1", 3.0, math.nan, math.nan),
    ],
    columns=["task", "tried", "mean", "low", "high"],
)


def test_every_try_has_its_mark_in_the_row_of_its_task() -> None:
    figure = differences.forest(ROWS, TITLES)
    first, second = figure.data
    assert [round(y) for y in first.y] == [0, 1]
    assert list(first.x) == [1.0, 3.0]
    assert list(second.x) == [-2.0]
    assert first.y[0] < second.y[0]
    assert list(second.error_x.array) == pytest.approx([0.5])
    assert first.name == "A &amp; B"
    assert figure.layout.yaxis.ticktext[1] == "Net, photographs<br>on Digits,<br>20 per class"
    assert figure.layout.yaxis.range[0] > figure.layout.yaxis.range[1], "the first task on top"


def test_more_tries_take_more_room() -> None:
    more = pd.concat([ROWS.assign(tried=f"c={i}") for i in range(5)])
    titles = {f"c={i}": str(i) for i in range(5)}
    assert differences.forest(more, titles).layout.height > differences.forest(ROWS, TITLES).layout.height
