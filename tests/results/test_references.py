"""What is reached without a network: measured as an arm is, and told wherever a race is."""

from __future__ import annotations

import json

import numpy as np
import pytest

from tests.finished import finished
from tests.pages.measured import ME, submit, summary
from tl_core.base.events import Answers, Reference
from tl_core.base.spec import run_spec
from tl_core.catalog import DATASETS
from tl_core.cli import race as command
from tl_core.races import race
from tl_core.results import compare, experiments, references
from tl_core.results.paired import paired
from tl_core.store import Run, open_store

BAG = "a bag of words"
RACE = race.proposed("minilm_l6", "sst2").changed(arms=("from_scratch", "fine_tune_all"), epochs=3)


def _bag(accuracy: float) -> Reference:
    right = np.arange(1000) < 1000 * accuracy
    answers = Answers.of(np.arange(1000), np.repeat(np.arange(10), 100), right)
    ends = {"test_accuracy_low": accuracy - 0.03, "test_accuracy_high": accuracy + 0.03}
    return Reference(test_accuracy=accuracy, **ends, macro_f1=accuracy, answers=answers)


def _raced(*seeds: tuple[float, float]) -> list[Run]:
    """From scratch at 0.4 and an arm on sentences, of each seed its accuracy and that of the bag of words."""
    store = open_store()
    experiment = submit(store, ME, RACE.changed(seeds=len(seeds)))
    for run in store.experiment(experiment).runs:
        accuracy, beside = seeds[run.spec.seed]
        found = summary(0.4 if run.strategy == "from_scratch" else accuracy)
        assert store.claim(run.id, "worker", 1)
        told = found.model_copy(update={"references": {BAG: _bag(beside)}})
        assert store.finish(run.id, 1, "finished", summary=told)
    return store.experiment(experiment).runs


def _said(runs: list[Run]) -> str:
    return experiments.beside(runs).replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize(
    ("accuracy", "beside", "words"),
    [
        (0.7, 0.5, "calls 50.0 % of the same test sentences right: fine-tune all is 20.0 points ahead (95 % interval"),
        (0.45, 0.5, "right: fine-tune all is 5.0 points behind (95 % interval −6."),
        (0.5, 0.5, "Without a network, a bag of words calls 50.0 % of the same test sentences right."),
    ],
)
def test_the_best_arm_is_held_against_it(accuracy: float, beside: float, words: str) -> None:
    runs = _raced((accuracy, beside))
    assert words in _said(runs)
    assert _said(runs).endswith("more than luck.") == (accuracy != beside)
    assert compare.beside(runs, runs[0].id) == experiments.beside(runs)
    assert compare.beside(runs, "another run") == ""


def test_a_lead_of_one_sentence_is_luck() -> None:
    assert _said(_raced((0.501, 0.5))).endswith("too close to call.")


def test_over_several_seeds_it_is_the_seed_that_could_say_otherwise() -> None:
    runs = _raced((0.7, 0.52), (0.72, 0.5), (0.74, 0.54))
    assert "calls 52.0 % of the same test sentences right: fine-tune all is 20.0 points ahead" in _said(runs)
    assert "95 % interval over 3 seeds" in _said(runs)
    (row,) = references.table(runs)
    assert (row["title"], row["test_accuracy"]) == (BAG, pytest.approx(0.52))
    assert row["test_accuracy_low"] == pytest.approx(0.52 - 4.303 * 0.02 / 3**0.5, abs=1e-4)
    assert row["macro_f1_low"] == pytest.approx(row["test_accuracy_low"])


def test_races_without_it_say_nothing_of_it() -> None:
    runs = [finished()[0]]
    assert (references.table(runs), experiments.beside(runs)) == ([], "")


@pytest.mark.usefixtures("movietweetings")
def test_means_of_ratings_are_measured_by_all_that_an_arm_is(capsys: pytest.CaptureFixture[str]) -> None:
    shared = {"backbone": "item_means", "image_size": 8, "epochs": 1}
    data = {"dataset": "movietweetings", "per_class": 20}
    runs = finished(*(run_spec(**shared, data=data, strategy=name) for name in ("from_scratch", "feature_extraction")))
    names = list(DATASETS["movietweetings"].holds.references)
    assert [row["title"] for row in references.table(runs)] == names
    told = json.loads(json.dumps(command.report(runs)))
    for name, one in told["runs"][0]["references"].items():
        assert 0 <= one["test_accuracy_low"] < one["test_accuracy"] < one["test_accuracy_high"] <= 1, name
        assert one["macro_f1_low"] < one["macro_f1"] < one["macro_f1_high"]
        assert 1 < one["measures"]["rmse"] < 2.5
    assert told["runs"][0]["references"] == told["runs"][1]["references"]
    assert [(pair["first"], pair["second"]) for pair in told["beside"]] == [
        (run.id, name) for run in runs for name in names
    ]
    last, summary = told["beside"][-1], runs[1].summary
    assert last["difference"] == pytest.approx(summary.test_accuracy - summary.references[names[-1]].test_accuracy)
    assert last["p"] == paired(summary.answers, summary.references[names[-1]].answers).p
    assert len(told["paired"]) == 1
    command._print(runs)
    printed = " ".join(capsys.readouterr().out.split())
    assert printed.count("network │") == len(names)
    assert "95 % intervals, by resampling 50 people: ratings that belong together are right or wrong" in printed
