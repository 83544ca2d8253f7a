"""A race holds together what goes together."""

from __future__ import annotations

import pytest

from tl_core import catalog
from tl_core.base.spec import SpecError
from tl_core.catalog import together
from tl_core.races import labels, params, race
from tl_core.races.estimate import images, work
from tl_core.races.race import Race
from tl_core.studies import build
from tl_core.studies.builtin import BUILT_IN
from tl_core.studies.setup import Setup

PICTURES = race.proposed("mobilenet_075", "digits")


def _sentences(**settings: object) -> Race:
    return race.proposed("minilm_l6", "sst2").changed(**settings)


def test_another_kind_of_data_brings_a_backbone_for_it_and_its_settings() -> None:
    before = PICTURES.changed(image_size=224, shift="blur", arms=("fine_tune_all",))
    there = race.fitted(before.moved(dataset="sst2"))
    assert (there.backbone, there.shared.image_size, there.shared.shift.kind) == ("minilm_l6", 48, "none")
    assert there.arms == ("fine_tune_all",)
    back = race.fitted(there.moved(dataset="digits"))
    assert together(back.backbone, "digits")
    assert back.shared.image_size >= 32
    assert [spec.data.dataset for spec in back.specs()] == ["digits"]


def test_a_length_of_ones_own_stays_while_the_kind_does() -> None:
    assert _sentences(image_size=64).moved(per_class=5).shared.image_size == 64


def test_the_command_line_finds_the_data_for_a_backbone_and_refuses_what_does_not_fit() -> None:
    assert race.proposed("minilm_l6").dataset == "sst2"
    assert race.proposed(dataset="sst2").backbone == "minilm_l6"
    with pytest.raises(SpecError, match="takes images, and SST-2 film reviews holds sentences"):
        race.proposed("mobilenet_075", "sst2")


@pytest.mark.parametrize("query", [{"dataset": "sst2"}, {"dataset": "sst2", "backbone": "vgg16"}])
def test_an_address_that_names_only_the_data_opens_a_race_that_can_run(query: dict[str, str]) -> None:
    found = race.from_query(query, PICTURES)
    assert found.backbone == "minilm_l6"
    assert race.from_query(race.to_query(found, PICTURES), PICTURES) == found


def test_sizes_are_offered_as_the_backbone_takes_them() -> None:
    assert race.image_sizes(_sentences()) == [16, 24, 32, 48, 64, 96, 128, 192, 256]


def test_parameters_and_work_follow_the_length() -> None:
    short, long = (_sentences(image_size=length, head="flatten_256").specs()[1] for length in (32, 64))
    assert params.count(short) == params.count(long)
    assert params.count(short).trainable == 384 * 256 + 256 + 256 * 2 + 2
    assert work(long) == pytest.approx(2 * work(short), rel=0.01)


RATINGS = race.proposed(dataset="movietweetings")


def test_ratings_are_drawn_per_person_whatever_their_class() -> None:
    before = PICTURES.changed(classes=("1", "2", "3"), imbalance=5.0, augmentation="strong", per_class=100)
    there = race.fitted(before.moved(dataset="movietweetings"))
    spec = there.specs()[0]
    catalog.check(spec)
    assert (there.backbone, spec.data.classes, spec.data.imbalance, spec.augmentation) == ("item_means", (), 1, "none")
    assert race.per_class_choices(there) == [5, 10, 20, None]
    assert labels.words(spec.data) == "20 labels per person to train on and 5 to validate"
    assert images(spec) == (1000, 250, 1000)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"classes": ("1", "2")}, "as many ratings of each person"),
        ({"imbalance": 2.0}, "as many ratings of each person"),
        ({"augmentation": "light"}, "Ratings cannot be changed at random"),
        ({"per_class": 24}, "has 25 ratings per person"),
        ({"test_images": 20}, "for 50 people are too few: take at least one per person"),
    ],
)
def test_what_ratings_cannot_do_is_said(settings: dict[str, object], words: str) -> None:
    with pytest.raises(SpecError, match=words):
        catalog.check(RATINGS.changed(**settings).specs()[0])


class TestStudies:
    def test_a_study_of_pictures_alone_refuses_sentences(self) -> None:
        with pytest.raises(SpecError, match="about images, and SST-2 film reviews holds sentences"):
            build.build(Setup(study="shifts", dataset="sst2", backbone="minilm_l6"))

    @pytest.mark.parametrize(("name", "modality"), [("sst2", "sentences"), ("movietweetings", "ratings")])
    @pytest.mark.parametrize("study", BUILT_IN)
    def test_what_the_form_shows_can_be_built(self, study: str, name: str, modality: str) -> None:
        asked = build.moved(Setup(study=study), dataset=name)
        fitted = build.fitted(asked, ["digits", name, "pictograms"])
        assert (fitted.dataset == name) == (modality in BUILT_IN[study].of)
        assert build.build(fitted).points()

    def test_a_source_is_held_against_targets_that_it_can_take(self) -> None:
        grid = BUILT_IN["sources"].grid(Setup(study="sources"))[0]
        assert "digits" in grid
        assert "sst2" not in grid
