"""The table of scores that `race` prints."""

from __future__ import annotations

import pytest

from tests.pages.measured import ME, RACE, submit, summary, train
from tl_core.cli import race
from tl_core.store import open_store


@pytest.mark.parametrize(("dataset", "printed"), [("pictogram_pairs", True), ("digits", False)])
def test_with_several_labels_micro_f1_stands_beside_macro_f1(dataset: str, printed: bool, capsys) -> None:
    store = open_store()
    made = submit(store, ME, RACE.changed(dataset=dataset, arms=("from_scratch",)))
    train(store, made, accuracies=(0.5,))
    (run,) = store.experiment(made).runs
    assert store.finish(run.id, 1, "finished", summary=summary(0.5).model_copy(update={"micro_f1": 0.765}))
    race._print(store.experiment(made).runs)
    said = capsys.readouterr().out
    assert "F1 (95 %)" in said
    assert ("micro F1" in said) == ("0.765" in said) == printed
    store.close()
