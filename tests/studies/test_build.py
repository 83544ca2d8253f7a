"""The built-in studies: every grid can be run, is fair, and survives its address."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.sounding import recorded
from tests.uploading import pictures, taken_in, zipped
from tl_core import catalog
from tl_core.__main__ import parser
from tl_core.base.spec import SpecError
from tl_core.catalog import DATASETS
from tl_core.catalog.strategies import phases
from tl_core.cli.study import setup_of
from tl_core.races.defaults import usual_size
from tl_core.studies import build
from tl_core.studies.builtin import BASE_STEPS, BUILT_IN, ONE_RATE, STEPS, VALIDATION
from tl_core.studies.setup import Setup, changed, from_query, to_query


@pytest.mark.parametrize("study", BUILT_IN)
@pytest.mark.parametrize("dataset", ["pictograms", "digits"])
def test_what_is_proposed_can_be_run_with_enough_steps(study: str, dataset: str) -> None:
    specs = build.build(Setup(study=study, dataset=dataset)).specs()
    assert 2 <= len(specs) <= 40
    for spec in specs:
        catalog.check(spec)
        images = spec.data.per_class * len(DATASETS[spec.data.dataset].classes)
        assert -(-images // spec.batch_size) * spec.epochs >= STEPS
        assert spec.data.per_class + VALIDATION <= DATASETS[spec.data.dataset].pool


@pytest.mark.parametrize("study", BUILT_IN)
def test_arms_of_one_column_differ_in_nothing_but_the_arm(study: str) -> None:
    entry = BUILT_IN[study]
    columns: dict = {}
    for point in build.build(Setup(study=study, dataset="digits")).points():
        column = columns.setdefault((point.settings[entry.axis], point.spec.seed), [])
        column.append((point.spec.data, point.spec.batch_size, point.spec.image_size))
    assert all(len(set(column)) == 1 for column in columns.values())


class TestFreezeDepth:
    def _points(self) -> dict:
        study = build.build(Setup(study="freeze_depth", seeds=1))
        return {(p.settings["form"], p.settings["cut"]): p.spec for p in study.points()}

    def test_the_four_forms_are_those_of_the_paper(self) -> None:
        points = self._points()
        assert points["AnB", 2].plan.stages == {
            "stem": "frozen",
            "stage1": "frozen",
            "stage2": "reinitialised",
            "stage3": "reinitialised",
        }
        assert points["AnB+", 2].plan.stages["stage1"] == points["BnB+", 2].plan.stages["stage1"] == "fine_tuned"
        assert points["AnB", 2].plan.source == "backbone"
        assert points["BnB", 2].plan.source == "target"

    def test_cut_zero_is_one_network_for_all_forms(self) -> None:
        points = self._points()
        assert len({points[form, 0].model_dump_json() for form in ("AnB", "AnB+", "BnB", "BnB+")}) == 1
        assert points["AnB", 0].strategy == "from_scratch"

    def test_a_handful_of_pictures_asks_for_no_more_epochs_than_a_run_may_have(self, tmp_path: Path) -> None:
        made = taken_in(zipped(tmp_path / "few.zip", pictures("cat", "dog", each=10))).dataset
        for point in build.build(Setup(study="freeze_depth", dataset=made.id, seeds=1)).points():
            catalog.check(point.spec)

    def test_everything_that_trains_does_so_at_one_rate_and_long_enough_for_the_base_to_learn(self) -> None:
        stages = catalog.card("tiny_resnet_glyphs").stage_names
        for spec in self._points().values():
            for phase in phases(spec, stages):
                assert {phase.learning_rate, phase.head_rate or ONE_RATE} == {ONE_RATE}
                assert not phase.solved
                assert spec.data.per_class == 200
                assert phase.epochs * -(-2000 // spec.batch_size) >= BASE_STEPS

    def test_after_the_cut_every_form_trains_equally_long(self) -> None:
        stages = catalog.card("tiny_resnet_glyphs").stage_names
        for (form, cut), spec in self._points().items():
            base, *rest = phases(spec, stages)
            last = rest[-1] if rest else base
            assert last.epochs == phases(self._points()["AnB", 0], stages)[0].epochs
            assert bool(rest) == (form.startswith("BnB") and cut > 0)


def test_what_does_not_exist_is_one_sentence() -> None:
    for setup, words in (
        (Setup(study="magic"), "no study called 'magic'"),
        (Setup(dataset="ships"), "no data set called 'ships'"),
        (Setup(backbone="alexnet"), "no backbone called 'alexnet'"),
        (Setup(grid=("7",)), "Labels per class cannot be '7'"),
        (Setup(series=("custom",)), "Strategies cannot be 'custom'"),
    ):
        with pytest.raises(SpecError, match=words):
            build.build(setup)
    with pytest.raises(SpecError, match="seeds must be at least 1"):
        changed(Setup(), seeds=0)


@given(
    st.builds(
        Setup,
        study=st.sampled_from(list(BUILT_IN)),
        dataset=st.sampled_from(["digits", "pictograms"]),
        seeds=st.integers(1, 20),
        per_class=st.integers(1, 500),
        epochs=st.integers(1, 500),
        grid=st.lists(st.sampled_from(["2", "5", "20"]), unique=True).map(tuple),
    )
)
def test_an_address_opens_the_same_study(setup: Setup) -> None:
    assert from_query(to_query(setup)) == setup
    fitted = build.fitted(setup, DATASETS)
    build.build(fitted)
    assert build.fitted(fitted, DATASETS) == fitted


# Addresses as earlier versions wrote them.
@pytest.mark.parametrize(
    ("address", "opened"),
    [
        ("study=labels", {}),
        (
            "study=freeze_depth&dataset=cifar10&backbone=tiny_resnet_cifar100",
            {"study": "freeze_depth", "dataset": "cifar10", "backbone": "tiny_resnet_cifar100"},
        ),
        (
            "study=labels&grid=5,20&series=from_scratch&seeds=3&per_class=20&epochs=8&image_size=48&test_images=200",
            {
                "grid": ("5", "20"),
                "series": ("from_scratch",),
                "seeds": 3,
                "per_class": 20,
                "epochs": 8,
                "image_size": 48,
                "test_images": 200,
            },
        ),
        ("study=labels&seeds=none&unheard_of=1", {}),
    ],
)
def test_an_address_of_before_opens_the_same_study(address, opened):
    assert from_query(dict(parse_qsl(address))) == Setup(**opened)


def test_the_command_line_takes_the_size_that_the_page_takes_for_a_backbone():
    for backbone in catalog.BACKBONES:
        command = parser().parse_args(["study", "labels", "--backbone", backbone])
        assert setup_of(command) == build.moved(Setup(study="labels"), backbone=backbone)
        assert setup_of(command).image_size == usual_size(backbone)


@pytest.fixture
def own_sounds(tmp_path: Path) -> str:
    made = taken_in(zipped(tmp_path / "words.zip", recorded("yes", "no", each=26))).dataset
    assert made is not None
    return made.id


def test_a_study_of_what_networks_see_as_pictures_is_one_of_pictures(own_sounds: str) -> None:
    for name in ("spoken_digits", "spoken_digits_speakers", own_sounds):
        for study in BUILT_IN:
            command = setup_of(parser().parse_args(["study", study, "--dataset", name]))
            assert build.fitted(Setup(study=study, dataset=name), [*DATASETS, own_sounds]).dataset == name
            for spec in build.build(command).specs():
                catalog.check(spec)


@pytest.mark.parametrize(
    ("study", "words"),
    [
        ("labels", "more and more labelled recordings per class"),
        ("shifts", "Every strategy trains on the recordings"),
        ("image_size", "Every picture is resized"),  # that of a recording
        ("sources", "on the same images"),  # of targets that hold pictures and sounds
    ],
)
def test_a_study_of_sounds_has_the_words_of_what_it_is_about(study: str, words: str) -> None:
    assert words in build.worded(Setup(study=study, dataset="spoken_digits")).method
