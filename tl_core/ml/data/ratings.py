"""Ratings: (N,) str objects, a film and who rated it, read as (N, 2) int32: the film's place and the person's, from 0.

Their own measures are those of recommendation: the error of the expected star, and how well films are ranked.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from tl_core.base.bootstrap import Score
from tl_core.base.events import Emit, ShouldStop
from tl_core.base.questions import Example
from tl_core.catalog import DATASETS, MODALITIES, dataset_folder, weights_path
from tl_core.ml.data import answering, movietweetings
from tl_core.ml.data.movietweetings import BY
from tl_core.ml.data.splits import Images, Splits
from tl_core.uploads.decode import Refused

DTYPE = "int32"
READ_AS = "(N, 2) int32, a film and a person, both counted from 0"
EXAMPLE = MODALITIES["ratings"].like
LIKED = 8  # stars from which a film is one to recommend: the upper half of all ratings
FIRST = 10  # films of a recommendation
SHRINKING = 3.0  # ratings that the average person stands for in a new person's own leniency


def input_shape(size: int) -> tuple[int, ...]:
    return (2,)


def reader(backbone: str, size: int, emit: Emit, should_stop: ShouldStop) -> Callable[[Images], np.ndarray]:
    """Raises RunError when the films are not on this machine any more."""
    read = _reader()
    return lambda texts: np.array([read(text) for text in texts[:]], np.int32).reshape(-1, 2)


def _reader() -> Callable[[str], tuple[int, int]]:
    """Raises ValueError, in words that follow the text's name, for an unknown film or person."""
    entry = DATASETS["movietweetings"]
    places = {film: i for i, film in enumerate(_films())}

    def read(text: str) -> tuple[int, int]:
        film, _, person = text.rpartition(BY)
        if film not in places:
            raise ValueError(f"names no film of {entry.title}; a rating is written as in “{EXAMPLE}”")
        if not (person.isdecimal() and 1 <= int(person) <= entry.strata):
            raise ValueError(f"names a person who is not there: they are numbered from 1 to {entry.strata}")
        return places[film], int(person) - 1

    return read


def _films() -> tuple[str, ...]:
    return movietweetings.read(dataset_folder(DATASETS["movietweetings"]).parent).films


def fitted(size: int) -> Callable[[Any], Any]:
    """They are as the network takes them."""
    return lambda pairs: pairs


def augmenter(strength: str, flip: bool, seed: int) -> keras.Model | None:
    """There is no other way to say who rated what."""
    return None


def opened(content: bytes, name: str) -> tuple[str, str]:
    """A film and a person, in UTF-8."""
    try:
        text = content.decode().strip()
        _reader()(text)
    except UnicodeDecodeError as error:
        raise Refused("is no text in UTF-8") from error
    except ValueError as error:
        raise Refused(str(error)) from error
    return text, text


def alike(numbers: Any, side: int) -> Any:
    """They have no size."""
    return numbers


def entrance(side: int, size: int) -> tuple[Any, Any]:
    """(N, 2) int32 → the same."""
    pairs = keras.Input((2,), dtype=DTYPE, name="pairs")
    return pairs, pairs


def lite_entrance(side: int, size: int) -> tuple[Any, Any]:
    """(1, 2) int32 → the same."""
    pairs = keras.Input((2,), batch_size=1, dtype=DTYPE, name="pairs")
    return pairs, pairs


def given(name: str, ids: np.ndarray, examples: np.ndarray) -> list[Example]:
    """A person is given what a network is."""
    return list(examples)


def companions(backbone: str, size: int, emit: Emit, should_stop: ShouldStop) -> dict[str, bytes]:
    """The films in the order of their places, one in a line, and a script that answers ratings with both."""
    films = "\n".join(_films()).encode()
    return {"answer.py": answering.script("ratings", (EXAMPLE,)), "films.txt": films}


def shown(numbers: Images, load: Callable[[], Images]) -> Images:
    """Text, not places."""
    return load()


def references(splits: Splits) -> dict[str, np.ndarray]:
    """Means alone. What they expect is shared between the two nearest stars, so that their mean is what is expected."""
    with np.load(weights_path("item_means")) as stored:
        average, means = float(stored["average"]), stored["means/embeddings"][:, 0].astype(np.float64)
    read, stars = _reader(), _values(splits.classes)
    (films, people), (asked, tested) = (
        np.array([read(text) for text in part.images[:]]).T for part in (splits.train, splits.test)
    )
    given, known, others = stars[splits.train.labels], average + means[films], average + means[asked]
    counts = np.bincount(people, minlength=DATASETS["movietweetings"].strata)
    own, above = (np.bincount(people, values, len(counts)) for values in (given, given - known))
    expected = {
        "the person's own mean": (own / np.maximum(counts, 1))[tested],
        "the film's mean": others,
        "the film's mean and the person's leniency": others + (above / (counts + SHRINKING))[tested],
    }
    return {name: _shared(values, stars) for name, values in expected.items()}


def _values(classes: tuple[str, ...]) -> np.ndarray:
    """(K,) float64: the stars of every class."""
    return np.array([float(name) for name in classes])


def _shared(expected: np.ndarray, stars: np.ndarray) -> np.ndarray:
    """(N,) float, (K,) whole stars one apart → (N, K) probabilities with this mean, within the stars that there are."""
    return np.clip(1 - abs(np.clip(expected, stars.min(), stars.max())[:, None] - stars), 0, 1)


def without(example: Example) -> list[tuple[str, Example]]:
    """A film cannot be named in part."""
    return []


def measures(splits: Splits, probabilities: np.ndarray) -> dict[str, Score]:
    """RMSE in stars and recall at ten of (N, 10) probabilities of the test ratings. RMSE is of the expected star."""
    stars, test = _values(splits.classes), splits.test
    expected, truth = probabilities @ stars, stars[test.labels]
    squared = (expected - truth) ** 2
    return {
        "rmse": lambda counts: np.sqrt(squared @ counts / counts.sum(axis=0)),
        "recall_at_10": recall(expected, truth, test.images[:, 1]),
    }


def recall(expected: np.ndarray, truth: np.ndarray, people: np.ndarray) -> Score:
    """Recall at ten: of the test films that somebody likes, the share among the ten that are put first for them.

    The mean over people who like one and have more test films than ten, so that something can be missed; NaN without
    such people. Where several films are expected the same, the mean over their orders. All (N,).
    """
    shares, first = [], []
    for person in np.unique(people):
        own, liked = expected[people == person], truth[people == person] >= LIKED
        before, level = ((own[None] > own[:, None]).sum(1), (own[None] == own[:, None]).sum(1))
        if liked.any() and len(own) > FIRST:
            shares.append(np.clip((FIRST - before) / level, 0, 1)[liked].mean())
            first.append(np.flatnonzero(people == person)[0])

    def score(counts: np.ndarray) -> np.ndarray:
        times = counts[first]  # (people, B): a person counts as often as their ratings
        whole = times.sum(axis=0)
        return np.divide(np.array(shares) @ times, whole, out=np.full(len(whole), np.nan), where=whole > 0)

    return score
