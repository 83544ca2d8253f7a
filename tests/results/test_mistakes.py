from __future__ import annotations

import numpy as np
import pytest

from tests.finished import finished
from tests.lab import spec
from tl_core.base.questions import Sound
from tl_core.catalog import DATASETS, dataset_folder, recorded
from tl_core.results.mistakes import mistakes
from tl_core.uploads import spectrograms


@pytest.mark.usefixtures("beyond")
def test_a_spoken_digit_that_was_called_wrong_can_be_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    made = spec(
        backbone="tiny_resnet_syllables",
        strategy="feature_extraction",
        data={"dataset": "spoken_digits_speakers", "per_class": 2, "test_images": 60},
        epochs=1,
    )
    (run,) = finished(made)
    found = mistakes(run)
    assert found is not None
    assert found.surest
    files = recorded.files(dataset_folder(DATASETS["spoken_digits_speakers"]))
    names = {recorded.samples(file).tobytes(): file.name for file in files}
    for one in found.surest:
        assert isinstance(one.pixels, Sound)
        (picture,) = spectrograms.pictures([one.pixels.heard / np.float32(2**15)])
        assert np.array_equal(picture, one.pixels.pixels), "what is heard is what was shown"
        assert names[one.pixels.heard.tobytes()][0] == one.truth
    monkeypatch.setattr(recorded, "files", lambda folder: [])
    without = mistakes(run)
    assert without is not None
    assert [type(one.pixels) for one in without.surest] == [np.ndarray] * len(found.surest)
