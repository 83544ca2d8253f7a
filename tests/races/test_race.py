from pathlib import Path
from typing import get_args
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as some
from pydantic import BaseModel

from tests.uploading import pictures, taken_in, zipped
from tl_core import catalog
from tl_core.__main__ import parser
from tl_core.base.spec import LayerPlan, SpecError
from tl_core.catalog import BACKBONES, STRATEGIES, card
from tl_core.cli import race as cli_race
from tl_core.races import defaults, downloads, fields, plans, race
from tl_core.races.preview import preview, whole
from tl_core.races.race import Race
from tl_core.races.shared import SharedSpec

USUAL = race.proposed("mobilenet_075", "digits")


def _settings(name: str) -> some.SearchStrategy:
    """Any valid value of a setting, by the type and range that the spec gives it."""
    if words := fields.choices(name):
        return some.sampled_from(words)
    special = {
        "backbone": some.sampled_from(list(BACKBONES)),
        "dataset": some.sampled_from(list(catalog.DATASETS)),
        "classes": some.lists(some.sampled_from("0123456789"), unique=True).map(tuple),
        "per_class": some.none() | some.integers(1, 6000),
        "test_images": some.none() | some.integers(1, 20000),
    }
    if name in special:
        return special[name]
    return _in_range(fields.info(name))


def _in_range(field) -> some.SearchStrategy:
    low = max([getattr(rule, "ge", getattr(rule, "gt", None)) or 0 for rule in field.metadata] or [0])
    high = min([getattr(rule, "le", getattr(rule, "lt", None)) or 10_000 for rule in field.metadata] or [10_000])
    whole = int in (field.annotation, *get_args(field.annotation))
    least, most = low or (1 if whole else 1e-6), high * (1 if whole else 0.99)
    values = some.integers(int(least), int(most)) if whole else some.floats(least, most)
    return some.none() | values if type(None) in get_args(field.annotation) else values


ARMS = some.sets(some.sampled_from(list(STRATEGIES)), min_size=1).map(tuple)
RACES = (
    some.fixed_dictionaries({name: _settings(name) for name in fields.PATHS} | {"arms": ARMS})
    .map(lambda settings: race.fitted(race.race_of(**settings)))
    .filter(lambda found: found.arms)
)


@some.composite
def with_plans(draw: some.DrawFn) -> Race:
    """A race whose plan is any for its network."""
    found = draw(RACES)
    network = card(found.backbone)
    states = some.sampled_from(plans.STATES)
    plan = LayerPlan(
        stages={name: draw(states) for name in network.stage_names},
        source=draw(some.sampled_from(["backbone", "target"])),
    )
    layers = [layer.name for stage in network.stages for layer in stage.layers]
    exceptions = draw(some.dictionaries(some.sampled_from(layers), states, max_size=3))
    plan = plans.with_layers(plan, network, exceptions)
    return race.fitted(found.changed(plan=plan, arms=(*found.arms, "custom")))


@given(RACES | with_plans())
def test_a_race_survives_its_address(found):
    assert race.from_query(race.to_query(found, USUAL), USUAL) == found


@given(RACES | with_plans())
def test_a_race_survives_the_command_line(found):
    assert cli_race.raced(parser().parse_args(["race", *cli_race.options(found)])) == found


@given(RACES | with_plans())
def test_specs_come_back_from_their_race_unchanged(found):
    specs = found.specs()
    assert race.of_specs(specs) == found
    assert race.of_specs(specs).specs() == specs


@given(RACES)
def test_what_the_form_offers_holds_what_is_set(found):
    assert found.shared.image_size in race.image_sizes(found)
    assert found.shared.data.per_class in race.per_class_choices(found)
    assert found.shared.data.test_images in race.test_choices(found)
    assert found.shared.batch_size in race.batch_sizes(found)
    assert race.fitted(found) == found


@given(some.dictionaries(some.sampled_from(list(race.NAMES)), some.text(max_size=8)))
def test_any_address_opens_some_race(query):
    race.from_query(query, USUAL).changed(arms=race.ARMS).specs()


def test_every_field_of_a_spec_is_a_setting_or_of_an_arm():
    def places(model: type[BaseModel], before: str = "") -> set[str]:
        found: set[str] = set()
        for name, field in model.model_fields.items():
            inner = field.annotation if isinstance(field.annotation, type) else None
            nested = inner is not None and issubclass(inner, BaseModel)
            found |= places(inner, f"{before}{name}.") if nested else {before + name}
        return found

    assert places(SharedSpec) == set(fields.PATHS.values()) | set(race.OF_AN_ARM)


# Addresses as earlier versions wrote them, on a machine with CIFAR-10 and MobileNet, and what they opened.
OLD_USUAL = {"backbone": "mobilenet_075", "dataset": "cifar10", "image_size": 96, "per_class": 50, "test_images": 1000}
OLD_ADDRESSES = [
    ("", {}),
    ("backbone=tiny_resnet_cifar100", {"backbone": "tiny_resnet_cifar100", "image_size": 32}),
    (
        "backbone=tiny_resnet_glyphs&dataset=pictograms&image_size=48&test_images=all",
        {"backbone": "tiny_resnet_glyphs", "dataset": "pictograms", "image_size": 48, "test_images": None},
    ),
    ("dataset=digits", {"dataset": "digits", "test_images": None}),
    (
        "dataset=digits&classes=0,1,2&per_class=5&test_images=100&split_seed=3&seed=3",
        {
            "dataset": "digits",
            "classes": ("0", "1", "2"),
            "per_class": 5,
            "test_images": 100,
            "split_seed": 3,
            "seed": 3,
        },
    ),
    (
        "per_class=all&imbalance=10.0&validation_share=0.3",
        {"per_class": None, "imbalance": 10.0, "validation_share": 0.3},
    ),
    (
        "arms=from_scratch,fine_tune_top,lp_ft&optimizer=sgd&learning_rate=0.05&schedule=constant&batch_size=16",
        {
            "arms": ("from_scratch", "fine_tune_top", "lp_ft"),
            "optimizer": "sgd",
            "learning_rate": 0.05,
            "schedule": "constant",
            "batch_size": 16,
        },
    ),
    (
        "head=pool_hidden&dropout=0.5&head_start=zeros&augmentation=strong&patience=3&epochs=40&seconds=20.0",
        {
            "head": "pool_hidden",
            "dropout": 0.5,
            "head_start": "zeros",
            "augmentation": "strong",
            "patience": 3,
            "epochs": 40,
            "seconds": 20.0,
        },
    ),
    (
        "arms=custom&plan=ffffft",
        {"arms": ("custom",), "plan": plans.preset("top_stage", card("mobilenet_075").stage_names)},
    ),
    ("per_class=nonsense&epochs=-3&backbone=unheard_of&wd=1", {}),
]


@pytest.mark.parametrize(("address", "opened"), OLD_ADDRESSES)
def test_an_address_of_before_opens_the_same_race(address, opened):
    usual = race.race_of(**OLD_USUAL)
    assert race.from_query(dict(parse_qsl(address)), usual) == usual.changed(**opened)


def test_the_usual_race_has_an_empty_address():
    assert race.to_query(USUAL, USUAL) == {}


def test_a_plan_is_part_of_the_address():
    plan = plans.preset("top_stage", card("mobilenet_075").stage_names)
    mine = race.fitted(USUAL.changed(plan=plan, arms=("custom",)))
    assert race.to_query(mine, USUAL) == {"plan": "ffffft", "arms": "custom"}
    assert mine.specs()[0].plan == plan


def test_a_plan_for_another_network_is_dropped_with_its_arm():
    plan = plans.preset("all_frozen", card("tiny_resnet_cifar100").stage_names)
    fitted = race.fitted(USUAL.changed(plan=plan, arms=("from_scratch", "custom")))
    assert (fitted.plan, fitted.arms) == (None, ("from_scratch",))


def test_the_first_race_needs_no_download():
    first = race.proposed()
    assert downloads.sentences(first.changed(arms=("from_scratch",))) == []
    for spec in first.specs()[:1]:
        catalog.check(spec)


def test_a_bad_setting_is_one_sentence():
    with pytest.raises(SpecError, match="Learning rate must be greater than 0"):
        USUAL.changed(learning_rate=0.0).specs()


def test_the_preview_says_which_arm_cannot_run():
    arms = preview(USUAL.changed(classes=("3",)))
    assert all("at least two classes" in arm.problem for arm in arms)
    assert whole(arms, 2) is None


def test_the_preview_adds_up_the_time_over_workers():
    arms = preview(USUAL, gflops=40.0)
    low, high = ([getattr(arm.estimate, end) for arm in arms] for end in ("low", "high"))
    assert whole(arms, 1) == pytest.approx((sum(low), sum(high)))
    assert whole(arms, 2) == pytest.approx((max(low), max(high)))


def test_the_race_of_home_has_few_labels_and_nothing_to_download(monkeypatch):
    bundled = catalog.Availability("bundled", 0.0, "Weights come with the app.")
    missing = catalog.Availability("download", 9.0, "Weights need a download.")
    for module in (downloads, defaults):
        monkeypatch.setattr(
            module, "backbone_availability", lambda name: bundled if name in defaults.BUNDLED else missing
        )
    found = race.first()
    assert downloads.sentences(found) == []
    assert found.backbone == "tiny_resnet_glyphs"
    assert found.shared.data.per_class <= 10
    assert "from_scratch" in found.arms
    assert len(found.arms) >= 2
    assert race.first(seed=3).shared.data.seed == 3


@pytest.mark.parametrize(
    ("cifar10", "here", "backbone", "dataset"),
    [
        ("local", {"mobilenet_075", *defaults.BUNDLED}, "mobilenet_075", "cifar10"),
        ("local", set(defaults.BUNDLED), "tiny_resnet_cifar100", "cifar10"),
        ("download", {"mobilenet_075", *defaults.BUNDLED}, "tiny_resnet_glyphs", None),
        ("download", {"mobilenet_025"}, "mobilenet_025", None),
        ("download", set(), "mobilenet_025", None),
    ],
)
def test_the_lab_starts_with_the_best_that_is_here(monkeypatch, cifar10, here, backbone, dataset):
    def weights(name):
        there, away = ("bundled", "none") if name in defaults.BUNDLED else ("local", "download")
        return catalog.Availability(there if name in here else away, 1.0, "")

    monkeypatch.setattr(defaults, "backbone_availability", weights)
    monkeypatch.setattr(defaults, "dataset_availability", lambda name: catalog.Availability(cifar10, 1.0, ""))
    found = race.proposed()
    assert found.backbone == backbone
    assert found.dataset == (dataset or ("pictograms" if "pictograms" in catalog.DATASETS else "digits"))


def test_few_photographs_of_ones_own_are_raced_on_at_the_size_of_the_pretraining(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = taken_in(zipped(tmp_path / "x.zip", pictures("ants", "bees"))).dataset
    assert made is not None
    proposed = race.proposed(dataset=made.id)
    data = proposed.shared.data
    assert (data.dataset, data.per_class, data.test_images) == (made.id, None, None)
    assert defaults.image_size("mobilenet_075", made.id) == 224
    assert defaults.image_size("tiny_resnet_cifar100", made.id) == 32
    monkeypatch.setattr(defaults, "FEW_PHOTOS", 3)
    assert defaults.image_size("mobilenet_075", made.id) == defaults.image_size("mobilenet_075", "digits") == 96
