"""The code of a script that trains a run again: this project's own functions, as far as the run needs them."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Any

from tl_core import catalog
from tl_core.base.settings import ASSETS
from tl_core.base.spec import Phase, RunSpec
from tl_core.catalog import schedules
from tl_core.catalog.backbones import BACKBONES, Backbone
from tl_core.ml.data import augment, modalities, sentences
from tl_core.ml.network import bert, item_factors, tiny_resnet
from tl_core.ml.training import outputs
from tl_core.ml.training import probe as solved

SOLVE_HEAD = ASSETS / "take_home" / "solve_head.py.txt"
WHOLE: dict[str, tuple[Any, tuple[str, ...], tuple[str, ...]]] = {  # builder → its module, what it needs of that
    "bert": (
        bert,
        ("PADDING", "EPSILON", "DEVIATION"),
        ("_start", "_there", "_masked", "_attended", "_mean_over_words", "preprocess_input", "_norm", "_block"),
    ),
    "item_factors": (item_factors, (), ("preprocess_input", "_learned", "_in_place_of_person")),
}


def backbone(spec: RunSpec) -> str:
    entry = BACKBONES[spec.backbone]
    if entry.module:
        options = "".join(f", {name}={value!r}" for name, value in entry.kwargs.items())
        return (
            f"preprocess_input = keras.applications.{entry.module}.preprocess_input\n\n\n"
            "def build_backbone(shape):\n"
            f"    return keras.applications.{entry.builder}(\n"
            f"        include_top=False, weights=None, input_shape=shape{options}\n    )"
        )
    return _whole(entry) if entry.builder in WHOLE else _tiny_resnet(entry)


def _whole(entry: Backbone) -> str:
    module, constants, functions = WHOLE[entry.builder]
    sources = [inspect.getsource(getattr(module, name)) for name in (*functions, entry.builder)]
    options = "".join(f", {name}={value!r}" for name, value in entry.kwargs.items())
    return (
        "from pathlib import Path\nfrom typing import Any\n\nfrom keras import layers, ops\n\n"
        f"{_of(module, *constants)}\n\n\n" + "\n\n".join(sources) + "\n\n"
        f"def build_backbone(shape):\n    return {entry.builder}(shape{options})"
    )


def _tiny_resnet(entry: Backbone) -> str:
    sources = [inspect.getsource(part) for part in (tiny_resnet._conv_norm, tiny_resnet._block)]
    constants = _of(tiny_resnet, "PIXEL_MEAN", "PIXEL_SCALE", "BATCH_NORM_MOMENTUM", "STEM_WIDTH", "STAGE_WIDTHS")
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


def probe(phases: Sequence[Phase]) -> str:
    """How a phase that trains the head alone is solved; "" where none is."""
    if not any(one.solved for one in phases):
        return ""
    constants = _of(solved, "STRENGTHS", "PASSES", "TOLERANCE", "PATIENCE")
    parts = (solved.Examples, solved.Weights, solved.Solution, solved._weights, solved._loss_and_gradient, solved.solve)
    return (
        "from collections.abc import Callable\n\nfrom scipy.optimize import minimize\n"
        f"from threadpoolctl import threadpool_limits\n\nOutput = type(output)\n{constants}\n\n\n"
        + "\n\n".join([*(inspect.getsource(part) for part in parts), SOLVE_HEAD.read_text(encoding="utf-8")])
    )


def output(spec: RunSpec) -> str:
    """What the logits say: the loss, and what is called right."""
    found = outputs.output_of(spec.data)
    return (
        "from collections.abc import Sequence\nfrom typing import Any, NamedTuple\n\nfrom keras import ops\n"
        "from scipy.special import expit, log_softmax, softmax\n\n\n"
        f"{inspect.getsource(type(found))}\n\noutput = {type(found).__name__}({found.classes})"
    )


def augmentation(spec: RunSpec) -> str:
    """The random changes of the training examples, and how every source of randomness is set for an epoch."""
    sources = [inspect.getsource(part) for part in (augment.seed_generators, augment.reseed)]
    made = "augmenter = None"
    if spec.augmentation != "none":
        sources.insert(0, _changes(spec))
        flip = catalog.dataset(spec.data.dataset).flip
        made = f"augmenter = augmenter({spec.augmentation!r}, {flip}, {spec.seed})"
    generators = "generators = seed_generators(model) + (seed_generators(augmenter) if augmenter is not None else [])"
    return "\n\n".join(sources) + f"\n\n{made}\n{generators}"


def _changes(spec: RunSpec) -> str:
    if modalities.of(spec.backbone) is not sentences:
        return inspect.getsource(augment.augmenter)
    constants = _of(sentences, "DTYPE", "UNKNOWN", "SPECIAL", "DROPPED")
    return "\n\n".join([constants, inspect.getsource(sentences.WordDropout), inspect.getsource(sentences.augmenter)])


def fitted(spec: RunSpec) -> str:
    """How examples are brought to the network's size."""
    return "from collections.abc import Callable\nfrom typing import Any\n\n\n" + inspect.getsource(
        modalities.of(spec.backbone).fitted
    )


def schedule(spec: RunSpec) -> str:
    name = spec.optimizer.schedule
    return (
        "import math\n\n"
        f"{_constants(schedules)}\n\n\n{inspect.getsource(schedules.factor)}\n\n"
        f"{inspect.getsource(schedules.on_plateau)}\n\n"
        'def schedule(progress, losses):\n    """What the phase\'s learning rate is multiplied by."""\n'
        f"    return factor({name!r}, progress)" + (" * on_plateau(losses)" if name == "plateau" else "")
    )


def _constants(module: Any) -> str:
    return _of(module, *filter(str.isupper, vars(module)))


def _of(module: Any, *names: str) -> str:
    return "\n".join(f"{name} = {getattr(module, name)!r}" for name in names)
