"""A finished race on sentences: its results speak of sentences, and nothing is offered that is not there."""

from __future__ import annotations

import pytest

from tests.pages.lab import LAB, texts
from tests.pages.measured import ME, finish, submit, train
from tl_core.races import race

RACE = race.proposed("minilm_l6", "sst2").changed(arms=("from_scratch", "fine_tune_all"), epochs=3)


@pytest.fixture
def experiment(the_store) -> str:
    found = submit(the_store, ME, RACE)
    train(the_store, found)
    finish(the_store, found)
    return found


def test_its_results_are_about_sentences(visit, experiment):
    lab = visit(LAB, experiment=experiment)
    said = texts(lab)
    assert "On the test sentences" in said
    assert "of 1,000 test sentences" in said
    assert "48 tokens" in said
    assert "test image" not in said
    assert not [link for link in lab.get("page_link") if "Try it" in link.proto.label]


def test_predict_has_no_model_of_it_to_offer(visit, experiment):
    assert "A model has to be trained" in texts(visit("pages/4_Predict.py"))


@pytest.mark.parametrize("page", ["pages/2_History.py", "pages/7_Compare.py"])
def test_history_and_compare_show_it(visit, experiment, page):
    shown = visit(page)
    assert not shown.exception
    assert not shown.error
