"""The model card of a run."""

from __future__ import annotations

import pytest

from tests.finished import finished
from tests.pages.measured import ME, RACE, submit, summary, train
from tl_core.base.spec import run_spec
from tl_core.catalog import dataset
from tl_core.results import take_home
from tl_core.store import open_store

RATINGS = {"backbone": "item_factors", "image_size": 8, "data": {"dataset": "movietweetings", "per_class": 5}}


def _plain(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.usefixtures("movietweetings")
def test_the_card_of_ratings_has_their_own_measures_and_what_needs_no_network() -> None:
    (run,) = finished(run_spec(epochs=1, strategy="feature_extraction", **RATINGS))
    card = _plain(take_home.card(run, "A model"))
    found = run.summary.measures
    for name, head in (("rmse", "RMSE"), ("recall_at_10", "Recall at 10")):
        assert f"{head} {found[name]:.3f} ({found[f'{name}_low']:.3f} to {found[f'{name}_high']:.3f})" in card
    assert "| without a network | accuracy | macro F1 | RMSE | Recall at 10 |" in card
    for title, one in run.summary.references.items():
        assert f"| {title} | {one.test_accuracy:.3f} ({one.test_accuracy_low:.3f} to" in card
        assert f"{one.measures['rmse']:.3f} (" in card
    assert "Without a network, " in card
    assert "picture" not in card
    assert "image" not in card.replace("image_size", "").replace("test_images", "")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("pneumonia", [dataset("pneumonia").caution, dataset("pneumonia").intervals, "ROC AUC 0.900 (0.880 to 0.920)"]),
        ("pictogram_pairs", ["micro F1 0.765", "mean average precision 0.812"]),
        ("sst2", ["With 9 sentences"]),
    ],
)
def test_the_card_says_what_was_measured_in_the_words_of_the_data(name: str, words: list[str]) -> None:
    store = open_store()
    made = submit(store, ME, RACE.changed(dataset=name, arms=("from_scratch",)))
    train(store, made, accuracies=(0.5,))
    (run,) = store.experiment(made).runs
    more = {"roc_auc_low": 0.88, "roc_auc_high": 0.92, "micro_f1": 0.765, "mean_average_precision": 0.812}
    measured = summary(0.5).model_copy(update=more | {"notes": ["With 9 pictures, it stops early."]})
    assert store.finish(run.id, 1, "finished", summary=measured)
    card = _plain(take_home.card(store.run(run.id), "A model"))
    assert [word for word in words if word not in card] == []
    store.close()
