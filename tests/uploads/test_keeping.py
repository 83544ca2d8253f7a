from __future__ import annotations

import json
import os
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from tests.uploading import ME, pictures, taken_in, zipped
from tests.uploads.making import everything, mine
from tl_core import catalog
from tl_core.base.settings import settings
from tl_core.base.spec import SpecError, run_spec
from tl_core.processes import jobs, removal
from tl_core.store import StoreError, open_store
from tl_core.uploads import stored
from tl_core.uploads.intake import Intake
from tl_core.uploads.limits import UploadError
from tl_core.uploads.records import Manifest


@pytest.fixture(autouse=True)
def no_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "ensure_supervisor", lambda: None)


def limited(monkeypatch: pytest.MonkeyPatch, **limits: str) -> None:
    for name, value in limits.items():
        monkeypatch.setenv(name, value)
    settings.cache_clear()


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        ({"TL_UPLOAD_IMAGES": "11"}, "12 pictures; the limit is 11 at once"),
        ({"TL_DATASETS_BYTES": "1000000"}, "not enough room on the server for 12 pictures, which take 2 MB"),
        ({"TL_DISK_SPARE_BYTES": str(10**15)}, "not enough room on the server"),
        ({"TL_DATASETS_EACH": "1"}, "You have 1 data sets, which is the limit"),
    ],
)
def test_limits_are_enforced_before_anything_is_stored(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch, limits: dict[str, str], words: str
) -> None:
    if "TL_DATASETS_EACH" in limits:
        mine(tmp_path)
    before = everything(home)
    limited(monkeypatch, **limits)
    with pytest.raises(UploadError, match=words):
        taken_in(zipped(tmp_path / "x.zip", pictures("a", "b")))
    assert everything(home) == before


def test_a_full_disk_leaves_nothing(tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(writer: stored.Writer, pixels: np.ndarray) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(stored.Writer, "add", full)
    with pytest.raises(UploadError, match="disk of the server is full"):
        taken_in(zipped(tmp_path / "x.zip", pictures("a", "b")))
    assert everything(home) == set()


def test_a_crashed_upload_is_cleared_away_by_a_later_one(tmp_path: Path, home: Path) -> None:
    for name, age_s in (("old", 7200.0), ("young", 60.0)):
        folder = home / "datasets" / f"{stored.UNFINISHED}{name}"
        folder.mkdir(parents=True)
        (folder / "pictures.u8").write_bytes(b"x")
        for path in (folder / "pictures.u8", folder):
            os.utime(path, (time.time() - age_s,) * 2)
    mine(tmp_path)
    assert [path.name for path in (home / "datasets").glob(".new-*")] == [f"{stored.UNFINISHED}young"]


def trained_on(made: Manifest, ended: bool = True) -> str:
    experiment = jobs.submit([run_spec(data={"dataset": made.id, "per_class": 2})], ME)
    store = open_store()
    if ended:
        store.request_stop([run.id for run in store.experiment(experiment).runs], ME)
    return experiment


def test_a_run_names_its_classes_so_that_results_outlive_the_pictures(tmp_path: Path) -> None:
    made = mine(tmp_path)
    (run,) = open_store().experiment(trained_on(made)).runs
    assert run.spec.data.classes == ("ants", "bees")


def test_deleting_takes_everything_along(tmp_path: Path, home: Path) -> None:
    made, other = mine(tmp_path), mine(tmp_path, pictures("x", "y"), title="Other")
    experiment, kept = trained_on(made), trained_on(other)
    (run,) = open_store().experiment(experiment).runs
    (home / "runs" / run.id).mkdir(parents=True)
    (home / "activations").mkdir()
    for name in (made.id, other.id):
        (home / "activations" / f"{name}-key.npy").write_bytes(b"x")
    with pytest.raises(StoreError, match="no such data set of yours"):
        removal.delete(made.id, "somebody else")
    removal.delete(made.id, ME)
    assert stored.find(made.id) is None
    assert not (home / "datasets" / made.id).exists()
    assert not (home / "runs" / run.id).exists()
    assert [path.name for path in (home / "activations").iterdir()] == [f"{other.id}-key.npy"]
    assert [e.id for e in open_store().experiments(ME)] == [kept]


def test_pictures_that_are_trained_on_are_not_deleted(tmp_path: Path) -> None:
    made = mine(tmp_path)
    trained_on(made, ended=False)
    with pytest.raises(StoreError, match="1 run on these pictures must end first"):
        removal.delete(made.id, ME)
    assert stored.has_examples(made.id)


def test_pictures_expire_and_their_results_stay_readable(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    limited(monkeypatch, TL_DATASETS_DAYS="0.0000001")
    result: Intake = taken_in(zipped(tmp_path / "x.zip", pictures("ants", "bees")), title="Insects")
    assert result.dataset is not None
    name = result.dataset.id
    time.sleep(0.05)
    assert name not in catalog.datasets(ME)
    closing = threading.Event()
    closing.set()
    removal.keep_expiring(closing)
    assert [path.name for path in (home / "datasets" / name).iterdir()] == ["manifest.json"]
    assert catalog.dataset(name).title == "Insects"
    with pytest.raises(SpecError, match="'Insects' was deleted or has expired"):
        catalog.check(run_spec(data={"dataset": name, "per_class": 2}))
    limited(monkeypatch, TL_DATASETS_DAYS="1")
    assert mine(tmp_path, pictures("ants", "bees")).id == name
    assert stored.has_examples(name)


def test_a_damaged_manifest_is_no_data_set(tmp_path: Path, home: Path) -> None:
    made = mine(tmp_path)
    path = home / "datasets" / made.id / "manifest.json"
    path.write_text(json.dumps({"id": made.id}), encoding="utf-8")
    os.utime(path, (1, 1))
    assert stored.find(made.id) is None
    assert stored.owned(ME) == []
