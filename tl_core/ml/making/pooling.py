"""What a sentence's vector is worth by how it is pooled: `python -m tl_core.ml.making.pooling --seeds 10`.

The same frozen encoder on the same sentences of SST-2: the mean over the words, as it is and made of length 1, the
token [CLS] in front of them, and the mean without a mask, where places that only fill a sentence up are read and
counted as words. Each with the solved probe and with scikit-learn's logistic regression as it comes (C = 1). The rows
are in assets/evidence/sentences.md.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from statistics import mean
from unittest import mock

import keras
import numpy as np
from sklearn.linear_model import LogisticRegression

from tl_core.base.events import Event
from tl_core.base.spec import RunSpec, run_spec
from tl_core.ml.data import modalities
from tl_core.ml.data.downloads import fetch_weights
from tl_core.ml.data.splits import Split
from tl_core.ml.network import bert, models
from tl_core.ml.training import outputs, probe

LABELS, LENGTH = (5, 20, 50, 200), 48
Vectors = Callable[[np.ndarray], np.ndarray]  # (N, L) int32 tokens → (N, C)
Parts = list[probe.Examples]  # to train on, to validate, to test


def _ignore(event: Event) -> None:
    pass


def _network(spec: RunSpec) -> keras.Model:
    return models.build_backbone(spec.backbone, spec.image_size, fetch_weights(spec.backbone, _ignore, lambda: False))


def ways(spec: RunSpec) -> dict[str, Vectors]:
    """How sentences become vectors, by its name."""
    network = _network(spec)
    words = keras.Model(network.inputs[0], network.get_layer("block_6").output)
    mean_over_words = keras.Model(network.inputs[0], network.get_layer("pooling").input)
    with mock.patch.object(bert, "PADDING", -1):
        unmasked = _network(spec)

    def first(tokens: np.ndarray) -> np.ndarray:
        vectors = words.predict(tokens, verbose=0)[:, 0]
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

    return {
        "mean over the words": lambda tokens: network.predict(tokens, verbose=0),
        "mean, not made of length 1": lambda tokens: mean_over_words.predict(tokens, verbose=0),
        "[CLS]": first,
        "mean without a mask": lambda tokens: unmasked.predict(tokens, verbose=0),
    }


def solved(parts: Parts) -> float:
    """Accuracy on the test sentences of the solved probe, its penalty chosen on the validation sentences."""
    train, val, test = parts
    output = outputs.output_of(_spec(1, 0).data)
    logits = probe.solve(train, val, output).path[-1].logits(test.features)
    return float(output.answered(output.probabilities(logits), test.labels).mean())


def as_it_comes(parts: Parts) -> float:
    """Accuracy on the test sentences of scikit-learn's logistic regression, which nothing is chosen for."""
    train, _, test = parts
    found = LogisticRegression(max_iter=3000).fit(train.features, train.labels)
    return float(found.score(test.features, test.labels))


CLASSIFIERS: dict[str, Callable[[Parts], float]] = {"solved probe": solved, "scikit-learn, C = 1": as_it_comes}


def once(vectors: Vectors, tokens: np.ndarray) -> Vectors:
    """The same for any of these (N, L) tokens, each of which is looked at once."""
    rows = np.unique(tokens, axis=0)
    known = dict(zip(map(bytes, rows), vectors(rows), strict=True))
    return lambda wanted: np.stack([known[bytes(row)] for row in wanted])


def _spec(labels: int, seed: int) -> RunSpec:
    data = {"dataset": "sst2", "per_class": labels, "test_images": None, "seed": seed}
    return run_spec(backbone="minilm_l6", image_size=LENGTH, data=data)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tl_core.ml.making.pooling")
    parser.add_argument("--seeds", type=int, default=3)
    seeds = range(parser.parse_args().seeds)
    runs = {(labels, seed): _spec(labels, seed) for labels in LABELS for seed in seeds}
    splits = {place: modalities.load(spec, _ignore, lambda: False) for place, spec in runs.items()}
    tokens = np.concatenate([np.asarray(part.images[:]) for one in splits.values() for part in one[:3]])
    for name, vectors in ways(_spec(5, 0)).items():
        looked = once(vectors, tokens)
        examples = {place: [_examples(part, looked) for part in one[:3]] for place, one in splits.items()}
        for title, classified in CLASSIFIERS.items():
            scores = [mean(classified(examples[n, seed]) for seed in seeds) for n in LABELS]
            print(f"| {name} | {title} |", " | ".join(f"{score:.3f}" for score in scores), "|", flush=True)


def _examples(part: Split, vectors: Vectors) -> probe.Examples:
    return probe.Examples(vectors(np.asarray(part.images[:])), part.labels, part.weights)


if __name__ == "__main__":
    main()
