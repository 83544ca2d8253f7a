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
    assert [button for button in lab.button if button.label == "Try it on sentences"]


def test_predict_takes_home_what_there_is_of_a_network_for_sentences(visit, experiment):
    page = visit("pages/4_Predict.py")
    (home,) = [radio for radio in page.radio if radio.key == "home_form"]
    assert home.options == ["History as CSV", "Model card"]
    assert [tab.label.split()[-1] for tab in page.tabs] == ["it", "home"]


@pytest.mark.parametrize("page", ["pages/2_History.py", "pages/7_Compare.py"])
def test_history_and_compare_show_it(visit, experiment, page):
    shown = visit(page)
    assert not shown.exception
    assert not shown.error
