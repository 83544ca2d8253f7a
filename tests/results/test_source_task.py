"""The words about a backbone's source task."""

import json

import pytest

from tests.pages.measured import summary
from tl_core import catalog
from tl_core.base.events import SourceTask, Summary
from tl_core.results import source_task
from tl_core.results.source_task import Kept


def task(before: float, after: float, half: float = 0.03) -> SourceTask:
    return SourceTask(
        before=before,
        before_low=before - half,
        before_high=before + half,
        after=after,
        after_low=after - half,
        after_high=after + half,
        images=1000,
        data="the first 1,000 of CIFAR-100's test pictures",
    )


def said(*arms: Kept) -> str:
    return source_task.forgetting(arms).replace("\N{NO-BREAK SPACE}", " ")


def test_what_every_arm_cost():
    words = said(
        Kept("Fine-tune all", "fine_tune_all", task(0.545, 0.315)),
        Kept("Feature extraction", "feature_extraction", task(0.545, 0.545)),
    )
    assert words == (
        "Fine-tune all costs 23.0 points on the source task: 31.5 % are still classified correctly. "
        "Feature extraction costs nothing on the source task: its backbone is frozen. "
        "Tested on the first 1,000 of CIFAR-100's test pictures, with the backbone's own head put back; "
        "before the race it classified 54.5 % of them correctly."
    )
    assert said() == ""


def test_a_small_change_is_not_made_a_big_one():
    assert (
        "costs 1.0 points on the source task, but the 95 % intervals overlap: 53.5 % are still classified correctly"
        in said(Kept("Fine-tune all", "fine_tune_all", task(0.545, 0.535)))
    )
    assert "gains 1.0 points" in said(Kept("Fine-tune all", "fine_tune_all", task(0.545, 0.555)))


def test_only_a_frozen_backbone_is_said_to_be_frozen():
    assert "frozen" not in said(Kept("Fine-tune all", "fine_tune_all", task(0.5, 0.5)))


@pytest.mark.parametrize("backbone", list(catalog.BACKBONES))
def test_a_published_score_has_a_source(backbone):
    entry = catalog.BACKBONES[backbone]
    if entry.source_top1 is None:
        assert "as published" not in source_task.beforehand(backbone)
        return
    assert 0 < entry.source_top1 < 1
    assert entry.source_top1_from in source_task.beforehand(backbone)


def test_our_own_backbones_score_comes_from_the_card_beside_their_weights(tmp_path, monkeypatch):
    monkeypatch.setattr(source_task, "weights_path", lambda name: tmp_path / f"{name}.weights.npz")
    assert source_task.beforehand("tiny_resnet_glyphs") == ""
    card = {"test_top1": 0.6731, "test_images": 10000, "data": "generated with seed 1"}
    (tmp_path / "tiny_resnet_glyphs.json").write_text(json.dumps(card))
    assert source_task.beforehand("tiny_resnet_glyphs").replace("\N{NO-BREAK SPACE}", " ") == (
        "On its own source task it classifies 67.3 % of 10,000 test pictures correctly, as measured for the card of "
        "its weights (generated with seed 1)."
    )


def test_what_cannot_be_measured_says_why_and_what_is_known():
    words = source_task.unmeasured("mobilenet_025", ["Fine-tune all", "LP-FT"])
    assert "(fine-tune all, LP-FT) cannot be measured here" in words
    assert "Howard et al. 2017, table 6" in words


def test_a_summary_from_before_this_was_measured_still_loads():
    old = summary(0.5).model_dump(mode="json")
    del old["source_task"]
    assert Summary.model_validate(old).source_task is None
    new = summary(0.5).model_copy(update={"source_task": task(0.5, 0.4)})
    assert Summary.model_validate_json(new.model_dump_json()) == new


@pytest.mark.parametrize(
    ("backbone", "why"),
    [
        ("mobilenet_025", "its test images are not on this machine"),
        ("minilm_l6", "its test sentences are not on this machine"),
        ("item_factors", "every rating of its source was used to learn it, and none was kept for a test"),
        ("film_titles", "none was kept for a test"),
    ],
)
def test_the_reason_is_that_of_the_backbone_whatever_it_was_trained_on(backbone, why):
    assert f"{why}." in source_task.unmeasured(backbone, ["LP-FT"])
