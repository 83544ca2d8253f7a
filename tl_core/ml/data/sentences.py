"""Sentences: (N,) str objects, read by their backbone's own tokenizer as (N, L) int32 tokens, 0 after the last one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import ops

from tl_core.base.bootstrap import Score
from tl_core.base.events import Emit, RunError, ShouldStop
from tl_core.base.questions import Example
from tl_core.catalog import MODALITIES
from tl_core.ml.data import answering
from tl_core.ml.data.downloads import fetch_tokenizer
from tl_core.ml.data.splits import Images, Splits
from tl_core.uploads.sentences import cleaned, parts

DTYPE = "int32"
READ_AS = "(N, L) int32 tokens, 0 after the last one"
PADDING, UNKNOWN, SPECIAL = 0, 100, 1000  # tokens below SPECIAL are no words: those of BERT's vocabularies
DROPPED = {"light": 0.1, "strong": 0.25}
WORDS = 60  # that are taken away one by one, at most


def input_shape(size: int) -> tuple[int, ...]:
    return (size,)


def reader(backbone: str, size: int, emit: Emit, should_stop: ShouldStop) -> Callable[[Images], np.ndarray]:
    """Longer sentences end after `size` tokens. Raises RunError when the tokenizer is damaged or cannot be had."""
    tokenizer = _tokenizer(backbone, size, emit, should_stop)

    def read(sentences: Images) -> np.ndarray:
        encoded = tokenizer.encode_batch(list(sentences[:]))
        return np.array([one.ids for one in encoded], np.int32).reshape(-1, size)

    return read


def _tokenizer(backbone: str, size: int, emit: Emit, should_stop: ShouldStop) -> Any:
    from tokenizers import Tokenizer

    path = fetch_tokenizer(backbone, emit, should_stop)
    try:
        tokenizer = Tokenizer.from_file(str(path))
    except Exception as error:  # the library raises nothing narrower
        raise RunError(f"{path.name} is damaged. Delete it (in {path.parent}) and start again.") from error
    tokenizer.enable_truncation(size)
    tokenizer.enable_padding(length=size)
    return tokenizer


def fitted(size: int) -> Callable[[Any], Any]:
    """The reader has brought them to their length."""
    return lambda tokens: tokens


class WordDropout(keras.layers.Layer):
    """In training, a share of the words gives way to the unknown one (Iyyer et al. 2015, Deep Unordered Composition
    Rivals Syntactic Methods for Text Classification, section 4). (B, L) int32 → the same.
    """

    def __init__(self, share: float, seed: int) -> None:
        super().__init__(dtype=DTYPE)
        self.share, self.seed_generator = share, keras.random.SeedGenerator(seed)

    def call(self, tokens: Any, training: bool = False) -> Any:
        if not training:
            return tokens
        chance = keras.random.uniform(ops.shape(tokens), dtype="float32", seed=self.seed_generator)
        return ops.where((chance < self.share) & (tokens >= SPECIAL), UNKNOWN, tokens)


def augmenter(strength: str, flip: bool, seed: int) -> keras.Sequential | None:
    """`light`: one word in ten is dropped, `strong`: one in four."""
    if strength == "none":
        return None
    return keras.Sequential([WordDropout(DROPPED[strength], seed)], name="augmentation")


def opened(content: bytes, name: str) -> tuple[str, str]:
    """What was typed, in UTF-8."""
    text = cleaned(content)
    return text, text


def alike(numbers: Any, side: int) -> Any:
    """The reader has brought them to their length."""
    return numbers


def entrance(side: int, size: int) -> tuple[Any, Any]:
    """(N, size) int32 tokens, as the tokenizer gives them → the same."""
    tokens = keras.Input((size,), dtype=DTYPE, name="tokens")
    return tokens, tokens


def lite_entrance(side: int, size: int) -> tuple[Any, Any]:
    """(1, size) int32 tokens → the same."""
    tokens = keras.Input((size,), batch_size=1, dtype=DTYPE, name="tokens")
    return tokens, tokens


def given(name: str, ids: np.ndarray, examples: np.ndarray) -> list[Example]:
    """A person is given what a network is."""
    return list(examples)


def companions(backbone: str, size: int, emit: Emit, should_stop: ShouldStop) -> dict[str, bytes]:
    """The tokenizer, which cuts and pads as the reader does, and a script that answers sentences with both."""
    tokenizer = _tokenizer(backbone, size, emit, should_stop)
    script = answering.script("sentences", (MODALITIES["sentences"].like, "a tedious mess"), "tokenizers")
    return {"answer.py": script, "tokenizer.json": tokenizer.to_str(pretty=True).encode()}


def shown(numbers: Images, load: Callable[[], Images]) -> Images:
    """Text, not tokens."""
    return load()


def references(splits: Splits) -> dict[str, np.ndarray]:
    """A bag of words."""
    from tl_core.ml.data import bag_of_words  # scikit-learn takes a second to be imported

    return {"a bag of words": bag_of_words.probabilities(splits)}


def without(example: Example) -> list[tuple[str, Example]]:
    """Words as `parts` finds them, the first of them where there are many.

    So Li, Monroe and Jurafsky 2016, Understanding Neural Networks through Representation Erasure, find what counts.
    """
    text = str(example)
    return [(text[start:end], " ".join((text[:start] + text[end:]).split())) for start, end in parts(text)[:WORDS]]


def measures(splits: Splits, probabilities: np.ndarray) -> dict[str, Score]:
    """Those of a classifier are all there are."""
    return {}
