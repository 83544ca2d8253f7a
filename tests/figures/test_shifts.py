from __future__ import annotations

import numpy as np
import pandas as pd

from tl_core.figures.layout import Trace
from tl_core.figures.shifts import shifts

ARMS = [Trace("a", "Feature extraction", "feature_extraction"), Trace("b", "Fine-tune all", "fine_tune_all")]
ROWS = pd.DataFrame(
    [
        {"run_id": run_id, "way": way, "plain": plain, "low": plain - 0.02, "high": plain + 0.03, "adapted": adapted}
        for run_id in "ab"
        for way, plain, adapted in (("As they are", 0.9, np.nan), ("Noise", 0.3, 0.7))
    ]
)


def test_each_arm_has_its_own_row_in_every_way_and_its_interval() -> None:
    figure = shifts(ROWS, ARMS, chance=0.1)
    filled = {trace.name: trace for trace in figure.data if trace.showlegend is not False}
    assert list(filled) == ["Feature extraction", "Fine-tune all"]
    one, other = filled.values()
    assert list(one.x) == [90, 30]
    assert [round(at) for at in (*one.y, *other.y)] == [0, 1, 0, 1]
    assert all(a < b for a, b in zip(one.y, other.y, strict=True)), "from the top, in the order of the arms"
    assert np.allclose(one.error_x.array, 3)
    assert np.allclose(one.error_x.arrayminus, 2)
    assert list(figure.layout.yaxis.ticktext) == ["As they are", "Noise"]


def test_more_arms_than_there_are_styles_are_drawn() -> None:
    arms = [Trace(f"{i}", f"Arm {i}", "fine_tune_all") for i in range(12)]
    rows = pd.concat([ROWS[ROWS["run_id"] == "a"].assign(run_id=arm.run_id) for arm in arms])
    assert len([trace for trace in shifts(rows, arms).data if trace.showlegend is not False]) == 12


def test_what_was_adapted_is_an_open_mark_joined_to_the_filled_one() -> None:
    figure = shifts(ROWS, ARMS[:1])
    (adapted,) = (trace for trace in figure.data if trace.name == "Feature extraction, adapted")
    assert np.isnan(adapted.x[0])
    assert adapted.x[1] == 70
    assert adapted.marker.symbol.endswith("-open")
    (line,) = (trace for trace in figure.data if trace.mode == "lines")
    assert list(line.x[3:5]) == [30, 70]
