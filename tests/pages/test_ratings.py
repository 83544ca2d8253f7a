"""The Lab with ratings: in the words of people and films, without what ratings do not have."""

from __future__ import annotations

import re

import pytest

from pages.shared.race import freeze_map
from tests.finished import finished
from tests.pages.conftest import STUDENT
from tests.pages.lab import LAB, address, texts
from tests.pages.measured import submit, summary, train
from tl_core.base.spec import run_spec
from tl_core.catalog import MODALITIES
from tl_core.races.race import proposed


def test_ratings_are_counted_per_person_and_offer_only_what_they_have(visit, the_store):
    lab = visit(LAB, dataset="digits", imbalance="5", augmentation="light")
    lab.selectbox(key="race_dataset").select("movietweetings").run()
    assert not lab.exception
    boxes = {box.label: box for box in lab.selectbox}
    assert boxes["Backbone"].value == "item_means"
    assert len(boxes["Backbone"].options) == 3
    assert boxes["Ratings per person"].value == 20
    assert not {"Size", "Image size", "Augmentation", "Shifted test images"} & set(boxes)
    assert "Imbalance" not in {box.label for box in lab.number_input}
    assert "Classes" not in {box.label for box in lab.multiselect}
    assert "Grown Ups (2010), Comedy" in texts(lab)
    next(button for button in lab.button if button.label == "Start the race").click().run()
    assert not lab.exception
    started = the_store.experiment(address(lab)["experiment"]).runs
    assert {(run.spec.backbone, run.spec.data.imbalance, run.spec.augmentation) for run in started} == {
        ("item_means", 1.0, "none")
    }
    assert "20 labels per person to train on and 5 to validate" in texts(lab)


@pytest.mark.parametrize(("backbone", "stages"), [("item_means", ["means"]), ("item_factors", ["means", "factors"])])
def test_the_freeze_map_goes_from_a_rating_through_what_is_known_of_films(visit, monkeypatch, backbone, stages):
    drawn = {}
    monkeypatch.setattr(freeze_map, "_PICTURE", lambda key, data, **rest: drawn.update(data))
    lab = visit(LAB, dataset="movietweetings", backbone=backbone)
    assert not lab.exception
    assert [stage["label"] for stage in drawn["stages"]] == stages
    assert drawn["input"] == {"name": "Rating", "facts": "one film and one person"}


@pytest.mark.parametrize(("dataset", "before"), [("movietweetings", ""), ("pneumonia", "62.5 %")])
def test_a_page_knows_one_level_of_guessing(visit, the_store, dataset, before):
    """That of the largest class of the test, in the chart and in the headline."""
    race = proposed(dataset=dataset).changed(arms=("from_scratch",))
    made = submit(the_store, STUDENT, race)
    train(the_store, made, accuracies=(0.2,))
    guessed = re.compile(r"Dashed: guessing, ([0-9.]+ %)")
    assert guessed.findall(texts(visit(LAB, experiment=made))) == [before][: bool(before)]
    measured = summary(0.2)
    shares = [375, 625] if before else [268, 172, *[70] * 8]
    per_class = [one.model_copy(update={"support": n}) for one, n in zip(measured.per_class, shares, strict=False)]
    (run,) = the_store.experiment(made).runs
    measured = measured.model_copy(update={"per_class": per_class})
    assert the_store.finish(run.id, 1, "finished", summary=measured)
    said = texts(visit(LAB, experiment=made))
    assert guessed.findall(said) == re.findall(r"does not rise above chance, ([0-9.]+ %)", said) == [before or "26.8 %"]


@pytest.mark.usefixtures("movietweetings", "the_store")
def test_a_model_of_ratings_answers_what_is_written(visit):
    data = {"dataset": "movietweetings", "per_class": 5}
    (run,) = finished(run_spec(backbone="item_factors", image_size=8, epochs=1, data=data), owner=STUDENT)
    page = visit("pages/4_Predict.py")
    page.segmented_control(key="predict_source").set_value("typed").run()
    (box,) = page.text_area
    assert (box.label, box.placeholder) == ("Up to 20 ratings, one a line", MODALITIES["ratings"].like)
    page.button(key="predict_lines").click().run()
    assert page.info[0].value == "Write a rating first."
    page.text_area[0].set_value(f"{box.placeholder}\nnonsense").run()
    page.button(key="predict_lines").click().run()
    key = f"prediction_{run.experiment_id}"
    assert page.session_state[key].done.wait(120)
    assert not page.session_state[key].problem
    page.run()
    assert not page.exception
    assert "names no film" in page.warning[0].value
    assert "Line 1" in texts(page)
