"""Studies: a grid becomes runs, runs become rows, rows become a table."""

from __future__ import annotations

import pandas as pd
import pytest

from tl_core import catalog
from tl_core.base.spec import SpecError
from tl_core.studies import evidence, grid
from tl_core.studies.grid import Study


def _study(**changes: object) -> Study:
    settings: dict = {
        "title": "Labels",
        "base": {"backbone": "tiny_resnet_cifar100", "image_size": 32},
        "axes": {"data.per_class": (5, 20), "strategy": ("from_scratch", "feature_extraction")},
    }
    return Study(**(settings | changes))


def test_every_combination_is_run_once_for_every_seed() -> None:
    specs = _study(seeds=(0, 1)).specs()
    points = [(s.seed, s.data.seed, s.data.per_class, s.strategy) for s in specs]
    assert len(set(points)) == len(points) == 8
    assert points[:2] == [(0, 0, 5, "from_scratch"), (0, 0, 5, "feature_extraction")]
    assert [point[0] for point in points] == [0] * 4 + [1] * 4


def test_what_follows_from_a_combination_is_fitted_and_equal_runs_are_run_once() -> None:
    def fit(point: dict) -> dict:
        return point | {"strategy": "from_scratch", "epochs": 100 // point["data.per_class"]}

    specs = _study(seeds=(0,), fit=fit).specs()
    assert [(s.data.per_class, s.epochs) for s in specs] == [(5, 20), (20, 5)]


def test_a_combination_out_of_range_is_said_in_words() -> None:
    with pytest.raises(SpecError, match="Images per class must be at least 1"):
        _study(axes={"data.per_class": (0,)}).specs()


def test_the_key_is_that_of_the_settings() -> None:
    first, second = _study(seeds=(0,)).specs()[:2]
    assert grid.key(first) == grid.key(first.model_copy()) != grid.key(second)


class TestEvidence:
    def test_it_covers_what_it_promises_and_every_run_can_be_run(self) -> None:
        specs = evidence.STUDY.specs()
        assert len({grid.key(spec) for spec in specs}) == len(specs) == 3 * 3 * 4 * (1 + 2 * 3)
        for spec in specs:
            catalog.check(spec)
        twins = {(s.data.dataset, s.data.per_class, s.seed): s for s in specs if s.strategy == "from_scratch"}
        for spec in specs:
            twin = twins[spec.data.dataset, spec.data.per_class, spec.seed]
            assert (spec.data, spec.epochs, spec.batch_size) == (twin.data, twin.epochs, twin.batch_size)

    def test_the_table_says_where_transfer_loses(self) -> None:
        rows = pd.DataFrame(
            [
                {
                    "data.dataset": "digits",
                    "data.per_class": n,
                    "backbone": "tiny_resnet_cifar100",
                    "strategy": strategy,
                    "seed": seed,
                    "epochs": 40,
                    "test_images": 10**6,
                    "test_accuracy": score + 0.02 * seed,
                }
                for n, strategy, score in [
                    (5, "from_scratch", 0.50),
                    (5, "lp_ft", 0.70),
                    (100, "from_scratch", 0.97),
                    (100, "lp_ft", 0.95),
                ]
                for seed in (0, 1)
            ]
        )
        table = evidence.table(rows)
        assert "| 5 + 20 per class, 40 epochs | 100 + 22 per class, 40 epochs |" in table
        assert "| 51.0 ± 1.4 | 98.0 ± 1.4 |" in table
        assert "| 71.0 ± 1.4 (+20.0) | 96.0 ± 1.4 (**−2.0**) |" in table

    def test_losses_are_said_the_largest_first_and_those_that_may_be_luck_apart(self) -> None:
        at: dict[str, object] = {"data.dataset": "digits", "backbone": "tiny_resnet_cifar100", "epochs": 10}
        at["test_images"] = 10**6
        rows = pd.DataFrame(
            [
                {**at, "data.per_class": n, "strategy": strategy, "seed": seed, "test_accuracy": score + wobble * seed}
                for n, strategy, score, wobble in [
                    (5, "from_scratch", 0.5, 0),
                    (5, "lp_ft", 0.7, 0),
                    (100, "from_scratch", 0.97, 0),
                    (100, "lp_ft", 0.93, 0.01),
                    (100, "feature_extraction", 0.90, 0),
                ]
                for seed in (0, 1)
            ]
        )
        sure, doubtful = evidence.losses(rows)
        assert sure == [
            "Feature extraction of Tiny ResNet, photographs on Handwritten digits with 100 labels per class to train "
            "on and at least 22 to validate: −7.0 points (2 seeds, 95 % interval −7.0 to −7.0)."
        ]
        assert len(doubtful) == 1
        assert doubtful[0].startswith("Probe, then fine-tune of Tiny ResNet, photographs on Handwritten digits")
        assert "−3.5 points (2 seeds, 95 % interval −9.9 to +2.9)" in doubtful[0]
        table = evidence.table(rows)
        assert "(**−7.0**)" in table
        assert "(−3.5)" in table

    def test_the_table_that_is_shipped_is_made_from_the_rows_that_are_shipped(self) -> None:
        rows = pd.read_csv(evidence.ROWS, dtype={"spec": "str"})
        assert evidence.ROWS.with_suffix(".md").read_text(encoding="utf-8") == evidence.table(rows)
        known = {grid.key(spec) for spec in evidence.STUDY.specs()}
        assert set(rows["spec"][rows["strategy"] == "from_scratch"]) <= known
        assert evidence.earlier(rows) == (~rows["spec"].isin(known)).sum()
        assert not rows[["data.dataset", "data.per_class", "backbone", "strategy", "seed"]].duplicated().any()
        assert not rows["spec"].duplicated().any()

    def test_every_run_of_it_is_measured_and_the_near_source_is_ahead_on_its_own_side(self) -> None:
        rows = pd.read_csv(evidence.ROWS, dtype={"spec": "str"})
        assert len(rows) == len(evidence.STUDY.specs())
        probes = rows[rows["strategy"] == "feature_extraction"]
        means = probes.groupby(["data.dataset", "data.per_class", "backbone"])["test_accuracy"].mean()
        for labels in (5, 20):
            letters, photographs = "tiny_resnet_glyphs", "tiny_resnet_cifar100"
            assert means["pictograms", labels, letters] > means["pictograms", labels, photographs]
            assert means["cifar10", labels, photographs] > means["cifar10", labels, letters]

    def test_the_bundled_backbones_hold_what_they_were_made_for(self) -> None:
        rows = pd.read_csv(evidence.ROWS, dtype={"spec": "str"})
        means = rows.groupby(["data.dataset", "backbone", "strategy", "data.per_class"])["test_accuracy"].mean()
        probe = means["cifar10", "tiny_resnet_cifar100", "feature_extraction"]
        assert all(probe[labels] >= bar for labels, bar in {5: 0.50, 20: 0.62, 50: 0.68, 200: 0.72}.items())
        assert probe[50] - means["cifar10", "tiny_resnet_cifar100", "from_scratch", 50] >= 0.2
        assert means["pictograms", "tiny_resnet_glyphs", "feature_extraction", 5] >= 0.6
