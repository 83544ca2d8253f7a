"""What a race shows of its probabilities: calibration before and after, ROC curves, what is not defined."""

from __future__ import annotations

from tests.pages.lab import LAB, ME, charts, texts
from tests.pages.measured import RACE, submit, summary, train
from tl_core.base.events import Reliability, Roc

BEFORE = Reliability(counts=[0, 10, 90], confidence=[None, 0.5, 0.95], accuracy=[None, 0.4, 0.8])
AFTER = Reliability(counts=[0, 30, 70], confidence=[None, 0.5, 0.85], accuracy=[None, 0.45, 0.84])
RATES = [[0.3, 0.8, 1.0]] * 9
MEASURED = {
    "reliability": BEFORE,
    "scaled_reliability": AFTER,
    "ece": 0.145,
    "scaled_ece": 0.022,
    "scaled_loss": 0.71,
    "temperature": 1.62,
    "micro_f1": 0.7,
    "mean_average_precision": 0.8,
}


def _finished(the_store, race, **changes):
    experiment = submit(the_store, ME, race)
    train(the_store, experiment, 3)
    for run in the_store.experiment(experiment).runs:
        the_store.finish(run.id, 1, "finished", summary=summary(0.7).model_copy(update=MEASURED | changes))
    return experiment


def test_calibration_is_shown_before_and_after(visit, the_store):
    experiment = _finished(the_store, RACE, roc=Roc(fpr=[0.0, 0.5, 1.0], tpr=[*RATES, RATES[0]]))
    lab = visit(LAB, experiment=experiment)
    assert "as trained: 14.5 %" in texts(lab)
    assert "divided by 1.62" in texts(lab)
    assert "2.2 %, and a loss of 0.710 in place of 1.000" in texts(lab)
    assert [trace["name"] for trace in charts(lab)[-2]["data"][1:]] == ["As trained", "Scaled"]
    assert [trace["name"] for trace in charts(lab)[-1]["data"][1:]] == ["From scratch: 0.900", "Fine-tune all: 0.900"]
    assert texts(lab).count("<td>14.5 %</td>") == 2
    assert "mAP" not in texts(lab)


def test_what_is_not_defined_is_said(visit, the_store):
    scores = summary(0.7).per_class
    scores[9] = scores[9].model_copy(update={"recall": None, "f1": None, "support": 0})
    changes = {
        "roc": Roc(fpr=[0.0, 0.5, 1.0], tpr=[*RATES, None]),
        "roc_auc": None,
        "per_class": scores,
        "confusion": None,
        "temperature": None,
        "scaled_reliability": None,
        "mean_average_precision": None,
    }
    pairs = RACE.changed(dataset="pictogram_pairs", image_size=64, test_images=100)
    lab = visit(LAB, experiment=_finished(the_store, pairs, **changes))
    assert "A temperature is not defined here" in texts(lab)
    assert "Not defined: with several labels a picture" in texts(lab)
    assert "Not defined: a class has no test image" in str(charts(lab)[-1]["layout"]["annotations"])
    assert ">mAP</th>" in texts(lab)
    assert "<td>not defined</td>" in texts(lab)
    assert lab.dataframe[0].value["Recall"].isna().tolist() == [False] * 9 + [True]
    lab.selectbox(key="roc_class").set_value(9).run()
    assert not lab.exception
