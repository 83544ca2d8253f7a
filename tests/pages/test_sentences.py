"""The Lab with sentences: it offers what goes together, in the words of sentences."""

from __future__ import annotations

from pages.shared.race import freeze_map
from tests.pages.lab import LAB, address, texts


def _labelled(lab, label: str):
    """By its label: a widget whose value the page sets has another key from then on."""
    return next(box for box in lab.selectbox if box.label == label)


def test_choosing_sentences_brings_their_backbone_and_their_words(visit, the_store):
    lab = visit(LAB, backbone="tiny_resnet_cifar100", dataset="digits")
    lab.selectbox(key="race_dataset").select("sst2").run()
    assert not lab.exception
    backbone, length = _labelled(lab, "Backbone"), _labelled(lab, "Number of tokens")
    assert backbone.value == "minilm_l6"
    assert len(backbone.options) == 1
    assert (length.value, "48 tokens" in length.options) == (48, True)
    assert _labelled(lab, "Sentences per class").value
    assert "Shifted test images" not in {box.label for box in lab.selectbox}
    assert "the sentence enters at the bottom" in texts(lab)
    assert "one long string of cliches ." in texts(lab)
    assert address(lab)["dataset"] == "sst2"
    next(button for button in lab.button if button.label == "Start the race").click().run()
    assert not lab.exception
    started = the_store.experiment(address(lab)["experiment"]).runs
    assert {run.spec.backbone for run in started} == {"minilm_l6"}


def test_going_back_to_pictures_brings_their_backbones(visit):
    lab = visit(LAB, dataset="sst2")
    lab.selectbox(key="race_dataset").select("digits").run()
    assert not lab.exception
    assert len(_labelled(lab, "Backbone").options) > 10
    assert _labelled(lab, "Image size").value >= 32


def test_the_freeze_map_goes_from_the_sentence_through_six_blocks_to_the_mean(visit, monkeypatch):
    drawn = {}
    monkeypatch.setattr(freeze_map, "_PICTURE", lambda key, data, **rest: drawn.update(data))
    visit(LAB, dataset="sst2")
    assert [stage["label"] for stage in drawn["stages"]] == [
        "embeddings",
        *(f"block {number}" for number in range(1, 7)),
        "pooling",
    ]
    assert [stage["shape"] for stage in drawn["stages"][-2:]] == ["48×384", "384"]
    assert drawn["input"] == {"name": "Sentence", "facts": "48 tokens"}
