from __future__ import annotations

import pytest

from tl_core.base.wording import said_of, span


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (7.2, 58.9, "7 to 60 s"),
        (41, 41, "41 s"),
        (41, 125, "40 s to 2 min"),
        (44, 399, "45 s to 7 min"),
        (3000, 4000, "50 min to 1 h 7 min"),
        (0.2, 9.4, "1 to 9 s"),
    ],
)
def test_a_range_of_time_names_its_unit_once(low: float, high: float, said: str) -> None:
    assert span(low, high) == said


def test_a_text_about_pictures_speaks_of_others_but_leaves_what_somebody_wrote() -> None:
    text = "An image of 'picture quality' or \"the image\", a student's pictures; the classes' Images aren't few."
    assert said_of(text, "sentence", "sentences") == (
        "A sentence of 'picture quality' or \"the image\", a student's sentences; the classes' Sentences aren't few."
    )
