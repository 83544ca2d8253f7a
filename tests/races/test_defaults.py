from pathlib import Path

import pytest

from tests.uploading import pictures, taken_in, zipped
from tl_core import catalog
from tl_core.__main__ import parser
from tl_core.catalog import BACKBONES
from tl_core.cli import race as cli_race
from tl_core.races import defaults, race

USUAL = race.proposed("mobilenet_075", "digits")


@pytest.fixture
def own_sets(tmp_path: Path) -> dict[str, str]:
    """Uploaded data sets, one of few and one that counts as of many pictures."""
    made = taken_in(zipped(tmp_path / "x.zip", pictures("ants", "bees"))).dataset
    assert made is not None
    return {"own": made.id}


@pytest.mark.parametrize("backbone", BACKBONES)
@pytest.mark.parametrize("few", [1000, 3])
def test_the_command_line_starts_with_what_the_lab_starts_with(backbone, few, own_sets, monkeypatch):
    monkeypatch.setattr(defaults, "FEW_PHOTOS", few)
    for name in (name for name in (*catalog.DATASETS, *own_sets.values()) if catalog.together(backbone, name)):
        chosen = race.fitted(race.proposed().moved(dataset=name))
        chosen = race.fitted(chosen.moved(backbone=backbone))
        command = parser().parse_args(["race", "--backbone", backbone, "--dataset", name])
        assert cli_race.raced(command) == chosen == race.proposed(backbone, name)
        assert cli_race.specs(command) == chosen.specs()
        for spec in chosen.specs()[:1]:
            catalog.check(spec)


def test_the_command_line_without_options_is_the_lab_as_it_opens():
    assert cli_race.raced(parser().parse_args(["race"])) == race.proposed()


def test_what_a_student_chose_stays_when_the_backbone_changes():
    chosen = race.proposed("mobilenet_075", "cifar10").changed(image_size=64, per_class=20)
    moved = chosen.moved(backbone="mobilenet_025")
    assert (moved.shared.image_size, moved.shared.data.per_class) == (64, 20)


def test_run_again_changes_one_thing():
    ran = USUAL.changed(optimizer="adamw", weight_decay=0.01, arms=("fine_tune_all",)).specs()
    again = race.of_specs(ran).changed(seed=1).specs()
    assert [spec.model_copy(update={"seed": 0}) for spec in again] == ran


@pytest.mark.parametrize(("backbone", "size"), [("tiny_resnet_syllables", 32), ("mobilenet_075", 96)])
def test_sounds_begin_with_the_backbone_of_sounds_at_the_size_that_it_learned_on(backbone: str, size: int) -> None:
    assert defaults.backbone_for("spoken_digits") == "tiny_resnet_syllables"
    assert defaults.image_size(backbone, "spoken_digits_speakers") == size


@pytest.mark.parametrize("name", [*catalog.DATASETS, "own"])
def test_an_address_that_names_a_data_set_alone_is_the_command_line_with_it(name, own_sets):
    name = own_sets.get(name, name)
    if catalog.dataset_availability(name).kind == "download":
        pytest.skip(f"{name} is not on this machine")
    opened = race.from_query({"dataset": name}, race.proposed())
    assert opened == cli_race.raced(parser().parse_args(["race", "--dataset", name]))


@pytest.mark.parametrize("backbone", BACKBONES)
def test_an_address_that_names_a_backbone_alone_has_the_data_of_the_command_line(backbone):
    opened = race.from_query({"backbone": backbone}, race.proposed())
    assert opened == cli_race.raced(parser().parse_args(["race", "--backbone", backbone]))
