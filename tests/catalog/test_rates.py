from __future__ import annotations

import pytest

from tl_core.base.spec import run_spec
from tl_core.catalog import BACKBONES, rates, strategies


@pytest.mark.parametrize("backbone", BACKBONES)
def test_more_labels_bear_steps_that_are_no_smaller(backbone: str) -> None:
    found = [rates.fine_tuning(run_spec(backbone=backbone, data={"per_class": n})) for n in (5, 20, 50, 200)]
    assert sorted(one.backbone for one in found) == [one.backbone for one in found]


def test_a_network_for_sentences_takes_smaller_steps_than_one_for_pictures() -> None:
    pictures, sentences = run_spec(), run_spec(backbone="minilm_l6", data={"dataset": "sst2", "per_class": 200})
    assert rates.scratch(sentences) < rates.scratch(pictures)
    assert rates.fine_tuning(sentences).backbone <= rates.fine_tuning(pictures).backbone


def test_all_images_are_as_many_as_the_data_set_has() -> None:
    assert rates.labels(run_spec(data={"dataset": "digits", "per_class": None})) == 98


@pytest.mark.parametrize("optimizer", ["adam", "adamw", "sgd"])
@pytest.mark.parametrize("backbone", BACKBONES)
def test_a_new_head_learns_at_least_as_fast_as_what_it_stands_on(backbone: str, optimizer: str) -> None:
    for labels in (5, 20, 50, 500):
        spec = run_spec(backbone=backbone, optimizer={"name": optimizer}, data={"per_class": labels})
        found = rates.fine_tuning(spec)
        assert rates.after_a_probe(spec) <= found.backbone <= found.head
        assert strategies.head_rate(spec) == found.head
