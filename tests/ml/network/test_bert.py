"""The encoder for sentences: equal to the reference, blind to padding, cut where one tensor crosses."""

from __future__ import annotations

import json
from pathlib import Path

import keras
import numpy as np
import pytest
from safetensors.numpy import save_file

from tl_core.ml.network import bert
from tl_core.ml.network.split import cut_points, split

REFERENCE = Path(__file__).parent / "minilm"
LENGTH = 12
SMALL = {"vocabulary": 50, "positions": 16, "width": 8, "hidden": 16, "blocks": 2, "heads": 2}


def _small(length: int = LENGTH) -> keras.Model:
    return bert.bert((length,), **SMALL)


def _tokens(words: int, length: int = LENGTH) -> np.ndarray:
    tokens = np.zeros((3, length), np.int32)
    tokens[:, :words] = np.random.default_rng(0).integers(1, 50, (3, words))
    return tokens


def test_fifty_sentences_of_many_scripts_are_as_the_reference_implementation_has_them(minilm: Path) -> None:
    from tokenizers import Tokenizer

    network = bert.bert((128,), vocabulary=30522, positions=512, width=384, hidden=1536, blocks=6, heads=12)
    bert.load_weights(network, minilm / "model.safetensors")
    tokenizer = Tokenizer.from_file(str(minilm / "tokenizer.json"))
    tokenizer.enable_truncation(128)
    tokenizer.enable_padding(length=128)
    sentences = json.loads((REFERENCE / "sentences.json").read_text(encoding="utf-8"))
    tokens = np.array([encoded.ids for encoded in tokenizer.encode_batch(sentences)], np.int32)
    means = np.load(REFERENCE / "vectors.npy")
    expected = means / np.linalg.norm(means, axis=1, keepdims=True)
    assert len(expected) == 50
    np.testing.assert_allclose(np.asarray(network(tokens)), expected, rtol=0, atol=1e-4)


def test_padding_changes_nothing() -> None:
    long, short = _small(), _small(7)
    short.set_weights(long.get_weights())
    tokens = _tokens(5)
    np.testing.assert_allclose(long(tokens), short(tokens[:, :7]), atol=1e-6)


def test_the_order_of_words_counts() -> None:
    network, tokens = _small(), _tokens(5)
    turned = tokens.copy()
    turned[:, :5] = tokens[:, 4::-1]
    assert np.abs(np.asarray(network(tokens)) - np.asarray(network(turned))).max() > 1e-6


@pytest.mark.parametrize("cut", ["embeddings", "block_1", "block_2"])
def test_cut_after_a_stage_it_is_bit_for_bit_the_whole(cut: str) -> None:
    network, tokens = _small(), _tokens(5)
    assert cut in cut_points(network)
    prefix, suffix = split(network, cut)
    activations = np.asarray(prefix(tokens))
    assert (activations[:, 5:] == 0).all()
    np.testing.assert_array_equal(suffix(activations), network(tokens))


def _as_published(network: keras.Model) -> dict[str, np.ndarray]:
    """The weights under the names of the library transformers."""
    there = {"embeddings.token_type_embeddings.weight": np.ones((2, SMALL["width"]), np.float32)}
    for layer in network.layers:
        values = [np.ascontiguousarray(value.T if layer.name != "words" else value) for value in layer.get_weights()]
        if layer.name in ("words", "positions"):
            place = {"words": "word", "positions": "position"}[layer.name]
            there[f"embeddings.{place}_embeddings.weight"] = values[0] if layer.name == "words" else layer.embeddings
        elif values:
            _, number, part = layer.name.split("_", 2) if layer.name != "embeddings_norm" else ("", "", "")
            place = f"encoder.layer.{int(number) - 1}.{bert.NAMES[part]}" if number else "embeddings.LayerNorm"
            there |= {f"{place}.weight": values[0], f"{place}.bias": values[1]}
    return {name: np.ascontiguousarray(value, np.float32) for name, value in there.items()}


def test_weights_come_back_from_a_file_and_the_first_segment_is_added(tmp_path: Path) -> None:
    source, target = _small(), _small()
    save_file(_as_published(source), tmp_path / "weights.safetensors")
    bert.load_weights(target, tmp_path / "weights.safetensors")
    for ours, theirs in zip(target.weights, source.weights, strict=True):
        np.testing.assert_array_equal(ours, theirs + (ours.path == "positions/embeddings"))


def test_a_file_that_is_damaged_or_for_another_network_changes_nothing(tmp_path: Path) -> None:
    network, path = _small(), tmp_path / "weights.safetensors"
    before, there = network.get_weights(), _as_published(network)
    save_file({**there, "embeddings.LayerNorm.bias": np.zeros(9, np.float32)}, path)
    others = [path.read_bytes(), path.read_bytes()[:-100], b"", b"\xff" * 64]
    save_file({name: value for name, value in there.items() if "layer.1" not in name}, path)
    for content in [*others, path.read_bytes()]:
        path.write_bytes(content)
        with pytest.raises(ValueError, match=r"weights\.safetensors is (damaged|for another network)"):
            bert.load_weights(network, path)
    for now, then in zip(network.get_weights(), before, strict=True):
        np.testing.assert_array_equal(now, then)
