"""What needs no network is fitted once per data, whichever arms race on them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest

from tl_core.base.events import Reference
from tl_core.base.settings import settings
from tl_core.base.spec import RunSpec, run_spec
from tl_core.ml.data import modalities, sentences
from tl_core.ml.data.splits import Splits
from tl_core.ml.training import outputs, references

pytestmark = pytest.mark.usefixtures("minilm", "sst2")


@pytest.fixture
def fits(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """One entry for every time that a bag of words is fitted."""
    found: list[object] = []
    fit = sentences.references

    def noted(splits: Splits) -> dict[str, np.ndarray]:
        found.append(splits)
        return fit(splits)

    monkeypatch.setattr(sentences, "references", noted)
    return found


def _measured(**changes: object) -> Mapping[str, Reference]:
    spec: RunSpec = run_spec(**{"backbone": "minilm_l6", "image_size": 16} | changes)
    own = modalities.load(spec, lambda event: None, lambda: False)
    return references.measured(spec, outputs.output_of(spec.data), own, lambda event: None, lambda: False)


def _data(**changes: object) -> dict[str, object]:
    return {"dataset": "sst2", "per_class": 20, "test_images": 100} | changes


def test_all_arms_of_a_race_share_one_fit(fits: list[object]) -> None:
    first = _measured(data=_data(), strategy="from_scratch")
    assert _measured(data=_data(), strategy="fine_tune_all", seed=1) == first
    assert len(fits) == 1
    (words,) = first.values()
    assert words.answers.count == 100


@pytest.mark.parametrize("change", [{"seed": 1}, {"per_class": 10}, {"class_weight": "balanced"}, {"test_images": 80}])
def test_other_data_are_fitted_for_themselves(fits: list[object], change: dict[str, object]) -> None:
    _measured(data=_data())
    _measured(data=_data(**change))
    assert len(fits) == 2


def test_without_room_nothing_is_kept_and_the_numbers_are_the_same(
    fits: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = _measured(data=_data())
    monkeypatch.setenv("TL_ACTIVATIONS_BYTES", "0")
    settings.cache_clear()
    before = sorted(settings().activations.iterdir())
    again = [_measured(data=_data(seed=2)) for _ in range(2)]
    assert again[0] == again[1] != kept
    assert len(fits) == 3
    assert sorted(settings().activations.iterdir()) == before
