from __future__ import annotations

import itertools

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
