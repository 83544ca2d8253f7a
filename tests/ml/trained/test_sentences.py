"""A finished model on sentences that were typed: its answer and the words behind it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tl_core.base.events import RunError
from tl_core.base.questions import Model, Predict
from tl_core.base.spec import run_spec
from tl_core.ml.data import sentences
from tl_core.ml.trained.predict import Trained, predict
from tl_core.ml.training import train
from tl_core.uploads.decode import Refused
from tl_core.uploads.sentences import LONGEST

SPEC = run_spec(
    backbone="minilm_l6",
    strategy="feature_extraction",
    image_size=16,
    epochs=1,
    data={"dataset": "sst2", "per_class": 200, "test_images": 20},
)


def _ignore(event: object) -> None:
    pass


@pytest.mark.usefixtures("minilm", "sst2")
def test_words_that_praise_speak_for_praise_and_what_cannot_be_read_is_refused(tmp_path: Path) -> None:
    train.run(SPEC, _ignore, lambda: False, tmp_path)
    with np.load(tmp_path / "test.npz") as tested:
        assert len(tested["surest_pixels"]) == tested["wrong"]
        assert all(isinstance(text, str) and " " in text for text in tested["surest_pixels"])
    model = Model("run", SPEC, tmp_path)
    trained = Trained(model, _ignore, lambda: False)
    typed = (("Line 1", b"a wonderful  film\0 ."), ("Line 2", b"a tedious , stupid mess"), ("Line 3", b"\xff\xfe"))
    found = predict(Predict((model,), typed), lambda wanted: trained)
    good, bad = found.pictures
    assert (good.given, good.calls["run"].labels, bad.calls["run"].labels) == (
        "a wonderful film .",
        ("positive",),
        ("negative",),
    )
    drops = dict(good.calls["run"].words)
    assert max(drops, key=drops.__getitem__) == "wonderful"
    assert all(isinstance(near.pixels, str) for near in good.calls["run"].neighbours)
    assert found.refused == (("Line 3", "is no text in UTF-8"),)
    with pytest.raises(RunError, match="Line 1 is empty"):
        predict(Predict((model,), (("Line 1", b" \0 "),)), lambda wanted: trained)


def test_a_text_is_not_longer_than_can_be_answered() -> None:
    """Nor than can be imported: what was trained on can be asked, too."""
    assert sentences.opened(b"x" * LONGEST, "sst2")[0] == "x" * LONGEST
    with pytest.raises(Refused, match=f"longer than {LONGEST:,} characters"):
        sentences.opened(b"x" * (LONGEST + 1), "sst2")


def test_one_word_at_a_time_is_left_out() -> None:
    assert sentences.without("not good .") == [("not", "good ."), ("good", "not ."), (".", "not good")]
    assert sentences.without("很好 film") == [("很", "好 film"), ("好", "很 film"), ("film", "很好")]
    assert len(sentences.without("word " * 1000)) == sentences.WORDS
