from __future__ import annotations

import pytest

from tl_core import catalog
from tl_core.base.spec import SpecError, run_spec


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"backbone": "resnet5000"}, "no backbone called 'resnet5000'"),
        ({"strategy": "magic"}, "no strategy called 'magic'"),
        ({"data": {"dataset": "imagenet"}}, "no data set called 'imagenet'"),
        ({"data": {"dataset": "digits", "classes": ["1"]}}, "at least two classes"),
        ({"data": {"dataset": "digits", "classes": ["1", "dog"]}}, "has no class 'dog'"),
        ({"data": {"dataset": "digits", "classes": ["1", "1"]}}, "named twice"),
        ({"data": {"dataset": "pictogram_pairs", "classes": ["key", "bell"]}}, "choose at least three"),
        ({"data": {"class_weight": "heavy"}}, "Class weights must be one of 'none' or 'balanced'"),
        ({"data": {"dataset": "digits", "per_class": 5000}}, "122 images per class"),
        ({"data": {"dataset": "digits", "test_images": 3}}, "too few"),
        ({"image_size": 16}, "at least 32×32"),
        ({"strategy": "custom"}, "needs a freeze plan"),
        ({"strategy": "custom", "plan": {"stages": {"attic": "frozen"}}}, "no stage 'attic'"),
        ({"strategy": "custom", "plan": {"layers": {"attic": "frozen"}}}, "no layer 'attic'"),
        ({"strategy": "lp_ft", "plan": {}}, "'custom'"),
    ],
)
def test_what_does_not_fit_the_catalogue_is_said_in_one_sentence(settings: dict[str, object], words: str) -> None:
    with pytest.raises(SpecError) as caught:
        catalog.check(run_spec(**settings))
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_every_entry_has_a_card_whose_stages_hold_its_layers() -> None:
    for name, entry in catalog.BACKBONES.items():
        card = catalog.card(name)
        assert card.stages, entry.title
        for stage in card.stages:
            assert stage.layers[-1].name == stage.cut
        assert card.params == sum(layer.params for stage in card.stages for layer in stage.layers) > 0


def test_the_catalogue_covers_every_family() -> None:
    families = {entry.family for entry in catalog.BACKBONES.values()}
    assert len(catalog.BACKBONES) >= 17
    assert len(families) >= 10


def test_digits_are_always_there() -> None:
    assert catalog.dataset_availability("digits").kind == "bundled"
