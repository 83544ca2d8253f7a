from __future__ import annotations

import itertools

import pandas as pd
import pytest

from tl_core import catalog
from tl_core.base.spec import run_spec
from tl_core.catalog import strategies
from tl_core.races import fields, tuning


@pytest.mark.parametrize("grid", tuning.GRIDS)
def test_every_strategy_has_as_many_tries(grid: str) -> None:
    assert len({len(tries) for tries in tuning.GRIDS[grid].values()}) == 1
    rows = [tuple(one.row().values()) for one in tuning.tries(grid, seeds=2)]
    assert len(set(rows)) == len(rows)


@pytest.mark.parametrize("grid", tuning.GRIDS)
def test_what_is_tried_can_be_run(grid: str) -> None:
    for one in itertools.islice(tuning.tries(grid, seeds=1), 60):
        assert one.spec.strategy == one.strategy
        assert all(hasattr(strategies, name) for name in one.constants)
        catalog.check(one.spec)


@pytest.mark.parametrize(("grid", "optimizer"), [("rates", "adam"), ("sgd", "sgd")])
@pytest.mark.parametrize("per_class", [5, 20, 50, 200])
def test_no_default_rate_stands_at_the_edge_of_its_grid(grid: str, optimizer: str, per_class: int) -> None:
    for strategy, tries in tuning.GRIDS[grid].items():
        for backbone in {task.backbone for task in tuning.TASKS}:
            spec = fields.changed(
                run_spec(strategy=strategy), optimizer=optimizer, backbone=backbone, per_class=per_class
            )
            rates = sorted(one["learning_rate"] for one in tries)
            assert rates[0] < strategies.learning_rate(spec) < rates[-1]


def test_the_cost_of_a_default_is_against_the_best_of_its_tries() -> None:
    task = {"task": "x", "backbone": "mobilenet_025", "dataset": "cifar10", "per_class": 20}
    scores = {1e-4: (0.5, 0.6), 3e-4: (0.6, 0.62)}
    rows = pd.DataFrame(
        {**task, "strategy": "fine_tune_all", "learning_rate": rate, "seed": seed, "val_accuracy": score}
        for rate, both in scores.items()
        for seed, score in enumerate(both)
    )
    (line,) = tuning.cost(rows).to_dict("records")
    assert (line["seeds"], line["best"], line["default"]) == (2, 3e-4, 1e-4)
    assert line["cost"] == pytest.approx(6.0)
    both = rows[rows["seed"].eq(0) | rows["learning_rate"].eq(1e-4)]  # the other rate has one seed
    assert tuning.cost(both)["cost"].item() == pytest.approx(10.0)
    assert tuning.cost(both)["seeds"].item() == 2


def test_a_further_seed_is_spared_what_was_far_behind_with_the_first() -> None:
    one = next(tuning.tries("rates", seeds=1))
    tries = [one._replace(settings=settings) for settings in tuning.GRIDS["rates"][one.strategy]]
    scores = ("0.5", "0.43", "0.45", "", "0.5")
    rows = [{**each.row(), "val_accuracy": score} for each, score in zip(tries, scores, strict=True)]
    rows.append({**one._replace(settings={"schedule": "constant"}).row(), "val_accuracy": "0.9"})  # of another grid
    spared = [tuning.hopeless(each._replace(seed=1), "rates", rows) for each in tries]
    assert spared == [False, True, False, True, False]
    assert not any(tuning.hopeless(each, "rates", rows) for each in tries)
    assert not any(tuning.hopeless(each._replace(seed=1), "rates", []) for each in tries)


def test_no_default_rate_but_two_loses_two_points_on_a_task_that_was_measured_over_three_seeds() -> None:
    costs = tuning.cost(tuning.rates())
    whole = costs[costs["seeds"] >= 3]
    assert len(whole) > 75
    over = whole[whole["cost"] > 2]
    missed = {
        # Its other step, 1e-3, lost 2.2 points on CIFAR-10 photographs with as many labels, over ten seeds as well.
        ("Tiny ResNet, letters on Pictograms, 20 per class", "layerwise_rates"),
        # The wider MobileNets, which share its rule, are not measured with as few labels.
        ("MobileNet 0.25 on CIFAR-10 photographs, 5 per class", "lp_ft"),
    }
    assert set(zip(over["task"], over["strategy"], strict=True)) == missed
    assert over["cost"].max() < 2.2


def test_the_shipped_rows_are_of_tries_that_are_known() -> None:
    rows = tuning.rates()
    assert len(rows)
    assert rows["val_accuracy"].between(0, 1).all()
    assert set(rows["strategy"]) <= set(tuning.GRIDS["rates"])
