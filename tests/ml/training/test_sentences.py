"""Real runs on sentences, small ones, with the real backbone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.uploading import taken_in
from tl_core.base.events import Summary
from tl_core.base.spec import RunSpec, run_spec
from tl_core.ml.network import arm
from tl_core.ml.training import train

pytestmark = pytest.mark.usefixtures("minilm", "sst2")

OPINIONS = {
    "praise": "wonderful great beautiful moving excellent lovely brilliant superb",
    "scorn": "terrible awful stupid boring dreadful horrible tedious lousy",
}
DATA = {"dataset": "sst2", "per_class": 4, "test_images": 10}


def _spec(strategy: str, **changes: object) -> RunSpec:
    base = {"backbone": "minilm_l6", "strategy": strategy, "image_size": 8, "epochs": 2, "batch_size": 4, "data": DATA}
    return run_spec(**base | changes)


def _run(spec: RunSpec, folder: Path) -> Summary:
    return train.run(spec, lambda event: None, lambda: False, folder)


def test_a_probe_is_cached_whole_and_a_what_if_reads_the_cache(tmp_path: Path) -> None:
    first = _run(_spec("feature_extraction"), tmp_path / "first")
    assert first.cut == "head_pool"
    assert first.trainable_params == 384 * 2 + 2
    assert (first.macro_f1 is None, first.roc_auc is None) == (False, False)
    again = _run(_spec("feature_extraction", optimizer={"learning_rate": 0.1}), tmp_path / "again")
    assert again.prefix_from_cache
    assert again.prefix_s == 0


def test_with_words_dropped_the_frozen_layers_run_each_time(tmp_path: Path) -> None:
    spec = _spec("feature_extraction", augmentation="strong", head={"dropout": 0.1})
    summary = _run(spec, tmp_path)
    assert summary.cut is None
    assert any("changes every sentence" in note for note in summary.notes)


def test_fine_tuning_the_top_leaves_what_is_below_as_it_was(tmp_path: Path) -> None:
    spec = _spec("fine_tune_top", optimizer={"learning_rate": 1e-3})
    assert _run(spec, tmp_path).cut == "block_4"
    before = arm.start(spec, None, lambda event: None, lambda: False).model
    weights = {layer.name: layer.get_weights() for layer in before.layers if layer.weights}
    after = arm.trained(spec, tmp_path, lambda event: None, lambda: False).model
    changed = {
        name
        for name, values in weights.items()
        if any((a != b).any() for a, b in zip(values, after.get_layer(name).get_weights(), strict=True))
    }
    assert changed
    assert {name.split("_")[1] for name in changed if name.startswith("block")} == {"5", "6"}
    assert not [name for name in changed if not name.startswith(("block", "head"))]


def test_a_table_of_ones_own_is_trained_on_from_its_rows(tmp_path: Path) -> None:
    path = tmp_path / "reviews.csv"
    rows = [f"what a {word} film,{label}" for label, words in OPINIONS.items() for word in words.split()]
    path.write_text("\n".join(["text,label", *rows]), encoding="utf-8")
    mine = taken_in(path).dataset
    assert mine is not None
    data = {"dataset": mine.id, "per_class": None, "test_images": None}
    summary = _run(_spec("feature_extraction", data=data), tmp_path)
    assert summary.test_accuracy == 1.0
    (words,) = summary.references.values()
    assert (words.test_accuracy, words.answers.count) == (0.5, 4)  # each opinion is a new word


def test_from_scratch_starts_without_the_words_it_could_have_known(tmp_path: Path) -> None:
    spec = _spec("from_scratch")
    started, pretrained = (
        arm.start(one, None, lambda event: None, lambda: False).model.get_layer("words").get_weights()[0]
        for one in (spec, _spec("feature_extraction"))
    )
    assert abs(np.corrcoef(started.ravel(), pretrained.ravel())[0, 1]) < 0.01
    assert started.std() == pytest.approx(0.0176, rel=0.02)  # of a normal of 0.02, cut at two deviations
