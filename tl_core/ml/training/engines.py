"""What runs the frozen prefix: OpenVINO where it agrees with Keras, a GPU that TensorFlow sees, else Keras.

A frozen prefix is a constant function of pixels, so it may run on whatever computes that function fastest. An engine
is a callable, of pictures (N, h, w, 3) uint8 → (N, *shape) float32, with a name that goes into the key of what it
computed.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import json
import os
import platform
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

from tl_core.base import files

Compute = Callable[[np.ndarray], np.ndarray]


class Built(NamedTuple):
    """A compiled engine; `span`: so many images at once keep every core busy."""

    compute: Compute
    span: int


TOLERANCE = 1e-3  # largest difference from Keras on the first batch, over the largest activation there
KERAS_BATCH = 64
KEPT = 4  # compiled models that a process keeps

_compiled: OrderedDict[str, Built] = OrderedDict()


@dataclass
class Frozen:
    """A prefix and what comes before it, as it is in a model.

    Parameters
    ----------
    prefix : of pictures (N, H, W, 3) float32, preprocessed → (N, *shape) float32
    prepare : examples as the prefix's numbers, (N, h, w, 3) float32 [0, 255] → (N, H, W, 3), resized and preprocessed
    taken : shape and dtype of examples, (None, h, w, 3) uint8
    """

    prefix: keras.Model
    prepare: Callable[[tf.Tensor], tf.Tensor]
    taken: tf.TensorSpec
    whole: Any = field(init=False)
    prepared: Any = field(init=False)

    def __post_init__(self) -> None:
        signature, dtype = [self.taken], self.prefix.input.dtype
        self.prepared = tf.function(
            lambda x: self.prepare(tf.cast(x, dtype)), input_signature=signature, autograph=False
        )
        self.whole = tf.function(
            lambda x: self.prefix(self.prepare(tf.cast(x, dtype)), training=False),
            input_signature=signature,
            autograph=False,
        )


@dataclass
class Engine:
    """Compiled on first use, for what is on disk already needs none. `note`: a sentence for the student, or ""."""

    name: str
    _build: Callable[[], Built]
    note: str = ""

    @cached_property
    def _built(self) -> Built:
        return self._build()

    @property
    def span(self) -> int:
        """So many images at once keep every core busy."""
        return self._built.span

    def __call__(self, images: np.ndarray) -> np.ndarray:
        return self._built.compute(images)


def choose(frozen: Frozen, sample: np.ndarray, key: str, folder: Path, batch: int) -> Engine:
    """The engine for this prefix.

    Parameters
    ----------
    sample : (≥ 1, h, w, 3) uint8, the images on which an engine is compared with Keras, once for each `key`
    key : names the function: weights, cut, size, preprocessing, shape of the pixels
    folder : where compiled models and verdicts stay
    batch : images that one core takes at once
    """
    if tf.config.list_physical_devices("GPU"):
        return _in_keras(frozen, f"tensorflow {tf.__version__} gpu")
    if find_spec("openvino") is None:
        return _in_keras(frozen)
    name = f"openvino {importlib.metadata.version('openvino')} {platform.machine()}"
    path = folder / f"engine-{key[:40]}-{batch}-{name.replace(' ', '-')}.pb"
    verdict = _verdict(path)
    if verdict is None:
        verdict = _judge(frozen, sample[:batch], path, batch)
    if verdict["why_not"]:
        return _in_keras(frozen, note=str(verdict["why_not"]))
    whole = bool(verdict["whole"])
    return Engine(name, lambda: _openvino(frozen, path, batch, whole))


def _in_keras(frozen: Frozen, name: str = "", note: str = "") -> Engine:
    def compute(images: np.ndarray) -> np.ndarray:
        return _in_batches(images, KERAS_BATCH, lambda x: frozen.whole(x).numpy())

    return Engine(name or f"tensorflow {tf.__version__}", lambda: Built(compute, KERAS_BATCH), note)


def _in_batches(images: np.ndarray, batch: int, compute: Compute) -> np.ndarray:
    """Always the same batch, the last one filled up: a row does not depend on its neighbours."""
    rows = [compute(_filled(images[i : i + batch], batch)) for i in range(0, len(images), batch)]
    return np.concatenate(rows)[: len(images)] if rows else compute(_filled(images, batch))[:0]


def _filled(images: np.ndarray, batch: int) -> np.ndarray:
    if len(images) == batch:
        return images
    filled = np.zeros((batch, *images.shape[1:]), images.dtype)
    filled[: len(images)] = images
    return filled


def _verdict(path: Path) -> dict[str, Any] | None:
    try:
        verdict: dict[str, Any] = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if not verdict.get("why_not") and not path.exists():
        return None
    with contextlib.suppress(OSError):
        for file in (path, path.with_suffix(".json")):
            os.utime(file)
    return verdict


def _judge(frozen: Frozen, sample: np.ndarray, path: Path, batch: int) -> dict[str, Any]:
    """Convert, compile, compare with Keras; the verdict is kept beside the model."""
    path.parent.mkdir(parents=True, exist_ok=True)
    errors = []
    for whole in (True, False):  # a few ways of resizing are unknown to OpenVINO: then TensorFlow resizes
        try:
            _write(path, _constants(frozen, whole))
            found = _openvino(frozen, path, batch, whole).compute(sample)
        except (OSError, MemoryError):
            raise
        except Exception as error:  # whatever an engine cannot do, Keras can
            errors.append(str(error).strip().splitlines()[-1][:200] if str(error).strip() else type(error).__name__)
            continue
        expected = _in_batches(sample, batch, lambda x: frozen.whole(x).numpy())
        difference = float(np.abs(found - expected).max() / max(float(np.abs(expected).max()), 1e-12))
        why_not = (
            ""
            if difference <= TOLERANCE
            else (
                f"OpenVINO's outputs of the frozen layers differ from Keras' by {difference:.1e} of the largest one, "
                "so Keras ran them: the same result, more slowly."
            )
        )
        break
    else:
        difference, why_not = (
            None,
            (
                f"OpenVINO cannot run these frozen layers ({errors[-1]}), so Keras ran them: "
                "the same result, more slowly."
            ),
        )
    if why_not:
        _compiled.pop(str(path), None)
        with contextlib.suppress(PermissionError):
            path.unlink(missing_ok=True)
    verdict = {"whole": whole, "difference": difference, "why_not": why_not}
    _write(path.with_suffix(".json"), json.dumps(verdict).encode())
    return verdict


def _write(path: Path, content: bytes) -> None:
    try:
        files.write(path, content)
    except PermissionError:  # on Windows, another worker is reading the same model
        if not path.exists():
            raise


def _constants(frozen: Frozen, whole: bool) -> bytes:
    """A TensorFlow graph with the weights in it."""
    function = (
        frozen.whole
        if whole
        else tf.function(
            lambda x: frozen.prefix(x, training=False),
            input_signature=[tf.TensorSpec((None, *frozen.prefix.input.shape[1:]), frozen.prefix.input.dtype)],
            autograph=False,
        )
    )
    graph = convert_variables_to_constants_v2(function.get_concrete_function()).graph
    content: bytes = graph.as_graph_def().SerializeToString()
    return content


def _openvino(frozen: Frozen, path: Path, batch: int, whole: bool) -> Built:
    built = _compile(path, batch)
    if whole:
        return built

    def compute(images: np.ndarray) -> np.ndarray:
        return built.compute(_in_batches(images, batch, lambda x: frozen.prepared(x).numpy()))

    return Built(compute, built.span)


def _compile(path: Path, batch: int) -> Built:
    """The model, as many batches side by side as OpenVINO finds best here."""
    if str(path) not in _compiled:
        import openvino

        core = openvino.Core()
        model = core.read_model(str(path))
        model.reshape([batch, *list(model.input(0).partial_shape)[1:]])
        compiled = core.compile_model(
            model,
            "CPU",
            {"PERFORMANCE_HINT": "THROUGHPUT", "INFERENCE_PRECISION_HINT": "f32", "ENABLE_CPU_PINNING": False},
        )
        streams = max(1, int(compiled.get_property("NUM_STREAMS")))
        queue = openvino.AsyncInferQueue(compiled, streams)
        shape = tuple(compiled.output(0).shape)[1:]
        _compiled[str(path)] = Built(lambda images: _side_by_side(queue, images, batch, shape), batch * streams)
    _compiled.move_to_end(str(path))
    while len(_compiled) > KEPT:
        _compiled.popitem(last=False)
    return _compiled[str(path)]


def _side_by_side(queue: Any, images: np.ndarray, batch: int, shape: tuple[int, ...]) -> np.ndarray:
    rows = np.empty((len(images), *shape), np.float32)

    def take(request: Any, start: int) -> None:
        rows[start : start + batch] = request.get_output_tensor(0).data[: len(images) - start]

    queue.set_callback(take)
    for start in range(0, len(images), batch):
        queue.start_async({0: _filled(images[start : start + batch], batch)}, start)
    queue.wait_all()
    return rows
