from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from tests.uploading import pictures, taken_in, zipped
from tl_core import catalog
from tl_core.__main__ import parser
from tl_core.base.spec import SpecError
from tl_core.catalog import BACKBONES, STRATEGIES, card
from tl_core.cli import race as cli_race
from tl_core.races import plans, race
from tl_core.races.preview import preview, whole
from tl_core.races.race import Race

USUAL = race.fitted(Race(backbone="mobilenet_075", dataset="digits", image_size=96))
RACES = some.builds(
    lambda **settings: race.fitted(Race(**settings)),
    backbone=some.sampled_from(list(BACKBONES)), dataset=some.sampled_from(list(catalog.DATASETS)),
    image_size=some.integers(8, 300), per_class=some.none() | some.integers(1, 6000),
    classes=some.lists(some.sampled_from("0123456789"), unique=True).map(tuple),
    test_images=some.none() | some.integers(1, 20000), arms=some.sets(some.sampled_from(list(STRATEGIES))).map(tuple),
    learning_rate=some.none() | some.floats(1e-6, 1), imbalance=some.floats(1, 1000),
    seconds=some.none() | some.floats(1, 1e4),
    epochs=some.integers(1, 1000), dropout=some.floats(0, 0.9), patience=some.none() | some.integers(1, 9),
    head=some.sampled_from(["pool", "pool_hidden", "flatten_256"]), augmentation=some.sampled_from(["none", "strong"]),
)


@given(RACES)
def test_a_race_survives_its_address(found):
    assert race.from_query(race.to_query(found, USUAL), USUAL) == found


@given(RACES.filter(lambda found: found.arms))
def test_a_race_is_found_again_from_its_runs(found):
    assert race.of_specs(found.specs()) == found


@given(RACES)
def test_what_the_form_offers_holds_what_is_set(found):
    assert found.image_size in race.image_sizes(found)
    assert found.per_class in race.per_class_choices(found)
    assert found.test_images in race.test_choices(found)
    assert found.batch_size in race.batch_sizes(found)
    assert race.fitted(found) == found


@given(some.dictionaries(some.sampled_from(list(Race.model_fields)), some.text(max_size=8)))
def test_any_address_opens_some_race(query):
    race.from_query(query, USUAL).model_copy(update={"arms": race.ARMS}).specs()


def test_the_usual_race_has_an_empty_address():
    assert race.to_query(USUAL, USUAL) == {}


def test_a_plan_is_part_of_the_address():
    plan = plans.preset("top_stage", card("mobilenet_075").stage_names)
    mine = race.fitted(USUAL.model_copy(update={"plan": plan, "arms": ("custom",)}))
    assert race.to_query(mine, USUAL) == {"plan": "ffffft", "arms": "custom"}
    assert mine.specs()[0].plan == plan


def test_a_plan_for_another_network_is_dropped_with_its_arm():
    plan = plans.preset("all_frozen", card("tiny_resnet_cifar100").stage_names)
    fitted = race.fitted(USUAL.model_copy(update={"plan": plan, "arms": ("from_scratch", "custom")}))
    assert (fitted.plan, fitted.arms) == (None, ("from_scratch",))


def test_the_first_race_needs_no_download():
    first = race.start()
    assert race.downloads(first.model_copy(update={"arms": ("from_scratch",)})) == []
    for spec in first.specs()[:1]:
        catalog.check(spec)


def test_a_bad_setting_is_one_sentence():
    with pytest.raises(SpecError, match="Learning rate must be greater than 0"):
        USUAL.model_copy(update={"learning_rate": 0.0}).specs()


def test_the_preview_says_which_arm_cannot_run():
    arms = preview(USUAL.model_copy(update={"classes": ("3",)}))
    assert all("at least two classes" in arm.problem for arm in arms)
    assert whole(arms, 2) is None


def test_the_preview_adds_up_the_time_over_workers():
    arms = preview(USUAL, gflops=40.0)
    seconds = [arm.estimate.seconds for arm in arms]
    assert whole(arms, 1) == pytest.approx(sum(seconds))
    assert whole(arms, 2) == pytest.approx(max(seconds))


def test_the_race_of_home_has_few_labels_and_nothing_to_download(monkeypatch):
    bundled = catalog.Availability("bundled", 0.0, "Weights come with the app.")
    missing = catalog.Availability("download", 9.0, "Weights need a download.")
    monkeypatch.setattr(race, "backbone_availability", lambda name: bundled if name in race.BUNDLED else missing)
    found = race.first()
    assert race.downloads(found) == []
    assert found.backbone == "tiny_resnet_glyphs"
    assert found.per_class <= 10
    assert "from_scratch" in found.arms
    assert len(found.arms) >= 2
    assert race.first(seed=3).split_seed == 3


@pytest.mark.parametrize(
    ("cifar10", "here", "backbone", "dataset"),
    [
        ("local", {"mobilenet_075", *race.BUNDLED}, "mobilenet_075", "cifar10"),
        ("local", set(race.BUNDLED), "tiny_resnet_cifar100", "cifar10"),
        ("download", {"mobilenet_075", *race.BUNDLED}, "tiny_resnet_glyphs", None),
        ("download", {"mobilenet_025"}, "mobilenet_025", None),
        ("download", set(), "mobilenet_025", None),
    ],
)
def test_the_lab_starts_with_the_best_that_is_here(monkeypatch, cifar10, here, backbone, dataset):
    def weights(name):
        kind = "bundled" if name in race.BUNDLED else "local"
        return catalog.Availability(kind if name in here else "none" if name in race.BUNDLED else "download", 1.0, "")

    monkeypatch.setattr(race, "backbone_availability", weights)
    monkeypatch.setattr(race, "dataset_availability", lambda name: catalog.Availability(cifar10, 1.0, ""))
    found = race.start()
    assert found.backbone == backbone
    assert found.dataset == (dataset or ("pictograms" if "pictograms" in catalog.DATASETS else "digits"))


def test_few_photographs_of_ones_own_are_raced_on_at_the_size_of_the_pretraining(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = taken_in(zipped(tmp_path / "x.zip", pictures("ants", "bees"))).dataset
    assert made is not None
    proposed = race.on_pictures(made.id)
    assert (proposed.dataset, proposed.per_class, proposed.test_images) == (made.id, None, None)
    assert {run.data.per_class for run in proposed.specs()} == {None}
    command = parser().parse_args(["race", "--dataset", made.id, "--per-class", "all"])
    assert cli_race.specs(command)[0].image_size == 224
    assert cli_race.specs(parser().parse_args(["race"]))[0].image_size == 96
    assert race.size_on("tiny_resnet_cifar100", made.id) == 32
    monkeypatch.setattr(race, "FEW_PHOTOS", 3)
    assert race.size_on("mobilenet_075", made.id) == race.size_on("mobilenet_075", "digits") == 96
