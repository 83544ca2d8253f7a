"""What the article says, and what is true: no line without a source and a place to try it."""

from __future__ import annotations

import re

import pytest

from tl_core.learn import chapters
from tl_core.learn.chapters import LINK
from tl_core.learn.references import REFERENCES

_, *SECTIONS = re.split(r"^> \*\*", chapters.text("claims"), flags=re.MULTILINE)
CLAIMS = {said: answer for said, _, answer in (section.partition("**\n") for section in SECTIONS)}
SUBJECTS = (  # what such an article is made of
    "pretrained",
    "freez",
    "loss",
    "learning rate",
    "overfit",
    "similar",
    "VGG16",
    "include_top",
    "BERT",
    "accuracy",
    "several labels",
    "medical",
    "Recommenders",
    "Cross-modal",
    "Domain adaptation",
    "automatically",
    "LeCun",
)


@pytest.mark.parametrize("said", CLAIMS)
def test_a_line_has_an_answer_a_source_and_a_place_to_try_it(said: str) -> None:
    assert said.startswith("“")
    assert said.endswith("”")
    prose = LINK.sub("", CLAIMS[said])
    sources = chapters.citations(prose) + re.findall(r"\]\((https://keras\.io/[^)]+)\)", prose)
    assert sources
    assert LINK.search(CLAIMS[said])


@pytest.mark.parametrize("subject", SUBJECTS)
def test_every_subject_of_the_article_has_its_line(subject: str) -> None:
    assert any(subject.lower() in said.lower() for said in CLAIMS)


def test_the_loss_has_both_sums_and_the_names_are_right() -> None:
    text = chapters.text("claims")
    assert r"\sum_{i=1}^{N} \sum_{k=1}^{K} y_{ik} \log" in text
    assert f"by {REFERENCES['yosinski2014'].by} ([@yosinski2014])" in text
    assert REFERENCES["hinton2012"].title in text
    assert "no paper by LeCun that is called *Transfer Learning*" in text
