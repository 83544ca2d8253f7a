"""What is taken home of a run on sentences, ratings or sounds works without this project, which cannot be imported."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.results.test_take_home import ALONE, _cells, alone
from tests.sounding import encoded, word
from tests.uploading import ignore, never
from tl_core.base.events import Summary
from tl_core.base.questions import Model, Pack
from tl_core.base.spec import RunSpec, run_spec
from tl_core.ml.data import modalities
from tl_core.ml.trained import portable, script
from tl_core.ml.trained.predict import Trained
from tl_core.ml.training import train

pytestmark = [pytest.mark.long, pytest.mark.usefixtures("minilm", "sst2", "movietweetings", "beyond")]
SENTENCES = {"backbone": "minilm_l6", "image_size": 12, "data": {"dataset": "sst2", "per_class": 6, "test_images": 12}}
RATINGS = {"backbone": "item_factors", "image_size": 8, "data": {"dataset": "movietweetings", "per_class": 5}}
SOUNDS = {
    "backbone": "tiny_resnet_syllables",
    "image_size": 64,
    "data": {"dataset": "spoken_digits", "per_class": 6, "test_images": 20},
}


def _spec(kind: dict[str, object], **changes: object) -> RunSpec:
    return run_spec(**{"epochs": 1, "batch_size": 4} | kind | changes)


def _finished(spec: RunSpec, folder: Path) -> tuple[Model, Summary]:
    summary = train.run(spec, ignore, never, folder)
    return Model("a run", spec, folder), summary


def _written(files: dict[str, bytes], folder: Path) -> Path:
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder


def _said(text: str) -> tuple[str, bytes]:
    return text, text.encode()


@pytest.mark.parametrize(
    ("kind", "needs", "asked"),
    [
        (SENTENCES, ["tokenizer.json"], [_said("a wonderful film ."), _said("a tedious , stupid mess")]),
        (
            RATINGS,
            ["films.txt"],
            [_said("Alien (1979), Horror, Sci-Fi · person 7"), _said("$ (1971), Crime, Comedy, Drama · person 50")],
        ),
        (
            SOUNDS,
            ["recordings.py", "spectrograms.py"],
            [("yes.wav", encoded(word("yes", 1))), ("no.ogg", encoded(word("no", 2, 44_100, 2), 44_100, "OGG"))],
        ),
    ],
    ids=["sentences", "ratings", "sounds"],
)
def test_a_model_answers_as_it_does_here(
    kind: dict[str, object], needs: list[str], asked: list[tuple[str, bytes]], tmp_path: Path
) -> None:
    model, summary = _finished(_spec(kind, strategy="fine_tune_top"), tmp_path / "run")
    trained, name = Trained(model, ignore, never), model.spec.data.dataset
    seen = [modalities.held(name).opened(content, name)[1] for _, content in asked]
    examples = np.array(seen, None if kind is SOUNDS else object)
    probabilities, _ = trained.look(examples, np.arange(len(asked)), "")
    for form in ("keras", "tflite"):
        files = portable.pack(Pack(model, form, summary.test_accuracy, 1.0, "A title"), ignore).files
        assert list(files) == [f"model.{form}", "answer.py", *needs]
        brought = dict(asked) if kind is SOUNDS else {}
        home = _written({**files, **brought, "tl_core.py": b"raise ImportError"}, tmp_path / form)
        command = [sys.executable, "-W", "ignore", "-X", "utf8", "answer.py", *(example for example, _ in asked)]
        done = subprocess.run(command, cwd=home, capture_output=True, text=True, encoding="utf-8", check=False)
        assert done.returncode == 0, done.stderr[-3000:]
        for (example, _), row in zip(asked, probabilities, strict=True):
            found = re.search(rf"^{re.escape(example)}: (\w+) \(([\d.]+)\)$", done.stdout, re.MULTILINE)
            assert found, done.stdout
            assert found[1] == trained.arm.classes[row.argmax()]
            assert float(found[2]) == pytest.approx(row.max(), abs=3e-4)


@pytest.mark.parametrize(
    ("kind", "form", "changes", "held"),
    [
        (SENTENCES, "script", {"strategy": "lp_ft"}, "(N, L) int32 tokens"),
        (SENTENCES, "notebook", {"strategy": "fine_tune_all", "augmentation": "light"}, "(N, L) int32 tokens"),
        (RATINGS, "script", {"strategy": "lp_ft"}, "(N, 2) int32, a film and a person"),
        (RATINGS, "notebook", {"strategy": "fine_tune_all"}, "(N, 2) int32, a film and a person"),
    ],
)
def test_script_and_notebook_train_the_run_again(
    kind: dict[str, object], form: str, changes: dict[str, object], held: str, tmp_path: Path
) -> None:
    model, summary = _finished(_spec(kind, epochs=2, **changes), tmp_path / "run")
    files = script.pack(Pack(model, form, summary.test_accuracy, summary.epochs, "A title"), ignore).files
    code = files["run.py"].decode() if form == "script" else _cells(files["run.ipynb"])
    assert held in next(iter(files.values())).decode()
    said = alone(ALONE + code, _written(files, tmp_path / "taken"))
    found = re.search(r"Test accuracy: ([\d.]+) \(the run: ([\d.]+)\)", said)
    assert found
    off = 0.005 if kind is RATINGS else 1 / 12  # five of a thousand ratings, one of twelve sentences
    assert float(found[1]) == pytest.approx(float(found[2]), abs=off + 1e-4)
