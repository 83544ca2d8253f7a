"""A run as a Python script or a notebook that trains it again with plain Keras: the code, the pictures, the weights."""

from __future__ import annotations

import io
import json
import pprint
import re
from string import Template
from typing import Any

import keras
import numpy as np

from tl_core import catalog
from tl_core.base.events import Emit, Progress, RunError
from tl_core.base.questions import Pack, Package
from tl_core.base.settings import ASSETS
from tl_core.base.spec import RunSpec
from tl_core.catalog import Modality, strategies
from tl_core.catalog.backbones import BACKBONES
from tl_core.ml.data import modalities
from tl_core.ml.data.splits import Splits
from tl_core.ml.network import arm, freezing, models
from tl_core.ml.trained import portable, source_code
from tl_core.ml.training import outputs, phase

TEMPLATE = ASSETS / "take_home" / "reproduce.py.txt"
PICTURE_BYTES = 500_000_000  # so much of pixels is packed at most
CELL = re.compile(r"^# %%", re.MULTILINE)
DATA, WEIGHTS = "data.npz", "start.weights.h5"


def pack(question: Pack, emit: Emit) -> Package:
    """The script or notebook first, then the two files that it reads.

    Raises
    ------
    RunError
        When the pictures are gone or too many, a phase has a plan of its own, a budget in seconds cut phases short, or
        the run made a mistake on purpose.
    """
    spec = question.model.spec
    if spec.mistake != "none":
        raise RunError(
            "This run made a mistake on purpose, for a lesson, and a script of plain Keras would not repeat it. Take "
            "the right way of the same lesson home instead."
        )
    phases = strategies.phases(spec, catalog.card(spec.backbone).stage_names)
    if any(one.plan for one in phases):
        raise RunError(
            "This run re-initialised layers in the middle, as a control experiment of a study. A script can "
            "be written only for runs with one freeze plan."
        )
    if spec.seconds is not None and len(phases) > 1:
        raise RunError(
            "A budget in seconds cut this run's phases where no script could cut them again. Repeat it with a number "
            "of epochs as its only budget, then take that one home."
        )
    splits = modalities.load(spec, emit, lambda: False)
    emit(Progress("Packing the examples", 0, 1))
    pictures = _pictures(splits, catalog.dataset(spec.data.dataset).holds)
    keras.utils.clear_session()  # layers are then called as they will be in the script's own process
    bias = outputs.output_of(spec.data).first_bias(splits.train.labels)
    start = arm.start(spec, bias, emit, lambda: False)
    emit(Progress("Writing the script", 0, 1))
    text = _text(question, start, len(splits.train.ids))
    files = {"run.py": text.encode()} if question.form == "script" else {"run.ipynb": _notebook(text)}
    return Package(files | {DATA: pictures, WEIGHTS: portable.saved(start.model.save_weights, WEIGHTS)})


def _pictures(splits: Splits, holds: Modality) -> bytes:
    size = sum(int(np.prod(part.images.shape)) for part in splits[:3])
    if size > PICTURE_BYTES:
        raise RunError(
            f"The {holds.many} of this run take {size / 1e6:,.0f} MB, more than the {PICTURE_BYTES / 1e6:,.0f} MB that "
            f"are packed at most. Repeat it with fewer {holds.many} per {holds.per}, then take that one home."
        )
    arrays: dict[str, Any] = {}
    for name, part in zip(("train", "val", "test"), splits[:3], strict=True):
        arrays |= {
            f"{name}_images": part.images[np.arange(len(part.ids))],
            f"{name}_labels": part.labels,
            f"{name}_weights": part.weights,
            f"{name}_ids": part.ids,
        }
    content = io.BytesIO()
    np.savez_compressed(content, **arrays)
    return content.getvalue()


def _text(question: Pack, start: arm.RunModel, train_images: int) -> str:
    return _filled(_settings(question, start, train_images), _parts(question, start.spec))


def _filled(settings: dict[str, Any], parts: dict[str, str]) -> str:
    """The script in one pass over its template. What people named stands in `settings` only, which is a literal."""
    literal = pprint.pformat(settings, width=110, compact=True, sort_dicts=False)
    return Template(TEMPLATE.read_text(encoding="utf-8")).substitute(parts, settings=literal)


def _parts(question: Pack, spec: RunSpec) -> dict[str, str]:
    entry, stages = BACKBONES[spec.backbone], catalog.card(spec.backbone).stage_names
    return {
        "tensorflow": _version("tensorflow"),
        "keras": _version("keras"),
        "data_file": DATA,
        "weights_file": WEIGHTS,
        "tested": f"{question.tested:.4f}",
        "origin": (
            f"What is not new in them is {entry.title}, pretrained on {entry.source_task}: the file "
            f"{entry.weights_file} ({entry.licence})."
            if strategies.transfers(spec, stages)
            else "They are random: this run started from scratch."
        ),
        "budget": (
            f"The run had a budget of {spec.seconds:g} s and trained {question.epochs:.3g} epochs in it. The script "
            "trains as many, but its learning rate follows the epochs, not the clock."
            if spec.seconds
            else ""
        ),
        "backbone": source_code.backbone(spec),
        "augmentation": source_code.augmentation(spec),
        "output": source_code.output(spec),
        "probe": source_code.probe(strategies.phases(spec, stages)),
        "fitted": source_code.fitted(spec),
        "examples": modalities.of(spec.backbone).READ_AS,
        "schedule": source_code.schedule(spec),
    }


def _version(package: str) -> str:
    from importlib.metadata import version

    return version(package)


def _settings(question: Pack, start: arm.RunModel, train_images: int) -> dict[str, Any]:
    spec = start.spec
    return {
        "title": question.title,
        "classes": list(start.classes),
        "seed": spec.seed,
        "image_size": spec.image_size,
        "input_shape": modalities.of(spec.backbone).input_shape(spec.image_size),
        "dtype": modalities.of(spec.backbone).DTYPE,
        "batch_size": spec.batch_size,
        "head": spec.head.model_dump(),
        "optimizer": spec.optimizer.model_dump(include={"name", "weight_decay", "momentum"}),
        "patience": spec.patience,
        "epochs_trained": question.epochs if spec.seconds else spec.epochs,
        "phases": _phases(start, train_images),
        "data_file": DATA,
        "weights_file": WEIGHTS,
        "tested": question.tested,
    }


def _phases(start: arm.RunModel, train_images: int) -> list[dict[str, Any]]:
    """Every phase: the layers that train, by their share of its learning rate, and how batch normalisation behaves."""
    card = catalog.card(start.spec.backbone)
    plan = strategies.plan(start.spec, card.stage_names)
    found = []
    for one in strategies.phases(start.spec, card.stage_names):
        arm.set_trainable(start.spec, start.model, one, one.plan or plan, card, train_images)
        norms = [layer for layer in models.flat_layers(start.model) if layer.trainable and hasattr(layer, "momentum")]
        layers: dict[float, list[str]] = {}
        for operation, share in phase.rates(start.model, one, card):
            for layer in models.flat_layers(operation):
                if layer.trainable and (layer.weights or isinstance(layer, keras.layers.Dropout)):
                    layers.setdefault(share, []).append(layer.name)
        found.append(
            {
                "name": one.name,
                "epochs": one.epochs,
                "learning_rate": one.learning_rate,
                "solved": one.solved,
                "layers": layers,
                "momentum": {layer.name: layer.momentum for layer in norms},
                "keeps_statistics": [layer.name for layer in norms if freezing.keeps_statistics(layer)],
            }
        )
    return found


def _notebook(text: str) -> bytes:
    """The script's cells as nbformat 4.5."""
    cells: list[dict[str, Any]] = []
    for number, block in enumerate(CELL.split(text)[1:]):
        head, _, body = block.partition("\n")
        prose = "[markdown]" in head
        body = body.strip("\n")
        if prose:
            body = "\n".join(line.removeprefix("#").removeprefix(" ") for line in body.splitlines())
        cell: dict[str, Any] = {
            "cell_type": "markdown" if prose else "code",
            "id": f"cell-{number}",
            "metadata": {},
            "source": body.splitlines(keepends=True),
        }
        cells.append(cell if prose else cell | {"execution_count": None, "outputs": []})
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    content = {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    return (json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode()
