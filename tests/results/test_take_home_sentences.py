"""What is taken home of a run on sentences works without this project, in a process that cannot import it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.results.test_take_home import ALONE, _cells, alone
from tests.uploading import ignore, never
from tl_core.base.events import Summary
from tl_core.base.questions import Model, Pack
from tl_core.base.spec import RunSpec, run_spec
from tl_core.ml.trained import portable, script
from tl_core.ml.trained.predict import Trained
from tl_core.ml.training import train

pytestmark = [pytest.mark.long, pytest.mark.usefixtures("minilm", "sst2")]
DATA = {"dataset": "sst2", "per_class": 6, "test_images": 12}
TYPED = ["a wonderful film .", "a tedious , stupid mess"]


def _spec(**changes: object) -> RunSpec:
    base = {"backbone": "minilm_l6", "image_size": 12, "epochs": 1, "batch_size": 4, "data": DATA}
    return run_spec(**base | changes)


def _finished(spec: RunSpec, folder: Path) -> tuple[Model, Summary]:
    summary = train.run(spec, ignore, never, folder)
    return Model("a run", spec, folder), summary


def _written(files: dict[str, bytes], folder: Path) -> Path:
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder


def test_a_model_answers_sentences_as_it_does_here(tmp_path: Path) -> None:
    model, summary = _finished(_spec(strategy="fine_tune_top"), tmp_path / "run")
    trained = Trained(model, ignore, never)
    probabilities, _ = trained.look(np.array(TYPED, object), np.arange(len(TYPED)), "")
    for form in ("keras", "tflite"):
        files = portable.pack(Pack(model, form, summary.test_accuracy, 1.0, "A title"), ignore).files
        assert list(files) == [f"model.{form}", "answer.py", "tokenizer.json"]
        home = _written(files, tmp_path / form)
        (home / "tl_core.py").write_text("raise ImportError", encoding="utf-8")
        asked = [sys.executable, "-W", "ignore", "answer.py", *TYPED]
        done = subprocess.run(asked, cwd=home, capture_output=True, text=True, encoding="utf-8", check=False)
        assert done.returncode == 0, done.stderr[-3000:]
        for sentence, row in zip(TYPED, probabilities, strict=True):
            found = re.search(rf"^{re.escape(sentence)}: (\w+) \(([\d.]+)\)$", done.stdout, re.MULTILINE)
            assert found, done.stdout
            assert found[1] == trained.arm.classes[row.argmax()]
            assert float(found[2]) == pytest.approx(row.max(), abs=3e-4)


@pytest.mark.parametrize(
    ("form", "strategy", "augmentation"), [("script", "lp_ft", "none"), ("notebook", "fine_tune_all", "light")]
)
def test_script_and_notebook_train_the_run_again(form: str, strategy: str, augmentation: str, tmp_path: Path) -> None:
    spec = _spec(strategy=strategy, epochs=2, augmentation=augmentation)
    model, summary = _finished(spec, tmp_path / "run")
    files = script.pack(Pack(model, form, summary.test_accuracy, summary.epochs, "A title"), ignore).files
    code = files["run.py"].decode() if form == "script" else _cells(files["run.ipynb"])
    assert "(N, L) int32 tokens" in next(iter(files.values())).decode()
    said = alone(ALONE + code, _written(files, tmp_path / "taken"))
    found = re.search(r"Test accuracy: ([\d.]+) \(the run: ([\d.]+)\)", said)
    assert found
    assert float(found[1]) == pytest.approx(float(found[2]), abs=1 / 12 + 1e-4)  # one of twelve sentences
