"""The trained model of a finished run, rebuilt: it is the one that was tested."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.finished import finished
from tests.lab import spec
from tests.uploading import encoded, ignore, never, photo
from tl_core.base.events import RunError
from tl_core.base.questions import Predict
from tl_core.base.settings import settings
from tl_core.base.spec import RunSpec
from tl_core.ml.trained import predict
from tl_core.ml.trained.predict import Trained
from tl_core.processes import trained
from tl_core.results.mistakes import mistakes
from tl_core.store import Run


def rebuilt(run: Run) -> Trained:
    return Trained(trained.model_of(run), ignore, never)


@pytest.mark.parametrize(
    "made",
    [
        spec(epochs=4, patience=1, optimizer={"name": "sgd", "learning_rate": 0.5}),
        spec(epochs=2, strategy="lp_ft", head={"kind": "pool_hidden", "dropout": 0.3}),
        spec(epochs=1, strategy="feature_extraction", head={"kind": "flatten_256"}),
    ],
    ids=["scratch, best epoch", "transfer in two phases", "frozen"],
)
def test_a_rebuilt_model_gives_the_probabilities_that_its_run_was_tested_with(made: RunSpec) -> None:
    (run,) = finished(made)
    probabilities = _same(run)
    assert np.abs(probabilities[::-1] - probabilities).max() > 1e-3, "the check itself must be able to fail"


def test_so_does_mobilenet_on_imagenet_weights(imagenet: None) -> None:
    for run in finished(
        *(
            spec(backbone="mobilenet_075", image_size=32, epochs=1, strategy=strategy)
            for strategy in ("fine_tune_top", "from_scratch")
        )
    ):
        _same(run)


def _same(run: Run) -> np.ndarray:
    model = rebuilt(run)
    with np.load(settings().runs / run.id / "test.npz") as tested:
        expected = tested["probabilities"]
    test = model.splits.test
    probabilities, features = model.look(test.images, np.arange(len(test.ids)), "Testing")
    assert np.allclose(probabilities, expected, atol=1e-4)
    lengths = np.linalg.norm(features, axis=1)
    assert np.allclose(lengths[lengths > 0], 1, atol=1e-4)  # a picture that nothing answers to has none
    return probabilities


def test_a_training_picture_is_its_own_nearest_neighbour() -> None:
    (run,) = finished()
    model = rebuilt(run)
    _, features = model.look(model.splits.train.images, np.array([7]), "Looking")
    nearest = model.nearest(features[0])
    assert nearest[0].similarity == pytest.approx(1, abs=1e-4)
    assert np.array_equal(nearest[0].pixels, model.splits.train.images[7])
    assert nearest[0].labels == (model.arm.classes[model.splits.train.labels[7]],)
    similarities = [near.similarity for near in nearest]
    assert similarities == sorted(similarities, reverse=True)


def test_files_are_predicted_by_every_arm_and_what_is_no_picture_is_refused() -> None:
    runs = finished(spec(epochs=1), spec(epochs=1, strategy="feature_extraction"))
    models = {run.id: rebuilt(run) for run in runs}
    files = (("a.png", encoded(photo(1))), ("notes.jpg", b"milk, bread"), ("b.png", encoded(photo(2))))
    question = Predict(tuple(trained.model_of(run) for run in runs), files)
    found = predict.predict(question, lambda model: models[model.run_id])
    assert [picture.name for picture in found.pictures] == ["a.png", "b.png"]
    assert found.refused == (("notes.jpg", "is a text file, not a picture"),)
    for picture in found.pictures:
        assert set(picture.calls) == {run.id for run in runs}
        for call in picture.calls.values():
            assert sum(call.probabilities) == pytest.approx(1)
            assert len(call.probabilities) == 3
            assert len(call.neighbours) == 5
    with pytest.raises(RunError, match=r"notes\.jpg is a text file"):
        predict.predict(question._replace(files=files[1:2]), lambda model: models[model.run_id])


@pytest.mark.long
def test_wrong_answers_come_surest_first() -> None:
    (run,) = finished()
    found = mistakes(run)
    assert found is not None
    assert run.summary is not None
    assert found.tested == 30
    assert found.wrong == round(30 * (1 - run.summary.test_accuracy))
    assert len(found.surest) == min(24, found.wrong) > 0
    sure = [one.probability for one in found.surest]
    assert sure == sorted(sure, reverse=True)
    for one in found.surest:
        assert one.truth != one.called
        test = rebuilt(run).splits.test
        images = [test.images[i] for i in range(len(test.labels))]
        at = [i for i, pixels in enumerate(images) if np.array_equal(pixels, one.pixels)]
        assert one.truth in [rebuilt(run).arm.classes[label] for label in test.labels[at]]


def test_what_is_gone_is_said(tmp_path: Path) -> None:
    (run,) = finished()
    model = trained.model_of(run)._replace(folder=tmp_path / "gone")
    with pytest.raises(RunError, match="no longer on this machine"):
        Trained(model, ignore, never)
