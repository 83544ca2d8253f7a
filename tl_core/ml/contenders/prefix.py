"""`ENGINE BACKBONE IMAGES`: images per second through a whole backbone at 96 px, with random weights.

Ours begins with pixels; the peers are given what is already preprocessed.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from tl_core.ml.contenders.task import need, noise, seconds, tell

SIDE, BATCH = 96, 32
TIMES, FOR_S = 3, 2.0  # one call takes a twentieth of a second to a few: alone, the short ones would be chance


def ours(backbone: str, images: np.ndarray) -> Callable[[], object]:
    import tensorflow as tf

    from tl_core import catalog
    from tl_core.ml.network import models
    from tl_core.ml.training import engines
    from tl_core.ml.training.phase import engine_batch

    taken = tf.TensorSpec((None, *images.shape[1:]), images.dtype)
    frozen = engines.Frozen(models.build_backbone(backbone, SIDE, None), models.preprocess(backbone), taken)
    batch = engine_batch(SIDE, catalog.card(backbone))
    folder = Path(tempfile.mkdtemp())
    engine = engines.choose(frozen, images[:batch], backbone, folder, batch)
    return lambda: engine(images)


def keras(backbone: str, images: np.ndarray) -> Callable[[], object]:
    model, x = _model(backbone, images)
    return lambda: model.predict(x, batch_size=BATCH, verbose=0)


def keras_torch(backbone: str, images: np.ndarray) -> Callable[[], object]:
    need("torch", "PyTorch")
    return keras(backbone, images)


def onnxruntime(backbone: str, images: np.ndarray) -> Callable[[], object]:
    need("onnxruntime", "ONNX Runtime")
    need("tf2onnx", "tf2onnx")
    import onnxruntime as runtime
    import tf2onnx

    function, x = _constants(backbone, images, None)
    content, _ = tf2onnx.convert.from_graph_def(
        function.graph.as_graph_def(), input_names=[function.inputs[0].name], output_names=[function.outputs[0].name]
    )
    session = runtime.InferenceSession(content.SerializeToString(), providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return lambda: [session.run(None, {name: x[i : i + BATCH]}) for i in range(0, len(x), BATCH)]


def openvino(backbone: str, images: np.ndarray) -> Callable[[], object]:
    need("openvino", "OpenVINO")
    import openvino as runtime

    function, x = _constants(backbone, images, BATCH)
    path = Path(tempfile.mkdtemp()) / "model.pb"
    path.write_bytes(function.graph.as_graph_def().SerializeToString())
    compiled = runtime.Core().compile_model(
        str(path), "CPU", {"PERFORMANCE_HINT": "THROUGHPUT", "INFERENCE_PRECISION_HINT": "f32"}
    )
    queue = runtime.AsyncInferQueue(compiled)

    def call() -> None:
        for start in range(0, len(x), BATCH):
            queue.start_async({0: x[start : start + BATCH]})
        queue.wait_all()

    return call


def _model(backbone: str, images: np.ndarray) -> tuple[Any, np.ndarray]:
    from keras import ops

    from tl_core.ml.network import models

    x = ops.convert_to_numpy(models.preprocess(backbone)(images.astype(np.float32)))
    return models.build_backbone(backbone, SIDE, None), x


def _constants(backbone: str, images: np.ndarray, batch: int | None) -> tuple[Any, np.ndarray]:
    """The network as a TensorFlow function with its weights in the graph, and what it is given."""
    import tensorflow as tf
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

    model, x = _model(backbone, images)
    signature = [tf.TensorSpec((batch, SIDE, SIDE, 3), tf.float32)]
    function = tf.function(lambda x: model(x, training=False), input_signature=signature)
    return convert_variables_to_constants_v2(function.get_concrete_function()), x


ENGINES = {engine.__name__: engine for engine in (ours, keras, keras_torch, onnxruntime, openvino)}


def _typical_s(call: Callable[[], object]) -> float:
    """The median of TIMES calls, and of as many as fit into FOR_S."""
    spent: list[float] = []
    while len(spent) < TIMES or sum(spent) < FOR_S:
        spent.append(seconds(call))
    return statistics.median(spent)


def main(engine: str, backbone: str, count: str) -> None:
    images = noise(int(count), SIDE)
    call = ENGINES[engine](backbone, images)
    call()
    tell(images_per_s=len(images) / _typical_s(call))


if __name__ == "__main__":
    main(*sys.argv[1:])
