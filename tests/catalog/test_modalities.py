"""What goes together, and in which words."""

from __future__ import annotations

import pytest

from tl_core import catalog
from tl_core.base.spec import SpecError, run_spec
from tl_core.catalog import BACKBONES, DATASETS, MODALITIES

SENTENCES = {"backbone": "minilm_l6", "data": {"dataset": "sst2"}, "image_size": 32}


def test_every_backbone_has_data_sets_and_every_data_set_backbones() -> None:
    assert {entry.modality for entry in BACKBONES.values()} == {entry.seen_as for entry in DATASETS.values()}
    assert set(MODALITIES) == {entry.modality for entry in DATASETS.values()}


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (SENTENCES | {"backbone": "mobilenet_075"}, r"MobileNet 0\.75 takes images, and SST-2 .* holds sentences\."),
        (SENTENCES | {"data": {"dataset": "digits"}}, r"MiniLM-L6 takes sentences, and .* these backbones: .*ResNet"),
        (SENTENCES | {"image_size": 600}, "sentences of at most 512 tokens; the size was 600. Choose a smaller number"),
        (SENTENCES | {"shift": {"kind": "blur"}}, "Shifts change pixels"),
        (SENTENCES | {"data": {"dataset": "sst2", "per_class": 9000}}, "4434 sentences per class"),
    ],
)
def test_what_does_not_go_together_is_said(settings: dict[str, object], words: str) -> None:
    with pytest.raises(SpecError, match=words):
        catalog.check(run_spec(**settings))


def test_sentences_go_with_their_backbone() -> None:
    catalog.check(run_spec(**SENTENCES))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Solid: validation images.", "Solid: validation sentences."),
        ("Pictures of an image, a Picture", "Sentences of a sentence, a Sentence"),
        ("An image or a picture: imagery stays", "A sentence or a sentence: imagery stays"),
        ("On the same images", "On the same sentences"),
    ],
)
def test_a_text_about_pictures_is_said_of_sentences(text: str, said: str) -> None:
    assert MODALITIES["sentences"].said(text) == said
    assert MODALITIES["pictures"].said(text) == text


def test_a_card_scales_by_the_side_of_pictures_and_by_the_length_of_sentences() -> None:
    pictures, sentences = catalog.card("mobilenet_075"), catalog.card("minilm_l6")
    assert pictures.scale(2 * pictures.image_size) == 4
    assert sentences.scale(2 * sentences.image_size) == 2
    assert pictures.shape_at((3, 3, 768), 224) == (7, 7, 768)
    assert sentences.shape_at((48, 384), 64) == (64, 384)
    assert sentences.shape_at(sentences.stages[-1].output_shape, 64) == (384,)
