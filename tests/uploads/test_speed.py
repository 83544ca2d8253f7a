"""What reading will take: measured, or said to be unknown."""

from __future__ import annotations

from pathlib import Path

import pytest

from tl_core.uploads import speed


def test_where_nothing_was_measured_nothing_is_promised(home: Path) -> None:
    assert speed.estimate("pictures", 100, 10**6) is None
    assert "not known yet" in speed.sentence("pictures", 100, 10**6)
    speed.remember("pictures", 0, 0, 3.0)
    assert speed.estimate("pictures", 100, 10**6) is None


def test_it_goes_by_earlier_intakes_in_pictures_and_in_bytes(home: Path) -> None:
    speed.remember("pictures", 100, 10**6, 10.0)
    assert speed.estimate("pictures", 300, 3 * 10**6) == pytest.approx((30.0, 30.0))
    assert (
        speed.sentence("pictures", 300, 3 * 10**6) == "Reading them takes about 30 s here, going by 1 earlier upload."
    )
    speed.remember("pictures", 100, 3 * 10**6, 10.0)
    assert speed.estimate("pictures", 100, 4 * 10**6) == pytest.approx((10.0, 20.0))
    assert "takes 10 to 20 s here, going by 2 earlier uploads" in speed.sentence("pictures", 100, 4 * 10**6)


def test_the_newest_count_and_a_damaged_file_is_no_measurement(home: Path) -> None:
    for seconds in (1000.0, *[5.0] * speed.EARLIER):
        speed.remember("pictures", 50, 500, seconds)
    assert speed.estimate("pictures", 50, 500) == pytest.approx((5.0, 5.0))
    (home / "intake_speed.json").write_text("[{]", encoding="utf-8")
    assert speed.estimate("pictures", 50, 500) is None
