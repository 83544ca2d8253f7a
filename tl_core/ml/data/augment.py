"""Random changes to training images that keep their label. The randomness is a function of (seed, epoch) alone."""

from __future__ import annotations

import keras


def augmenter(strength: str, flip: bool, seed: int) -> keras.Sequential | None:
    """A model (B, H, W, 3) float32 [0, 255] → the same, or None for `none`.

    `light`: shifts up to 1/8 and, where a mirrored picture keeps its label, flips. `strong`: also rotation,
    zoom, contrast, brightness and an erased patch (DeVries and Taylor 2017, Cutout).
    """
    if strength == "none":
        return None
    layers = keras.layers
    steps: list[keras.Layer] = [layers.RandomTranslation(0.125, 0.125, fill_mode="nearest", seed=seed)]
    if flip:
        steps.append(layers.RandomFlip("horizontal", seed=seed + 1))
    if strength == "strong":
        steps += [
            layers.RandomRotation(0.04, fill_mode="nearest", seed=seed + 2),
            layers.RandomZoom(0.15, fill_mode="nearest", seed=seed + 3),
            layers.RandomContrast(0.3, value_range=(0, 255), seed=seed + 4),
            layers.RandomBrightness(0.15, value_range=(0, 255), seed=seed + 5),
            layers.RandomErasing(0.5, scale=(0.02, 0.15), fill_value=127.0, value_range=(0, 255), seed=seed + 6),
        ]
    return keras.Sequential(steps, name="augmentation")


def seed_generators(model: keras.Model) -> list[keras.random.SeedGenerator]:
    """Every source of randomness inside a model: its dropout and augmentation layers' generators."""
    found = {}
    for layer in model._flatten_layers():
        for value in vars(layer).values():
            if isinstance(value, keras.random.SeedGenerator):
                found[id(value)] = value
    return list(found.values())


def reseed(generators: list[keras.random.SeedGenerator], seed: int, epoch: int) -> None:
    """Set every generator to a state that depends on the seed, the epoch and its place only."""
    for place, generator in enumerate(generators):
        generator.state.assign([seed * 1009 + place, epoch])
