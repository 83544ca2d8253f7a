"""A trained model in a file of its own, for Keras or TensorFlow Lite: usable without this project."""

from __future__ import annotations

import io
import tempfile
import warnings
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf
from keras import layers

from tl_core.base.events import Emit, Progress
from tl_core.base.questions import Pack, Package
from tl_core.ml.data import modalities
from tl_core.ml.network import models
from tl_core.ml.trained.predict import Trained


def pack(question: Pack, emit: Emit) -> Package:
    """The model as one file. Raises RunError, as arm.trained does."""
    trained = Trained(question.model, emit, lambda: False)
    emit(Progress("Writing the model", 0, 1))
    spec = trained.spec
    beside = modalities.held(spec.data.dataset).companions(spec.backbone, spec.image_size, emit, lambda: False)
    if question.form == "keras":
        return Package({"model.keras": to_keras(trained), **beside})
    return Package({"model.tflite": to_tflite(trained), **beside})


def to_keras(trained: Trained) -> bytes:
    """A `.keras` file that takes pictures of any size, (N, H, W, 3) RGB in [0, 255], uint8 or float, or int32 tokens
    (N, L), or ratings (N, 2).

    It gives a dict: "probabilities" (N, K) float32, and "label" (N,) string, the class with the highest one. Where a
    picture can have several labels, "label" is (N, K): the class where its probability is at least 0.5, else "". All
    classes: `model.get_layer("label").get_vocabulary(include_special_tokens=False)`. Made of Keras' own layers and
    operations alone.
    """
    given, x = trained.modality.entrance(trained.side, trained.spec.image_size)
    probabilities = _probabilities(trained, x)
    label = layers.StringLookup(vocabulary=list(trained.arm.classes), oov_token="", invert=True, name="label")(
        trained.output.graph_called(probabilities)
    )
    model = keras.Model(given, {"probabilities": probabilities, "label": label}, name="transfer_lab")
    return saved(model.save, "model.keras")


def saved(save: Callable[[Path], None], name: str) -> bytes:
    """What `save` writes to a file of this name."""
    with tempfile.TemporaryDirectory() as folder, quiet():
        path = Path(folder, name)
        save(path)
        return path.read_bytes()


@contextmanager
def quiet() -> Iterator[None]:
    """Keras 3.15 gives NumPy its arrays in a way that NumPy 2 warns of: nothing that a student could mend."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def to_tflite(trained: Trained) -> bytes:
    """A TensorFlow Lite model: (1, S, S, 3) float32 RGB in [0, 255], int32 tokens (1, L) or a rating (1, 2) →
    (1, K) probabilities.

    S is the side of the data set's own pictures. The labels are in the file as TensorFlow Lite keeps them: it is also
    a zip archive, with a line for each class in labels.txt. Probabilities are float32.
    """
    given, x = trained.modality.lite_entrance(trained.side, trained.spec.image_size)
    with quiet():
        converter = tf.lite.TFLiteConverter.from_keras_model(keras.Model(given, _probabilities(trained, x)))
        content = io.BytesIO(converter.convert())
    with zipfile.ZipFile(content, "a") as archive:
        archive.writestr("labels.txt", "\n".join(trained.arm.classes) + "\n")
    return content.getvalue()


def _probabilities(trained: Trained, x: Any) -> Any:
    x = models.preprocess_graph(trained.spec.backbone, x)
    activation = layers.Activation(trained.output.activation, dtype="float32", name="probabilities")
    return activation(trained.arm.model(x, training=False))
