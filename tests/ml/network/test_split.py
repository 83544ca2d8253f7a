"""Cuts: where they are, and that two halves are the whole."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import keras
import numpy as np
import pytest

from tl_core.base.spec import Head
from tl_core.ml.network import models
from tl_core.ml.network.split import cut_points, longest_frozen_cut, split

if TYPE_CHECKING:
    from tests.ml.conftest import Built

TOLERANCE = 1e-4


def joins_without_layers() -> keras.Model:
    """Two joins made by Python operators: x + branch, then * 2."""
    inputs = keras.Input((8, 8, 3), name="pixels")
    x = keras.layers.Conv2D(4, 3, padding="same", name="stem")(inputs)
    y = keras.layers.Conv2D(4, 3, padding="same", name="branch")(x)
    x = (x + y) * 2.0
    return keras.Model(inputs, keras.layers.Conv2D(2, 1, name="top")(x))


def needed_by_every_path(model: keras.Model) -> list[str]:
    """The definition, taken literally: without this operation the output cannot be reached from the input."""
    below = defaultdict(set)
    maker: dict[int, str] = {}
    names = list(models.canonical_names(model))
    graph = models.nodes(model)
    for name, node in zip(names, graph, strict=True):
        maker.update((id(tensor), name) for tensor in node.outputs)
        below[name] = {maker[id(tensor)] for tensor in node.input_tensors}

    def reaches_input(without: str) -> bool:
        seen, todo = {without}, [names[-1]]
        while todo:
            name = todo.pop()
            if name not in seen:
                seen.add(name)
                todo.extend(below[name])
        return names[0] in seen

    return [name for name in names[1:-1] if not reaches_input(without=name)]


def test_suffix_of_prefix_is_the_whole_at_every_stage(built: Built) -> None:
    whole = np.asarray(built.model(built.images, training=False))
    for stage in built.card.stages:
        prefix, suffix = split(built.model, stage.cut)
        parts = np.asarray(suffix(prefix(built.images, training=False), training=False))
        assert np.abs(parts - whole).max() <= TOLERANCE * np.abs(whole).max(), stage.name


def test_cut_points_are_what_every_path_crosses(built: Built) -> None:
    assert cut_points(built.model) == needed_by_every_path(built.model)


def test_every_stage_ends_at_a_cut_point(built: Built) -> None:
    assert {stage.cut for stage in built.card.stages} <= set(cut_points(built.model))


def test_a_bare_operation_can_be_a_cut() -> None:
    model = joins_without_layers()
    assert cut_points(model) == ["stem", "add", "multiply"]
    images = np.random.default_rng(0).normal(size=(3, 8, 8, 3)).astype("float32")
    for cut in cut_points(model):
        prefix, suffix = split(model, cut)
        np.testing.assert_array_equal(suffix(prefix(images)), model(images))


def test_both_parts_share_the_layers_of_the_whole() -> None:
    model = joins_without_layers()
    prefix, suffix = split(model, "add")
    assert {layer.name for layer in prefix.layers if layer.weights} == {"stem", "branch"}
    assert suffix.get_layer("top") is model.get_layer("top")
    assert prefix.get_layer("stem") is model.get_layer("stem")


def test_a_part_can_be_cut_again() -> None:
    model = joins_without_layers()
    _, suffix = split(model, "stem")
    assert cut_points(suffix) == ["add", "multiply"]


def test_no_cut_inside_a_branch() -> None:
    model = joins_without_layers()
    with pytest.raises(ValueError, match="'branch' is no cut point"):
        split(model, "branch")


@pytest.mark.parametrize(
    ("frozen", "cut"),
    [
        (set(), None),
        ({"stem"}, None),  # the input itself is not among them
        ({"pixels"}, None),
        ({"pixels", "stem"}, "stem"),
        ({"pixels", "stem", "branch"}, "stem"),
        ({"pixels", "stem", "branch", "add"}, "add"),
        ({"pixels", "stem", "add", "multiply"}, "stem"),
        ({"pixels", "stem", "branch", "add", "multiply", "top"}, "multiply"),
    ],
)
def test_the_longest_frozen_cut(frozen: set[str], cut: str | None) -> None:
    assert longest_frozen_cut(joins_without_layers(), frozen) == cut


def test_the_pooled_features_are_the_cut_of_a_frozen_backbone() -> None:
    backbone = models.build_backbone("tiny_resnet_cifar100", 32, None)
    model = models.attach_head(backbone, Head(kind="pool"), 10, 0)
    frozen = set(models.canonical_names(backbone)) | {"head_pool"}
    assert longest_frozen_cut(model, frozen) == "head_pool"
