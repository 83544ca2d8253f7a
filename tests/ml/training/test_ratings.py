"""Real runs on ratings of new people, small ones."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pytest

from tl_core.base.events import Reference, RunError, Summary
from tl_core.base.questions import Model, Predict
from tl_core.base.spec import RunSpec, run_spec
from tl_core.catalog import DATASETS, card, weights_path
from tl_core.ml.network import arm, models
from tl_core.ml.trained.predict import Trained, predict
from tl_core.ml.training import evaluate, train
from tl_core.results.paired import paired

pytestmark = pytest.mark.usefixtures("movietweetings")
ENTRY = DATASETS["movietweetings"]


def _spec(strategy: str, backbone: str = "item_factors", **changes: object) -> RunSpec:
    data = {"dataset": "movietweetings", "per_class": 5}
    return run_spec(
        **{"backbone": backbone, "strategy": strategy, "image_size": 8, "epochs": 2, "data": data} | changes
    )


def _run(spec: RunSpec, folder: Path) -> Summary:
    return train.run(spec, lambda event: None, lambda: False, folder)


def test_what_others_said_of_films_helps_new_people(tmp_path: Path) -> None:
    probe = _run(_spec("feature_extraction", "item_means"), tmp_path / "probe")
    scratch = _run(_spec("from_scratch", "item_means"), tmp_path / "scratch")
    assert list(probe.references) == list(ENTRY.holds.references)
    own, films, _ = probe.references.values()
    errors = [one.measures["rmse"] or 0.0 for one in (own, films, scratch)]
    assert 0 < (probe.measures["rmse"] or 0.0) < min(errors)
    assert (probe.measures["recall_at_10"] or 0.0) > 0.7
    assert own.measures["recall_at_10"] == pytest.approx(0.5)
    assert scratch.references["the film's mean"] == films
    assert (probe.train_images, probe.test_images, probe.cut) == (250, 1000, "head_pool")


def test_its_intervals_are_over_people(tmp_path: Path) -> None:
    found = _run(_spec("feature_extraction", "item_means"), tmp_path)
    assert found.test_groups == ENTRY.strata
    tested: tuple[Summary | Reference, ...] = (found, *found.references.values())
    for one in tested:
        right, people = one.answers.right(), one.answers.group_numbers()
        assert np.bincount(people).tolist() == [ENTRY.test] * ENTRY.strata
        assert (one.test_accuracy_low, one.test_accuracy_high) == evaluate.accuracy_interval(
            right, np.zeros(len(right), int), people
        )
        for name in ("rmse", "recall_at_10"):
            low, value, high = (one.measures[f"{name}{end}"] for end in ("_low", "", "_high"))
            assert low is None or low < value < high
    means = found.references["the film's mean"]
    assert paired(found.answers, means.answers).groups == ENTRY.strata
    apart = evaluate.wilson(int(found.answers.right().sum()), 1000)
    assert found.test_accuracy_high - found.test_accuracy_low >= apart[1] - apart[0]


def test_a_finished_model_says_what_it_expects_of_test_ratings_and_which_ratings_are_near(tmp_path: Path) -> None:
    spec = _spec("feature_extraction", "item_means")
    _run(spec, tmp_path)
    model = Model("run", spec, tmp_path)
    trained = Trained(model, lambda event: None, lambda: False)
    found = predict(Predict((model,), test_pictures=3), lambda wanted: trained)
    assert found.classes == tuple(map(str, range(1, 11)))
    for seen in found.pictures:
        person = str(seen.given).rpartition(" · person ")[2]
        call = seen.calls["run"]
        assert sum(call.probabilities) == pytest.approx(1)
        assert call.words == ()
        assert str(call.neighbours[0].pixels).endswith(f" · person {person}")
    with pytest.raises(RunError, match="names no film"):
        predict(Predict((model,), (("A line", b"no film"),)), lambda wanted: trained)


def test_every_strategy_changes_what_its_plan_lets_train(tmp_path: Path) -> None:
    with np.load(weights_path("item_factors")) as stored:
        learned = {name: stored[f"{name}/embeddings"].astype(np.float32) for name in ("means", "factors")}
    for strategy, trained in (("fine_tune_top", {"factors"}), ("fine_tune_all", {"means", "factors"})):
        spec = _spec(strategy)
        _run(spec, tmp_path / strategy)
        model = arm.trained(spec, tmp_path / strategy, lambda event: None, lambda: False).model
        changed = {name for name, table in learned.items() if (model.get_layer(name).get_weights()[0] != table).any()}
        assert changed == trained
    scratch = arm.start(_spec("from_scratch"), None, lambda event: None, lambda: False).model
    table = scratch.get_layer("means").get_weights()[0]
    assert abs(np.corrcoef(table.ravel(), learned["means"].ravel())[0, 1]) < 0.05


def test_a_person_has_a_place_of_their_own_and_one_with_all() -> None:
    backbone = models.build_backbone("item_factors", 8, weights_path("item_factors"))
    with np.load(weights_path("item_factors")) as stored:
        first, last = (np.r_[1, stored["means/embeddings"][i], stored["factors/embeddings"][i]] for i in (7, 10504))
    placed = keras.ops.convert_to_numpy(backbone(np.array([[7, 0], [10504, 49]], np.int32))).reshape(2, 51, 10)
    wanted = np.zeros((2, 51, 10))
    wanted[0, [0, 50]], wanted[1, [49, 50]] = first, last
    np.testing.assert_array_equal(placed, wanted)


def test_the_first_stage_alone_is_all_of_the_smaller_backbone() -> None:
    assert card("item_means").params == card("item_factors").stages[0].params
    assert card("item_factors").stage_names == ("means", "factors")
