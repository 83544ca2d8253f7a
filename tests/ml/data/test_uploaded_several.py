"""Uploaded pictures with several labels each, from the table to a trained network."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.uploading import ME, ignore, never, pictures, taken_in, zipped
from tl_core import catalog
from tl_core.base.spec import DataSpec, run_spec
from tl_core.ml.data import splits as data
from tl_core.ml.training import train
from tl_core.uploads import stored
from tl_core.uploads.editing import edited
from tl_core.uploads.records import Manifest

LABELS = ("animal", "outdoors", "red")


@pytest.fixture
def made(tmp_path: Path) -> Manifest:
    """24 pictures; number i is an animal where i is odd, outdoors where i // 2 is odd, red otherwise and each third."""
    files = pictures("all", each=24)
    rows = ["file,animal,outdoors,red"]
    for i, file in enumerate(files):
        animal, outdoors = i % 2, i // 2 % 2
        rows.append(f"{file},{animal},{outdoors},{int(not (animal or outdoors) or i % 3 == 0)}")
    files["labels.csv"] = "\n".join(rows).encode()
    files["all/copy.png"] = files["all/3.png"]
    files["labels.csv"] += b"\nall/copy.png,1,1,1"
    found = taken_in(zipped(tmp_path / "x.zip", files)).dataset
    assert found is not None
    return found


def labels(manifest: Manifest) -> dict[str, set[str]]:
    rows, names = stored.read_rows(manifest.id), list(manifest.classes)
    return {file: {names[label] for label in rows.labels_of(i)} for i, file in enumerate(rows.files)}


def test_they_are_stored_with_all_their_labels(made: Manifest) -> None:
    assert made.multi_label
    assert tuple(made.classes) == LABELS
    assert labels(made)["all/3.png"] == set(LABELS)
    assert labels(made)["all/0.png"] == {"red"}
    rows = stored.read_rows(made.id)
    both = [rows.files.index(f"all/{name}.png") for name in ("3", "copy")]
    assert len({(rows.labels[i], rows.is_test[i]) for i in both}) == 1


def test_a_run_sees_every_label_of_the_chosen_classes(made: Manifest) -> None:
    splits = data.load(DataSpec(dataset=made.id, per_class=None, test_images=None), ignore, never)
    rows, known = stored.read_rows(made.id), labels(made)
    for part in splits[:3]:
        assert part.labels.shape == part.weights.shape == (len(part.ids), 3)
        for marks, i in zip(part.labels, part.ids, strict=True):
            assert {name for name, mark in zip(LABELS, marks, strict=True) if mark} == known[rows.files[i]]
    two = data.load(DataSpec(dataset=made.id, classes=("animal", "red")), ignore, never)
    assert two.train.labels.shape[1] == 2
    catalog.check(run_spec(data={"dataset": made.id, "classes": ("animal", "red"), "per_class": None}))


def test_a_network_learns_them_with_a_sigmoid_for_each(made: Manifest, tmp_path: Path) -> None:
    spec = run_spec(backbone="tiny_resnet_glyphs", data={"dataset": made.id, "per_class": 4}, image_size=32, epochs=2)
    result = train.run(spec, ignore, never, tmp_path)
    assert result.mean_average_precision is not None
    assert 0 <= result.mean_average_precision <= 1
    assert np.isfinite(result.macro_f1)


def test_an_edit_renames_merges_and_drops_labels(made: Manifest) -> None:
    def edit(**classes: str) -> dict[str, set[str]]:
        found = edited(made.id, ME, classes, "New", 0, ignore, never).dataset
        assert found is not None, classes
        return labels(found)

    assert edit(red="crimson")["all/3.png"] == {"animal", "outdoors", "crimson"}
    assert edit(red="animal")["all/3.png"] == {"animal", "outdoors"}
    dropped = edit(red="")
    assert dropped["all/3.png"] == {"animal", "outdoors"}
    assert "all/0.png" not in dropped
