"""A run as a Python script or a notebook that trains it again with plain Keras: the code, the pictures, the weights."""

from __future__ import annotations

import inspect
import io
import json
import pprint
import re
from collections.abc import Sequence
from string import Template
from typing import Any

import keras
import numpy as np

from tl_core import catalog
from tl_core.base.events import Emit, Progress, RunError
from tl_core.base.questions import Pack, Package
from tl_core.base.settings import ASSETS
from tl_core.base.spec import Phase, RunSpec
from tl_core.catalog import schedules, strategies
from tl_core.catalog.backbones import BACKBONES
from tl_core.ml.data import augment
from tl_core.ml.data.splits import Splits, load
from tl_core.ml.network import arm, freezing, models, tiny_resnet
from tl_core.ml.trained import portable
from tl_core.ml.training import outputs, phase, probe

TEMPLATE = ASSETS / "take_home" / "reproduce.py.txt"
SOLVE_HEAD = ASSETS / "take_home" / "solve_head.py.txt"
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
    splits = load(spec.data, emit, lambda: False)
    emit(Progress("Packing the pictures", 0, 1))
    pictures = _pictures(splits)
    keras.utils.clear_session()  # layers are then called as they will be in the script's own process
    bias = outputs.output_of(spec.data).first_bias(splits.train.labels)
    start = arm.start(spec, bias, emit, lambda: False)
    emit(Progress("Writing the script", 0, 1))
    text = _text(question, start, len(splits.train.ids))
    files = {"run.py": text.encode()} if question.form == "script" else {"run.ipynb": _notebook(text)}
    return Package(files | {DATA: pictures, WEIGHTS: portable.saved(start.model.save_weights, WEIGHTS)})


def _pictures(splits: Splits) -> bytes:
    size = sum(int(np.prod(part.images.shape)) for part in splits[:3])
    if size > PICTURE_BYTES:
        raise RunError(
            f"The pictures of this run take {size / 1e6:,.0f} MB, more than the {PICTURE_BYTES / 1e6:,.0f} MB that are "
            "packed at most. Repeat it with fewer images per class, then take that one home."
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
        "backbone": _backbone(spec),
        "augmentation": _augmentation(spec),
        "output": _output(spec),
        "probe": _probe(strategies.phases(spec, stages)),
        "schedule": _schedule(spec),
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


def _backbone(spec: RunSpec) -> str:
    entry = BACKBONES[spec.backbone]
    if entry.module:
        options = "".join(f", {name}={value!r}" for name, value in entry.kwargs.items())
        return (
            f"preprocess_input = keras.applications.{entry.module}.preprocess_input\n\n\n"
            "def build_backbone(shape):\n"
            f"    return keras.applications.{entry.builder}(\n"
            f"        include_top=False, weights=None, input_shape=shape{options}\n    )"
        )
    sources = [inspect.getsource(part) for part in (tiny_resnet._conv_norm, tiny_resnet._block)]
    constants = "\n".join(
        f"{name} = {getattr(tiny_resnet, name)!r}"
        for name in ("PIXEL_MEAN", "PIXEL_SCALE", "BATCH_NORM_MOMENTUM", "STEM_WIDTH", "STAGE_WIDTHS")
    )
    return (
        f"from typing import Any\n\nfrom keras import layers\n\n{constants}\n\n\n"
        "def preprocess_input(x):\n    return (x - PIXEL_MEAN) / PIXEL_SCALE\n\n\n" + "\n\n".join(sources) + "\n\n"
        'def build_backbone(shape):\n    inputs = keras.Input(shape, name="pixels")\n'
        '    x = _conv_norm(inputs, STEM_WIDTH, "stem", "")\n'
        '    x = layers.Activation("relu", name="stem_relu")(x)\n'
        "    for number, width in enumerate(STAGE_WIDTHS, start=1):\n"
        '        x = _block(x, width, stride=2, name=f"stage{number}_block1")\n'
        "    return keras.Model(inputs, x)"
    )


def _probe(phases: Sequence[Phase]) -> str:
    """How a phase that trains the head alone is solved; "" where none is."""
    if not any(one.solved for one in phases):
        return ""
    names = ("STRENGTHS", "PASSES", "TOLERANCE", "PATIENCE")
    constants = "\n".join(f"{name} = {getattr(probe, name)!r}" for name in names)
    parts = (probe.Examples, probe.Weights, probe.Solution, probe._weights, probe._loss_and_gradient, probe.solve)
    return (
        "from collections.abc import Callable\n\nfrom scipy.optimize import minimize\n"
        f"from threadpoolctl import threadpool_limits\n\nOutput = type(output)\n{constants}\n\n\n"
        + "\n\n".join([*(inspect.getsource(part) for part in parts), SOLVE_HEAD.read_text(encoding="utf-8")])
    )


def _output(spec: RunSpec) -> str:
    """What the logits say: the loss, and what is called right."""
    output = outputs.output_of(spec.data)
    return (
        "from collections.abc import Sequence\nfrom typing import Any, NamedTuple\n\nfrom keras import ops\n"
        "from scipy.special import expit, log_softmax, softmax\n\n\n"
        f"{inspect.getsource(type(output))}\n\noutput = {type(output).__name__}({output.classes})"
    )


def _augmentation(spec: RunSpec) -> str:
    """The random changes of the training pictures, and how every source of randomness is set for an epoch."""
    sources = [inspect.getsource(part) for part in (augment.seed_generators, augment.reseed)]
    made = "augmenter = None"
    if spec.augmentation != "none":
        sources.insert(0, inspect.getsource(augment.augmenter))
        flip = catalog.dataset(spec.data.dataset).flip
        made = f"augmenter = augmenter({spec.augmentation!r}, {flip}, {spec.seed})"
    generators = "generators = seed_generators(model) + (seed_generators(augmenter) if augmenter is not None else [])"
    return "\n\n".join(sources) + f"\n\n{made}\n{generators}"


def _schedule(spec: RunSpec) -> str:
    name = spec.optimizer.schedule
    return (
        "import math\n\n"
        f"{_constants(schedules)}\n\n\n{inspect.getsource(schedules.factor)}\n\n"
        f"{inspect.getsource(schedules.on_plateau)}\n\n"
        'def schedule(progress, losses):\n    """What the phase\'s learning rate is multiplied by."""\n'
        f"    return factor({name!r}, progress)" + (" * on_plateau(losses)" if name == "plateau" else "")
    )


def _constants(module: Any) -> str:
    return "\n".join(f"{name} = {value!r}" for name, value in vars(module).items() if name.isupper())


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
