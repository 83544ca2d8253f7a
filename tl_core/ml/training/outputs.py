"""What a head's logits say: one label per picture by a softmax, or several at once by a sigmoid for each class.

All that depends on it is here: the loss, the answer and whether it is right. Labels are (N,) int32 [0, K) for one
label per picture, and (N, K) int32, 1 for what a picture shows, for several. Weights have the shape of the labels.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf
from keras import ops
from scipy.special import expit, log_softmax, softmax

from tl_core.base.spec import DataSpec
from tl_core.catalog import dataset


class Softmax(NamedTuple):
    """One of `classes` classes. The loss of a picture is the cross-entropy −log p of its label, in nats."""

    classes: int
    activation: str = "softmax"

    @property
    def label_shape(self) -> tuple[int, ...]:
        return ()

    def first_bias(self, labels: np.ndarray) -> np.ndarray:
        """(K,) float64 that the logits start with: noughts."""
        return np.zeros(self.classes)

    def probabilities(self, logits: np.ndarray) -> np.ndarray:
        """(N, K) → (N, K) float64, rows add up to 1."""
        return softmax(logits.astype(np.float64), axis=1)

    def losses(self, logits: np.ndarray, labels: np.ndarray) -> np.ndarray:
        """(N,) float64."""
        return -log_softmax(logits.astype(np.float64), axis=1)[np.arange(len(labels)), labels]

    def wanted(self, labels: np.ndarray) -> np.ndarray:
        """(N, K) float64: the probabilities that would cost nothing."""
        return np.eye(self.classes)[labels]

    def called(self, probabilities: np.ndarray) -> np.ndarray:
        """(N, K) → the answers, as labels are."""
        return probabilities.argmax(axis=1).astype(np.int32)

    def names(self, labels: np.ndarray, classes: Sequence[str]) -> list[tuple[str, ...]]:
        """The labels of every picture by name."""
        return [(classes[label],) for label in labels]

    def answered(self, probabilities: np.ndarray, labels: np.ndarray) -> np.ndarray:
        """(N,) bool: whether the answer is right."""
        return self.called(probabilities) == labels

    def strata(self, labels: np.ndarray) -> np.ndarray:
        """(N,) int: within which test images are drawn again for an interval, the class."""
        return labels

    def confusion(self, probabilities: np.ndarray, labels: np.ndarray) -> list[list[int]] | None:
        """(K, K): pictures of each class, by what they were called."""
        places = labels * self.classes + self.called(probabilities)
        table: list[list[int]] = np.bincount(places, minlength=self.classes**2).reshape(-1, self.classes).tolist()
        return table

    def sureness(self, probabilities: np.ndarray) -> np.ndarray:
        """(N,): the probability of the answer."""
        return probabilities.max(axis=1)

    def forecasts(self, probabilities: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(M,) probabilities of what can be so or not, and (M,) bool whether it was: the answer of every picture."""
        return self.sureness(probabilities), self.answered(probabilities, labels)

    def tensor_losses(self, logits: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
        """`losses` in a graph, (B,) float32."""
        return tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits)

    def tensor_right(self, logits: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
        """`answered` in a graph, (B,) bool."""
        return tf.equal(tf.argmax(logits, 1, output_type=tf.int32), labels)

    def graph_called(self, probabilities: Any) -> Any:
        """Of Keras' own operations: (N, K) → the number of the class, from 1, (N,) int."""
        return ops.argmax(probabilities, axis=-1) + 1


class Sigmoid(NamedTuple):
    """Any of `classes` classes, each by itself. The loss of a label is the binary cross-entropy, in nats.

    The loss of a picture is their mean over the classes. It shows a class when the probability is at least 0.5, and is
    right when all its labels are.
    """

    classes: int
    activation: str = "sigmoid"

    @property
    def label_shape(self) -> tuple[int, ...]:
        return (self.classes,)

    def first_bias(self, labels: np.ndarray) -> np.ndarray:
        """(K,) float64 that the logits start with, so that each label is called as likely as it is frequent.

        From noughts, a short run would spend its steps on learning that most labels do not apply (Lin et al. 2017,
        Focal Loss for Dense Object Detection, section 3.3, start a rare class so). A label that none has counts as one
        half of a picture.
        """
        shown = np.clip(labels.sum(axis=0), 0.5, len(labels) - 0.5)
        return np.log(shown / (len(labels) - shown))

    def probabilities(self, logits: np.ndarray) -> np.ndarray:
        """(N, K) → (N, K) float64, each in [0, 1]."""
        return expit(logits.astype(np.float64))

    def losses(self, logits: np.ndarray, labels: np.ndarray) -> np.ndarray:
        """(N, K) float64."""
        return np.logaddexp(0, logits.astype(np.float64)) - labels * logits

    def wanted(self, labels: np.ndarray) -> np.ndarray:
        """(N, K) float64: the probabilities that would cost nothing."""
        return labels.astype(np.float64)

    def called(self, probabilities: np.ndarray) -> np.ndarray:
        """(N, K) → the answers, as labels are."""
        return (probabilities >= 0.5).astype(np.int32)

    def names(self, labels: np.ndarray, classes: Sequence[str]) -> list[tuple[str, ...]]:
        """The labels of every picture by name."""
        return [tuple(classes[label] for label in np.flatnonzero(row).tolist()) for row in labels]

    def answered(self, probabilities: np.ndarray, labels: np.ndarray) -> np.ndarray:
        """(N,) bool: whether the answer is right, which is an exact match of all its labels."""
        matches: np.ndarray = (self.called(probabilities) == labels).all(axis=1)
        return matches

    def strata(self, labels: np.ndarray) -> np.ndarray:
        """(N,) int: within which test images are drawn again for an interval, all of them."""
        return np.zeros(len(labels), int)

    def confusion(self, probabilities: np.ndarray, labels: np.ndarray) -> list[list[int]] | None:
        """None: what a class was taken for is not defined where each is answered by itself."""
        return None

    def sureness(self, probabilities: np.ndarray) -> np.ndarray:
        """(N,): the probability of the answer, its labels being independent."""
        return np.maximum(probabilities, 1 - probabilities).prod(axis=1)

    def forecasts(self, probabilities: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(M,) probabilities of what can be so or not, and (M,) bool whether it was: every class of every picture."""
        return probabilities.ravel(), labels.ravel() == 1

    def tensor_losses(self, logits: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
        """`losses` in a graph, (B, K) float32."""
        return tf.nn.sigmoid_cross_entropy_with_logits(tf.cast(labels, tf.float32), logits)

    def tensor_right(self, logits: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
        """`answered` in a graph, (B,) bool."""
        return tf.reduce_all(tf.equal(tf.cast(logits >= 0, tf.int32), labels), axis=1)

    def graph_called(self, probabilities: Any) -> Any:
        """Of Keras' own operations: (N, K) → the number of the class where it is called, from 1, else 0, (N, K) int."""
        return ops.where(probabilities >= 0.5, ops.arange(1, self.classes + 1), 0)


Output = Softmax | Sigmoid


def output_of(data: DataSpec) -> Output:
    """What the logits of a run on these data say."""
    entry = dataset(data.dataset)
    return (Sigmoid if entry.multi_label else Softmax)(len(data.classes or entry.classes))
