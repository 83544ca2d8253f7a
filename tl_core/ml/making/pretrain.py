"""How the bundled backbones were made: `python -m tl_core.ml.making.pretrain --source cifar100`.

The recipe: SGD with Nesterov momentum, a trapezoid learning rate (warm up, hold, fall in a line to zero; the
one-cycle idea of Smith 2018, arXiv:1803.09820, with the plateau of Zhai et al. 2021, arXiv:2106.04560),
decoupled weight decay on the kernels alone, random shifts and flips, and small pictures first (progressive
resizing: three quarters of the epochs see the pictures at three quarters of their side, at 56 % of the cost).

It is made for what is transferred rather than for the source task: without label smoothing (Szegedy et al.
2015, arXiv:1512.00567; 0 in the recipe), which ties the features to the source classes (Kornblith et al. 2021,
arXiv:2010.16402), and through a hidden layer between features and logits, a projector, that takes up what only
the source task needs and is then thrown away (Sariyildiz et al. 2023, arXiv:2206.15369). A linear source head
is learnt last, on the finished features. All sources have the same recipe but for the number of epochs.

Every epoch draws its order and its augmentation from `(seed, epoch)` and ends in a checkpoint, so `--resume`
goes on as if nothing had happened. The code is plain Keras: KERAS_BACKEND chooses TensorFlow, JAX or PyTorch.
On two cores, MALLOC_MMAP_MAX_=0 MALLOC_TRIM_THRESHOLD_=8000000000 spares the page faults of big short-lived
tensors: a fifth more pictures per second.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import platform
import time
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import layers
from PIL import Image

from tl_core.base import files
from tl_core.ml.making.cards import multiply_adds
from tl_core.ml.making.recipe import EPOCHS, SOURCES, Recipe, Source
from tl_core.ml.network.tiny_resnet import (
    BATCH_NORM_MOMENTUM,
    load_weights,
    preprocess_input,
    save_weights,
    tiny_resnet,
)

Report = Callable[[str], None]
XLA = keras.backend.backend() != "torch"  # on a CPU, half as fast again as TensorFlow's own kernels


def resize(images: np.ndarray, size: int) -> np.ndarray:
    """(N, H, W, 3) uint8 -> (N, size, size, 3) uint8, bilinear with antialiasing."""
    if images.shape[1] == size:
        return images
    small = (Image.fromarray(image).resize((size, size), Image.Resampling.BILINEAR) for image in images)
    return np.stack([np.asarray(image) for image in small])


def batches(
    images: np.ndarray, labels: np.ndarray, recipe: Recipe, epoch: int, flips: bool
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """One epoch, shuffled, shifted by up to an eighth of the side and mirrored at random.

    Yields (B, H, W, 3) float32 as `preprocess_input` makes them and (B,) labels; drops the last short batch.
    """
    rng = np.random.default_rng((recipe.seed, epoch))
    size, reach, count = images.shape[1], images.shape[1] // 8, recipe.batch_size
    padded = np.pad(images, ((0, 0), (reach, reach), (reach, reach), (0, 0)), mode="reflect")
    order = rng.permutation(len(images))
    for start in range(0, len(order) - count + 1, count):
        chosen = order[start : start + count]
        top, left = rng.integers(0, 2 * reach + 1, (2, count, 1))  # (B, 1) each
        rows, columns = top + np.arange(size), left + np.arange(size)  # (B, H), (B, W)
        mirrored = rng.random(count) < 0.5 if flips else np.zeros(count, bool)
        columns[mirrored] = columns[mirrored, ::-1]
        pixels = padded[chosen[:, None, None], rows[:, :, None], columns[:, None, :]]
        yield preprocess_input(pixels), labels[chosen]


def build(recipe: Recipe, classes: int) -> keras.Model:
    """The compiled network, for pictures of any size; random start from the recipe's seed."""
    keras.utils.set_random_seed(recipe.seed)
    model = tiny_resnet((None, None, 3), include_top=True, classes=classes)
    if recipe.projector:
        x = layers.Dense(recipe.projector, use_bias=False, name="projector")(model.get_layer("pool").output)
        x = layers.BatchNormalization(momentum=BATCH_NORM_MOMENTUM, name="projector_bn")(x)
        x = layers.Activation("relu", name="projector_relu")(x)
        model = keras.Model(model.inputs, layers.Dense(classes, dtype="float32", name="logits")(x), name=model.name)
    compile_for(model, recipe)
    return model


def compile_for(model: keras.Model, recipe: Recipe) -> None:
    """Give the model a fresh optimiser for whatever is trainable in it."""
    optimizer = keras.optimizers.SGD(recipe.peak_rate, recipe.momentum, nesterov=True, weight_decay=recipe.weight_decay)
    optimizer.exclude_from_weight_decay([v for v in model.trainable_variables if v.name != "kernel"])
    optimizer.build(model.trainable_variables)
    loss = keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=recipe.label_smoothing)
    model.compile(optimizer, loss, metrics=["accuracy"], jit_compile=XLA)


def train_epoch(
    model: keras.Model, source: Source, images: np.ndarray, recipe: Recipe, epoch: int, report: Report
) -> dict[str, float]:
    """One pass over `images` (the training pictures at this epoch's size); loss, accuracy and costs."""
    started, cpu_started = time.monotonic(), time.process_time()
    steps = len(images) // recipe.batch_size
    one_hot = np.eye(source.classes, dtype="float32")
    loss, accuracy = np.zeros(steps), np.zeros(steps)
    for step, (x, y) in enumerate(batches(images, source.train_labels, recipe, epoch, source.flips)):
        model.optimizer.learning_rate.assign(recipe.rate(epoch + step / steps))
        loss[step], accuracy[step] = model.train_on_batch(x, one_hot[y])
        if step % 100 == 0:
            speed = (step + 1) * recipe.batch_size / (time.monotonic() - started)
            mean = loss[max(0, step - 99) : step + 1].mean()
            report(f"epoch {epoch + 1} step {step}/{steps} loss {mean:.3f} {speed:.0f} images/s")
    return {
        "epoch": epoch + 1,
        "size": images.shape[1],
        "train_loss": round(float(loss.mean()), 4),
        "train_top1": round(float(accuracy.mean()), 4),
        "elapsed_s": round(time.monotonic() - started, 1),
        "cpu_s": round(time.process_time() - cpu_started, 1),
    }


def top1(model: keras.Model, images: np.ndarray, labels: np.ndarray) -> float:
    """Share of (N, H, W, 3) uint8 pictures whose highest logit is their label."""
    logits = model.predict(preprocess_input(images), batch_size=250, verbose=0)
    return float((logits.argmax(axis=-1) == labels).mean())


def train(
    source: Source, recipe: Recipe, checkpoint: Path, resume: bool = False, report: Report = print
) -> tuple[keras.Model, list[dict[str, float]]]:
    """Run the recipe, or what `checkpoint` leaves of it; return the model and one row per epoch."""
    model = build(recipe, source.classes)
    history = load_checkpoint(model, recipe, checkpoint) if resume and checkpoint.exists() else []
    images = source.train_images[:0]
    full_size = source.train_images.shape[1]
    for epoch in range(len(history), recipe.epochs):
        size = recipe.size(epoch, full_size)
        if images.shape[1] != size or not len(images):
            images, tests = resize(source.train_images, size), resize(source.test_images[:2000], size)
        row = train_epoch(model, source, images, recipe, epoch, report)
        row["test_top1_of_first_2000"] = round(top1(model, tests, source.test_labels[:2000]), 4)
        history.append(row)
        save_checkpoint(model, recipe, history, checkpoint)
        report(json.dumps(row))
    if recipe.projector:
        model = with_linear_head(model, source, recipe, report)
    return model, history


def with_linear_head(model: keras.Model, source: Source, recipe: Recipe, report: Report) -> keras.Model:
    """The features of `model` as they are, under source logits learnt on them alone, without the projector."""
    alone = dataclasses.replace(
        recipe, epochs=recipe.head_epochs, peak_rate=recipe.head_rate, weight_decay=0.0, hold_until=0.0, projector=0
    )
    linear = build(alone, source.classes)
    for layer in linear.layers:
        if layer.name != "logits":
            layer.set_weights(model.get_layer(layer.name).get_weights())
            layer.trainable = False
    compile_for(linear, alone)
    for epoch in range(alone.epochs):
        report(json.dumps(train_epoch(linear, source, source.train_images, alone, epoch, report)))
    for layer in linear.layers:
        layer.trainable = True
    return linear


def save_checkpoint(model: keras.Model, recipe: Recipe, history: list[dict[str, float]], path: Path) -> None:
    """Everything the next epoch needs, in one file that is either whole or absent."""
    state: dict[str, Any] = {f"v{i}": np.asarray(v) for i, v in enumerate(_variables(model))}
    log: Any = json.dumps({"recipe": dataclasses.asdict(recipe), "history": history})
    path.parent.mkdir(parents=True, exist_ok=True)
    with files.replacing(path) as file:
        np.savez(file, log=np.asarray(log), **state)


def load_checkpoint(model: keras.Model, recipe: Recipe, path: Path) -> list[dict[str, float]]:
    """Put the stored state into `model` and return its history.

    The schedule may be changed on the way, as long as the finished epochs would have been the same; any other
    difference of the recipe is a ValueError.
    """
    with np.load(path) as stored:
        log = json.loads(str(stored["log"]))
        before, history = Recipe(**log["recipe"]), log["history"]
        if not recipe.continues(before, len(history)):
            raise ValueError(f"{path.name} was made by another recipe: {before}, not {recipe}.")
        for i, variable in enumerate(_variables(model)):
            variable.assign(stored[f"v{i}"])
    return history


def _variables(model: keras.Model) -> list[Any]:
    return [*model.variables, *model.optimizer.variables]


def write_assets(
    name: str,
    model: keras.Model,
    source: Source,
    recipe: Recipe,
    history: list[dict[str, float]],
    out: Path,
    data: str,
    machine: str,
) -> dict[str, Any]:
    """Store weights and card; the result is measured with the weights as stored, on the whole test set."""
    out.mkdir(parents=True, exist_ok=True)
    weights = out / f"{name}.weights.npz"
    weights.with_name(f"{name}.json").unlink(missing_ok=True)
    digest = save_weights(model, weights)
    load_weights(model, weights)
    backend = keras.backend.backend()
    card = {
        "name": name,
        "architecture": "tl_core.ml.network.tiny_resnet, include_top, float16 weights",
        "classes": source.classes,
        "parameters": model.count_params(),
        "multiply_adds_at_32": multiply_adds(tiny_resnet(include_top=True, classes=source.classes)),
        "data": data,
        "train_images": len(source.train_images),
        "test_images": len(source.test_images),
        "test_top1": round(top1(model, source.test_images, source.test_labels), 4),
        "recipe": dataclasses.asdict(recipe) | {"flips": source.flips},
        "seconds": round(sum(row["elapsed_s"] for row in history)),
        "cpu_seconds": round(sum(row["cpu_s"] for row in history)),
        "machine": machine,
        "versions": {
            "python": platform.python_version(),
            "numpy": np.__version__,
            "keras": keras.__version__,
            backend: version(backend),
        },
        "sha256": digest,
        "curves": history,
    }
    (out / f"{name}.json").write_text(json.dumps(card, indent=1) + "\n")
    return card


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser("python -m tl_core.ml.making.pretrain", description="Train a bundled backbone.")
    parser.add_argument("--source", choices=sorted(SOURCES), required=True)
    parser.add_argument("--epochs", type=int, help="default: as on the card of this source")
    parser.add_argument("--seed", type=int, default=Recipe.seed)
    parser.add_argument("--out", type=Path, default=Path("assets/weights"), help="folder of weights and card")
    parser.add_argument("--checkpoint", type=Path, help="default: beside the weights")
    parser.add_argument("--resume", action="store_true", help="go on from the checkpoint, if there is one")
    parser.add_argument("--data", default="as published", help="what the card says of the data measured on")
    parser.add_argument("--machine", default=f"{os.cpu_count()} cores, {platform.machine()}")
    options = parser.parse_args(argv)
    name = f"tiny_resnet_{options.source}"
    recipe = Recipe(options.epochs or EPOCHS[options.source], options.seed)
    source = SOURCES[options.source]()
    checkpoint = options.checkpoint or options.out / f"{name}.checkpoint.npz"

    def report(line: str) -> None:
        print(time.strftime("%H:%M:%S", time.gmtime()), line, flush=True)

    model, history = train(source, recipe, checkpoint, options.resume, report)
    card = write_assets(name, model, source, recipe, history, options.out, options.data, options.machine)
    report(f"{name}: test top-1 {card['test_top1']:.4f} on {card['test_images']} pictures")


if __name__ == "__main__":
    main()
