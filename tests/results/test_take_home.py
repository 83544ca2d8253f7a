"""What is taken home works without this project, in a process that cannot import it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.finished import finished
from tests.lab import spec
from tests.uploading import encoded, ignore, never, photo
from tl_core.__main__ import main
from tl_core.base.events import RunError
from tl_core.base.questions import Model, Pack
from tl_core.base.settings import settings
from tl_core.base.spec import RunSpec
from tl_core.catalog import DATASETS
from tl_core.ml.trained import portable, script
from tl_core.ml.trained.predict import Trained
from tl_core.processes import trained
from tl_core.store import Run

PAIRS = {"dataset": "pictogram_pairs", "per_class": 8, "test_images": 20}
DIGITS = {"dataset": "spoken_digits", "classes": ["0", "1", "2"], "per_class": 6, "test_images": 15}
X_RAYS = {"dataset": "pneumonia", "per_class": 10, "test_images": 20, "class_weight": "balanced"}
ALONE = "import sys; sys.modules['tl_core'] = None\n"
USE = (
    ALONE
    + """
import warnings, zipfile
import keras, numpy as np, tensorflow as tf
warnings.simplefilter("ignore")
pictures = np.load("pictures.npy")
model = keras.saving.load_model("model.keras")
answer = model.predict(pictures, verbose=0)
as_float = model.predict(pictures.astype("float32"), verbose=0)
wide = model.predict(np.zeros((1, 50, 90, 3), np.uint8), verbose=0)["probabilities"]
lite = tf.lite.Interpreter("model.tflite")
lite.allocate_tensors()
rows = []
for picture in pictures:
    lite.set_tensor(lite.get_input_details()[0]["index"], picture[None].astype("float32"))
    lite.invoke()
    rows.append(lite.get_tensor(lite.get_output_details()[0]["index"])[0])
np.savez(
    "said.npz", keras=answer["probabilities"], as_float=as_float["probabilities"], lite=np.stack(rows), wide=wide,
    label=np.array(answer["label"].tolist()).astype(str), vocabulary=model.get_layer("label").get_vocabulary(False),
    lite_labels=zipfile.ZipFile("model.tflite").read("labels.txt").decode().split(),
)
"""
)


def alone(code: str, folder: Path) -> str:
    (folder / "alone.py").write_text(code, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "alone.py"], cwd=folder, capture_output=True, text=True, encoding="utf-8", check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


@pytest.mark.long
@pytest.mark.parametrize(
    "made",
    [
        spec(epochs=1, image_size=32),
        spec(
            epochs=1, data={"dataset": "pictograms", "classes": ["anchor", "bell"], "per_class": 4, "test_images": 20}
        ),
        spec(
            epochs=1,
            image_size=32,
            strategy="feature_extraction",
            data={
                "dataset": "pictogram_pairs",
                "classes": ["anchor", "bell", "key"],
                "per_class": 4,
                "test_images": 20,
            },
        ),
        spec(epochs=1, image_size=32, data=DIGITS),
        spec(epochs=1, data=X_RAYS),
    ],
    ids=["enlarged", "reduced", "several labels", "sounds", "X-rays"],
)
def test_exported_models_give_the_same_predictions(
    made: RunSpec, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    if DATASETS[made.data.dataset].folder:
        request.getfixturevalue("beyond")
    (run,) = finished(made)
    model = Trained(trained.model_of(run), ignore, never)
    test = model.splits.test
    np.save(tmp_path / "pictures.npy", test.images)
    (tmp_path / "model.keras").write_bytes(portable.to_keras(model))
    (tmp_path / "model.tflite").write_bytes(portable.to_tflite(model))
    alone(USE, tmp_path)
    with np.load(settings().runs / run.id / "test.npz") as tested, np.load(tmp_path / "said.npz") as said:
        expected = tested["probabilities"]
        for name in ("keras", "as_float", "lite"):
            assert np.allclose(said[name], expected, atol=2e-4), name
        assert said["wide"].shape == (1, len(model.arm.classes))
        labels = [tuple(filter(None, np.atleast_1d(row).tolist())) for row in said["label"]]
        assert labels == model.output.names(model.output.called(said["keras"]), model.arm.classes)
        assert said["vocabulary"].tolist() == said["lite_labels"].tolist() == list(model.arm.classes)


@pytest.mark.long
def test_the_script_and_the_notebook_train_the_run_again(tmp_path: Path) -> None:
    many_things = spec(
        epochs=2, augmentation="light", patience=2, head={"dropout": 0.3}, optimizer={"schedule": "warmup_cosine"}
    )
    pairs = {
        "dataset": "pictogram_pairs",
        "per_class": 8,
        "test_images": 100,
        "imbalance": 2,
        "class_weight": "balanced",
    }
    several = spec(epochs=2, image_size=32, strategy="lp_ft", data=pairs)
    runs = finished(many_things, spec(epochs=2, strategy="lp_ft"), several)
    for run, form in zip(runs, ("script", "notebook", "script"), strict=True):
        folder = tmp_path / run.id
        folder.mkdir()
        files = script.pack(trained.pack(run, form, "A title"), ignore).files
        assert list(files)[1:] == ["data.npz", "start.weights.h5"]
        for name, content in files.items():
            (folder / name).write_bytes(content)
        code = files["run.py"].decode() if form == "script" else _cells(files["run.ipynb"])
        _same_result(run, alone(ALONE + code, folder))


@pytest.mark.long
@pytest.mark.usefixtures("beyond")
def test_a_script_trains_on_sounds_and_x_rays_again(tmp_path: Path) -> None:
    near = {"backbone": "tiny_resnet_syllables", "image_size": 32, "strategy": "fine_tune_all", "epochs": 2}
    for run in finished(spec(data=DIGITS, **near), spec(data=X_RAYS, epochs=2)):
        folder = tmp_path / run.id
        folder.mkdir()
        for name, content in script.pack(trained.pack(run, "script", "A title"), ignore).files.items():
            (folder / name).write_bytes(content)
        _same_result(run, alone(ALONE + (folder / "run.py").read_text(encoding="utf-8"), folder))


def test_no_script_is_written_of_a_mistake(tmp_path: Path) -> None:
    mistaken = Pack(Model("a run", spec(mistake="divide_by_255"), tmp_path), "script", 0.5, 1.0, "A title")
    with pytest.raises(RunError, match="made a mistake on purpose, for a lesson"):
        script.pack(mistaken, ignore)


def _cells(notebook: bytes) -> str:
    content = json.loads(notebook)
    assert (content["nbformat"], content["nbformat_minor"]) == (4, 5)
    assert "start.weights.h5" in "".join(content["cells"][0]["source"])
    return "\n".join("".join(cell["source"]) for cell in content["cells"] if cell["cell_type"] == "code")


def _same_result(run: Run, printed: str) -> None:
    found = re.search(r"Test accuracy: ([\d.]+)", printed)
    assert found
    assert run.summary is not None
    assert float(found[1]) == pytest.approx(run.summary.test_accuracy, abs=0.04)


def test_the_command_line_predicts_and_exports(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (run,) = finished(spec(epochs=2))
    picture, namesake = tmp_path / "a.png", tmp_path / "other" / "a.png"
    text, out = tmp_path / "b.jpg", tmp_path / "out.json"
    namesake.parent.mkdir()
    for seed, path in enumerate((picture, namesake)):
        path.write_bytes(encoded(photo(seed)))
    text.write_text("not a picture", encoding="utf-8")
    given = [str(path) for path in (picture, namesake, text)]
    assert main(["predict", run.id, *given, "--json", str(out)]) == 0
    report = json.loads(out.read_text(encoding="utf-8"))
    said, _ = report["pictures"]
    assert [each["file"] for each in report["pictures"]] == given[:2]
    assert said["probabilities"][said["label"]] == said["probability"] == max(said["probabilities"].values())
    assert sum(said["probabilities"].values()) == pytest.approx(1)
    assert len(said["neighbours"]) == 5
    assert report["refused"] == [{"file": str(text), "reason": "is a text file, not a picture"}]

    assert main(["export", run.id, "--format", "csv", "--to", str(tmp_path / "h.csv")]) == 0
    lines = (tmp_path / "h.csv").read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("epoch,phase,elapsed_s,images,train_accuracy")
    assert len(lines) == 3
    assert main(["export", run.id, "--format", "card", "--to", str(tmp_path / "card.md")]) == 0
    card = (tmp_path / "card.md").read_text(encoding="utf-8")
    assert run.summary is not None
    assert f"{100 * run.summary.test_accuracy:.1f}" in card
    assert "95 % interval" in card
    assert "Batch normalisation in pretrained layers that train: inference" in card
    assert "CC BY 4.0" in card
    capsys.readouterr()
    for arguments, words in (
        (["predict", "nothing", str(picture)], "no run 'nothing'"),
        (["predict", run.id, str(tmp_path / "gone.png")], "cannot be read"),
        (["export", run.id, "--format", "keras", "--to", "/no/such/folder/m.keras"], "does not exist"),
        (["export", run.id, "--format", "csv", "--to", str(tmp_path)], "is a folder"),
    ):
        assert main(arguments) == 2
        said = capsys.readouterr().err
        assert words in said
        assert said.count("\n") == 1
