from __future__ import annotations

import pandas as pd
import pytest

from tl_core import catalog
from tl_core.base.settings import ASSETS
from tl_core.base.spec import SpecError, run_spec
from tl_core.catalog import DATASETS


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


def test_what_is_said_of_unheard_voices_is_what_was_measured() -> None:
    rows = pd.read_csv(ASSETS / "evidence" / "sounds.csv").query("per_class == 20")
    means = rows.groupby(["backbone", "strategy", "dataset"])["test_accuracy"].mean().unstack()
    lower = 100 * (means["spoken_digits"] - means["spoken_digits_speakers"])
    near, scratch, far = (
        lower[key]
        for key in (
            ("tiny_resnet_syllables", "feature_extraction"),
            ("tiny_resnet_syllables", "from_scratch"),
            ("tiny_resnet_cifar100", "feature_extraction"),
        )
    )
    caution = DATASETS["spoken_digits_speakers"].caution
    assert f"by {near:.0f} points on frozen features of generated sounds" in caution
    assert f"by {scratch:.0f} from scratch, by {far:.0f} on those of photographs" in caution
