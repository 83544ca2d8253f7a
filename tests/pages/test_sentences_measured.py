"""A finished race on sentences: its results speak of sentences, and nothing is offered that is not there."""

from __future__ import annotations

import pytest

from tests.pages.lab import LAB, texts
from tests.pages.measured import ME, finish, submit, summary, train
from tl_core.base.events import Reference
from tl_core.races import race
from tl_core.results import take_home

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


def test_predict_shows_wrong_answers_and_takes_everything_home(visit, experiment):
    page = visit("pages/4_Predict.py")
    (home,) = [radio for radio in page.radio if radio.key == "home_form"]
    assert home.options[:2] == ["Keras model", "TensorFlow Lite model"]
    assert [tab.label.split()[-1] for tab in page.tabs] == ["it", "answers", "home"]
    assert "these sentences say the most" in texts(page)


def test_history_shows_it(visit, experiment):
    shown = visit("pages/2_History.py")
    assert not shown.exception
    assert not shown.error


def test_compare_speaks_of_sentences(visit, the_store, experiment):
    runs = the_store.experiment(experiment).runs
    page = visit("pages/7_Compare.py", runs=",".join(run.id for run in runs))
    said = texts(page)
    assert "Solid: validation sentences" in said
    assert "On the test sentences" in said
    assert "image" not in said.partition("<style>")[0]
    shared = next(frame.value for frame in page.dataframe if "Setting" in frame.value)
    assert {"Number of tokens", "Sentences per class", "Test sentences"} <= set(shared["Setting"])
    assert "Training sentences seen" in page.segmented_control(key="compared_axis").options


def test_its_model_card_speaks_of_sentences(the_store, experiment):
    run = the_store.experiment(experiment).runs[0]
    card = take_home.card(run, "A race")
    assert "Sentences are seen at 48 tokens." in card
    assert "| class | precision | recall | F1 | ROC AUC | sentences |" in card
    assert "picture" not in card


def test_what_needs_no_network_stands_among_the_scores_in_history_and_in_compare(visit, the_store):
    found = submit(the_store, ME, RACE)
    train(the_store, found)
    bag = Reference(test_accuracy=0.5, test_accuracy_low=0.47, test_accuracy_high=0.53, macro_f1=0.49)
    for run in the_store.experiment(found).runs:
        told = summary(0.7).model_copy(update={"references": {"a bag of words": bag, "an old one": Reference()}})
        assert the_store.finish(run.id, 1, "finished", summary=told)
    sentence = "Without a network, a bag of words calls 50.0 % of the same test sentences right."
    lab = visit(LAB, experiment=found)
    assert not lab.exception
    assert sentence in texts(lab)
    assert "A bag of words<small>without a network</small></td><td>50.0 %<small>47.0 – 53.0" in texts(lab)
    assert "An old one<small>without a network</small></td><td>not defined</td>" in texts(lab)
    assert "Without a network: a bag of words, tf-idf weights" in texts(lab)
    assert sentence in texts(visit("pages/2_History.py"))
    runs = ",".join(run.id for run in the_store.experiment(found).runs)
    assert sentence in texts(visit("pages/7_Compare.py", runs=runs))
