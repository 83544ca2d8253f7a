"""What others published stands beside what was measured, where it was published."""

from __future__ import annotations

import pytest

from tests.pages.lab import LAB, texts
from tests.pages.measured import ME, RACE, finish, submit, train


@pytest.mark.parametrize(
    ("dataset", "words"),
    [
        ("pneumonia", "without patient numbers: intervals take each for a child"),
        ("digits", "13 people wrote these digits"),
    ],
)
def test_what_an_interval_takes_for_granted_stands_where_it_is_read(visit, the_store, dataset, words):
    found = submit(the_store, ME, RACE.changed(dataset=dataset, per_class=20))
    train(the_store, found)
    finish(the_store, found)
    assert words in texts(visit(LAB, experiment=found))


@pytest.mark.parametrize(("dataset", "there"), [("pneumonia", True), ("digits", False)])
def test_published_figures_stand_beside_the_results_on_their_data_set(visit, the_store, dataset, there):
    found = submit(the_store, ME, RACE.changed(dataset=dataset, per_class=20))
    train(the_store, found)
    finish(the_store, found)
    lab = visit(LAB, experiment=found)
    assert [expander.label for expander in lab.expander].count("Published figures, to compare with") == there
    assert ("Yang et al. 2023, MedMNIST v2, table 3" in texts(lab)) == there
    assert bool(lab.table) == there
    if there:
        table = lab.table[0].value.set_index("Method")
        assert table.loc["ResNet-18 at 28 pixels", "ROC AUC"] == "0.944"
        assert "all 624 test images" in texts(lab)
