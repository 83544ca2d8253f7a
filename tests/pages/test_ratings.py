"""The Lab with ratings: in the words of people and films, without what ratings do not have."""

from __future__ import annotations

import pytest

from pages.shared.race import freeze_map
from tests.pages.lab import LAB, address, texts


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
