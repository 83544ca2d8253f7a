"""Pictures to the trained model: probabilities and the nearest training pictures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import NamedTuple

import keras
import numpy as np
import tensorflow as tf

from tl_core import catalog
from tl_core.base.events import Emit, Progress, RunError, ShouldStop, Stopped
from tl_core.base.questions import NEIGHBOURS, PICTURES, Call, Example, Model, Neighbour, Predict, Prediction, Seen
from tl_core.base.spec import SpecError
from tl_core.base.wording import together
from tl_core.ml.data import modalities
from tl_core.ml.data.splits import Images, Splits, load
from tl_core.ml.network import arm
from tl_core.ml.training import outputs, phase
from tl_core.uploads.decode import Refused

BATCH = 32
COMPARED = 2000  # training pictures that the nearest ones are looked for among, at most
FEATURE_BYTES = 64 * 1024**2  # of all their features together


class Index(NamedTuple):
    """Training pictures in feature space."""

    rows: np.ndarray  # (M,) int64, places in the run's training split
    features: np.ndarray  # (M, D) float32 of length 1


class Trained:
    """A trained model that takes pictures as its run took them. Raises RunError, as arm.trained does."""

    def __init__(self, model: Model, emit: Emit, should_stop: ShouldStop) -> None:
        self.spec, self.run_id, self.emit, self.should_stop = model.spec, model.run_id, emit, should_stop
        self.arm = arm.trained(model.spec, model.folder, emit, should_stop)
        self.output = outputs.output_of(model.spec.data)
        self.side = catalog.dataset(model.spec.data.dataset).side
        self.said = catalog.dataset(model.spec.data.dataset).holds.said
        self.modality = modalities.of(model.spec.backbone)
        self.read = modalities.reader(model.spec, emit, should_stop)

    @cached_property
    def splits(self) -> Splits:
        return load(self.spec.data, self.emit, self.should_stop)

    @cached_property
    def index(self) -> Index:
        """Evenly spread over the training pictures, and so over the classes, where there are too many."""
        train = self.splits.train
        width = int(np.prod(self._head.output[1].shape[1:]))
        most = max(1, min(len(train.ids), COMPARED, FEATURE_BYTES // (4 * width)))
        rows = np.linspace(0, len(train.ids) - 1, most).round().astype(np.int64)
        return Index(rows, self.look(train.images, rows, self.said("Looking at the training images"))[1])

    @cached_property
    def _head(self) -> keras.Model:
        """preprocessed pictures → (logits (N, K), what the head's first dense layer is given (N, D))."""
        kind = "head_flatten" if self.spec.head.kind == "flatten_256" else "head_pool"
        model = self.arm.model
        return keras.Model(model.inputs[0], [model.output, model.get_layer(kind).output])

    @cached_property
    def _forward(self) -> Callable[[tf.Tensor], tuple[tf.Tensor, tf.Tensor]]:
        ready = phase.prepare(self.spec)

        @tf.function(reduce_retracing=True, autograph=False)
        def forward(x: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            x = self.modality.alike(tf.cast(x, self.modality.DTYPE), self.side)
            logits, features = self._head(ready(x), training=False)
            return logits, tf.math.l2_normalize(features, axis=1)

        return forward

    def look(self, images: Images, rows: np.ndarray, label: str) -> tuple[np.ndarray, np.ndarray]:
        """Some rows of examples → probabilities (M, K) float64, features (M, D) float32 of length 1.

        Pictures of another size than the data set's own are first brought to that, as its pictures were.
        """
        parts = []
        for start in range(0, len(rows), BATCH):
            if self.should_stop():
                raise Stopped
            self.emit(Progress(label, start, len(rows)))
            numbers = self.read(images[rows[start : start + BATCH]])[:]
            parts.append([out.numpy() for out in self._forward(tf.constant(numbers))])
        logits, features = (np.concatenate(column) for column in zip(*parts, strict=True))
        return self.output.probabilities(logits), features

    def nearest(self, feature: np.ndarray) -> tuple[Neighbour, ...]:
        """The training pictures whose features (D,) point most nearly in the same direction."""
        train, similarity = self.splits.train, self.index.features @ feature
        best = np.argsort(-similarity, kind="stable")[:NEIGHBOURS]
        rows = self.index.rows[best]
        labels = self.output.names(train.labels[rows], self.arm.classes)
        return tuple(map(Neighbour, train.images[rows], labels, similarity[best].tolist()))

    def words(self, example: Example, probabilities: np.ndarray) -> tuple[tuple[str, float], ...]:
        """How much less probable (K,) the best class is without each word; () of what has no words."""
        parts, best = self.modality.without(example), int(probabilities.argmax())
        if not parts:
            return ()
        rest = np.array([left for _, left in parts], object)
        found = self.look(rest, np.arange(len(rest)), "Leaving out a word at a time")[0]
        drops = probabilities[best] - found[:, best]
        return tuple((word, float(drop)) for (word, _), drop in zip(parts, drops, strict=True))

    def calls(self, probabilities: np.ndarray, near: Sequence[tuple[Neighbour, ...]]) -> list[Call]:
        """What (N, K) probabilities say, with every picture's neighbours."""
        labels = self.output.names(self.output.called(probabilities), self.arm.classes)
        sure = self.output.sureness(probabilities).tolist()
        return list(map(Call, labels, sure, map(tuple, probabilities.tolist()), near))


Get = Callable[[Model], Trained]


def predict(question: Predict, get: Get) -> Prediction:
    """What every model makes of every picture. Files that are no pictures are refused, one by one.

    Raises
    ------
    RunError
        When a model cannot be rebuilt, or none of the pictures can be read.
    """
    models = [get(model) for model in question.models]
    shown, refused = _files(question) if question.files else (_from_test(question, models[0]), [])
    if not shown:
        name, reason = refused[0]
        raise RunError(f"{name} {reason}." if len(refused) == 1 else f"None of the files is used: {name} {reason}.")
    note, calls = "", []
    for model in models:
        pixels = np.stack([picture.pixels for picture in shown])
        probabilities, features = model.look(pixels, np.arange(len(shown)), "Predicting")
        try:
            near = [model.nearest(feature) for feature in features]
            if len(model.index.rows) < len(model.splits.train.ids):
                note = f"Looked for among {len(model.index.rows):,} of {len(model.splits.train.ids):,} of them."
        except (RunError, SpecError) as error:
            near, note = [()] * len(shown), f"{model.said('The training images')} cannot be shown. {error}"
        found = model.calls(probabilities, near)
        words = [model.words(one.pixels, p) for one, p in zip(shown, probabilities, strict=True)]
        calls.append([call._replace(words=mine) for call, mine in zip(found, words, strict=True)])
    pictures = [
        picture._replace(calls={model.run_id: made[i] for model, made in zip(models, calls, strict=True)})
        for i, picture in enumerate(shown)
    ]
    return Prediction(models[0].arm.classes, tuple(pictures), tuple(refused), note)


def _files(question: Predict) -> tuple[list[Seen], list[tuple[str, str]]]:
    shown, refused, spec = [], [], question.models[0].spec
    many = catalog.dataset(spec.data.dataset).holds.many
    for name, content in question.files[:PICTURES]:
        try:
            given, seen = modalities.held(spec.data.dataset).opened(content, spec.data.dataset)
            shown.append(Seen(name, given, seen, None, {}))
        except Refused as refusal:
            refused.append((name, str(refusal)))
    refused += [
        (name, f"is one too many: the limit is {PICTURES} {many} at once") for name, _ in question.files[PICTURES:]
    ]
    return shown, refused


def _from_test(question: Predict, model: Trained) -> list[Seen]:
    test, classes = model.splits.test, model.arm.classes
    count = min(question.test_pictures, len(test.ids), PICTURES)
    rows = np.random.default_rng(question.seed).choice(len(test.ids), count, replace=False)
    truths = model.output.names(test.labels[rows], classes)
    pixels = test.images[rows]
    name = model.spec.data.dataset
    shown = modalities.held(name).given(name, test.ids[rows], pixels)
    return [
        Seen(f"Test picture: {together(truth)}", whole, seen, truth, {})
        for whole, seen, truth in zip(shown, pixels, truths, strict=True)
    ]
