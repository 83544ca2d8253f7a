"""A student's own pictures in the Lab: theirs to choose, and nobody else's."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.pages.conftest import STUDENT
from tests.uploading import pictures, taken_in, zipped
from tl_core.processes import removal
from tl_core.uploads.records import Manifest

LAB = "pages/1_Lab.py"


@pytest.fixture
def made(tmp_path: Path) -> Manifest:
    found = taken_in(zipped(tmp_path / "x.zip", pictures("ants", "bees", each=30)), owner=STUDENT, title="Insects")
    assert found.dataset is not None
    return found.dataset


def test_own_pictures_are_raced_on(visit, the_store, made):
    lab = visit(LAB, dataset=made.id, backbone="mobilenet_025", arms="from_scratch", per_class="5")
    assert lab.selectbox(key="race_dataset").value == made.id
    assert lab.selectbox(key="race_dataset").options[0] == "Insects"
    next(button for button in lab.button if button.label == "Start the race").click().run()
    assert not lab.exception
    (experiment,) = the_store.experiments(STUDENT)
    assert "on Insects, 5 labels per class to train on and" in experiment.title
    assert experiment.runs[0].spec.data.dataset == made.id


def test_another_student_sees_nothing_of_them(visit, made):
    lab = visit(LAB, student="quite-another-student", dataset=made.id)
    assert lab.selectbox(key="race_dataset").value != made.id
    assert "Insects" not in lab.selectbox(key="race_dataset").options


def test_an_address_with_deleted_pictures_leaves_the_form_usable(visit, made):
    removal.delete(made.id, STUDENT)
    lab = visit(LAB, dataset=made.id)
    assert lab.selectbox(key="race_dataset").value != made.id
