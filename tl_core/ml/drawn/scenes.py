"""Scenes: one shape before a backdrop like nature's, at any pose, in any colour and light. (N, 32, 32, 3) uint8.

Bit for bit the same on any machine and with any later numpy:

- Chance is the raw stream of PCG64 alone, seeded by the picture's own key. numpy promises that stream for ever;
  of its distributions (`normal`, `choice`) it promises nothing.
- All arithmetic is float64 and ends in a rounding to whole levels. Machines may differ in the last bit of a sine
  or a sum, about 1e-13 of a level; that a value lies so near the edge between two levels is not to be expected
  even once in a hundred million pixels. With float32 some pixel would.

The backdrop is value noise in several octaves (power falls with frequency, as in natural images: Field 1987,
Relations between the statistics of natural images and the response properties of cortical cells).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tl_core.ml.drawn.backdrops import BACKDROPS, STOPS
from tl_core.ml.drawn.stencils import CELL

SIDE = 32
FINE = 64  # the shape is drawn at this side and area-averaged to SIDE
LATTICE = 8  # random values along a side of an octave's lattice, repeated beyond it
BATCH = 250  # pictures drawn at once: their arrays stay in the processor's cache
BLOBS, LINES = 4, 3

Keys = Sequence[tuple[int, ...]]  # whole numbers that name a picture, such as (seed, part, class, index)


@dataclass(frozen=True)
class Look:
    """How hard the pictures are. Pairs are the ends of a uniform range."""

    extent: tuple[float, float] = (0.55, 0.92)  # the shape's longer side, in sides of the picture
    rotation: float = 25.0  # degrees either way
    shear: float = 0.2
    contrast: tuple[float, float] = (0.24, 0.6)  # between shape and backdrop, in brightness [0, 1]
    clutter: float = 0.6  # opacity of blobs and lines at most
    mirror: bool = False


class Dice:
    """Uniform random numbers, a column of them for a batch of pictures, each picture from its own stream."""

    def __init__(self, keys: Keys, count: int) -> None:
        streams = (np.random.PCG64(np.random.SeedSequence(key)) for key in keys)
        raw = np.stack([stream.random_raw(count) for stream in streams])
        self._unit = (raw >> np.uint64(11)) * 2.0**-53  # (N, count) float64 [0, 1)
        self._next = 0

    def uniform(self, low: float, high: float, *shape: int) -> np.ndarray:
        """(N, *shape) float64 [low, high)."""
        count = int(np.prod(shape, dtype=int))
        taken = self._unit[:, self._next : self._next + count]
        if taken.shape[1] < count:
            raise ValueError("A scene draws more random numbers than were made for it.")
        self._next += count
        return low + (high - low) * taken.reshape(len(taken), *shape)

    def below(self, limit: Any, *shape: int) -> np.ndarray:
        """(N, *shape) int64 [0, limit)."""
        return (self.uniform(0, 1, *shape) * limit).astype(np.int64)


NUMBERS = 4096  # more than a scene draws


def draw(shapes: np.ndarray, designs: Sequence[np.ndarray], keys: Keys, look: Look) -> np.ndarray:
    """One picture for each key.

    shapes: (D, 64, 64) float64 [0, 1], from `stencils.load`; designs: for each key those places in `shapes` of
    which one is taken at random. Returns (N, 32, 32, 3) uint8.
    """
    done = [
        _batch(shapes, designs[start : start + BATCH], keys[start : start + BATCH], look)
        for start in range(0, len(keys), BATCH)
    ]
    return np.concatenate(done) if done else np.zeros((0, SIDE, SIDE, 3), np.uint8)


def _batch(shapes: np.ndarray, designs: Sequence[np.ndarray], keys: Keys, look: Look) -> np.ndarray:
    dice = Dice(keys, NUMBERS)
    place = dice.below(np.array([len(choice) for choice in designs]))
    chosen = np.array([choice[i] for choice, i in zip(designs, place, strict=True)])
    scene = clutter(backdrop(dice), look, dice)
    cover = area_average(pose(shapes, chosen, look, dice))  # (N, 32, 32) [0, 1]
    scene = scene * (1 - shadow(cover, dice))[..., None]
    scene = scene + cover[..., None] * (paint(scene, look, dice) - scene)
    return photograph(scene, dice)


def grid(side: int) -> tuple[np.ndarray, np.ndarray]:
    """x, y of the pixels' centres, (1, 1, side) and (1, side, 1), in [-1, 1]."""
    centres = (np.arange(side) + 0.5) * (2 / side) - 1
    return centres[None, None, :], centres[None, :, None]


def turned(angle: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The picture's axes turned by (N, 1, 1) radians: along and across, (N, 32, 32)."""
    x, y = grid(SIDE)
    return x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)


def noise(along: np.ndarray, across: np.ndarray, roughness: np.ndarray, octaves: int, dice: Dice) -> np.ndarray:
    """Value noise at the given places, (N, 32, 32) in about [0, 1]; `roughness` is an octave's share of the last."""
    total, weight = np.zeros(along.shape), np.ones(roughness.shape)
    power = np.zeros(roughness.shape)
    for octave in range(octaves):
        lattice = dice.uniform(-1, 1, LATTICE, LATTICE)
        scale = 2.0**octave
        total += weight * _between(lattice, along * scale + 3.7 * octave, across * scale + 1.3 * octave)
        power = power + weight**2
        weight = weight * roughness
    return 0.5 + 0.75 * total / np.sqrt(power)


def _between(lattice: np.ndarray, u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """The lattice (N, 8, 8), repeated for ever, read smoothly between its points."""
    left, top = np.floor(u), np.floor(v)
    right, down = u - left, v - top
    right, down = right * right * (3 - 2 * right), down * down * (3 - 2 * down)
    i, j = left.astype(np.int64) % LATTICE, top.astype(np.int64) % LATTICE
    i1, j1 = (i + 1) % LATTICE, (j + 1) % LATTICE
    flat, first = lattice.ravel(), (np.arange(len(lattice)) * LATTICE**2)[:, None, None]
    row, row1 = first + j * LATTICE, first + j1 * LATTICE
    upper = flat[row + i] + right * (flat[row + i1] - flat[row + i])
    lower = flat[row1 + i] + right * (flat[row1 + i1] - flat[row1 + i])
    return upper + down * (lower - upper)


def backdrop(dice: Dice) -> np.ndarray:
    """One of nature's textures a picture: (N, 32, 32, 3) float64 [0, 1]."""
    kinds = dice.below(len(BACKDROPS))
    numbers = np.array([[k.frequency, k.stretch, k.roughness, k.gradient, k.tilt] for k in BACKDROPS])[kinds]
    frequency, stretch, roughness, gradient, tilt = numbers.T[..., None, None]
    along, across = turned((dice.uniform(-1, 1, 1, 1)) * tilt)
    zoom = frequency * dice.uniform(0.7, 1.4, 1, 1)
    texture = noise(along * zoom / stretch, across * zoom * stretch, roughness, 4, dice)
    _, y = grid(SIDE)
    height = 0.5 - 0.5 * y * np.where(dice.uniform(0, 1, 1, 1) < 0.85, 1, -1) + dice.uniform(-0.3, 0.3, 1, 1)
    field = gradient * height + (1 - gradient) * texture + dice.uniform(-0.15, 0.15, 1, 1)
    palettes = np.array([k.palette for k in BACKDROPS]) / 255  # (kinds, STOPS, 3)
    at = np.clip(field, 0, 1) * (STOPS - 1)
    low = np.minimum(at.astype(np.int64), STOPS - 2)
    part, kind = (at - low)[..., None], kinds[:, None, None]
    colours = palettes[kind, low] * (1 - part) + palettes[kind, low + 1] * part
    tint = dice.uniform(-0.06, 0.06, 1, 1, 3)
    fine = dice.uniform(-0.05, 0.05, SIDE, SIDE) * dice.uniform(0, 1, 1, 1)
    return np.clip(colours + tint + fine[..., None], 0, 1)


def clutter(scene: np.ndarray, look: Look, dice: Dice) -> np.ndarray:
    """Soft spots of light and colour, and twigs: the things that are in a picture besides its subject."""
    x, y = grid(SIDE)
    for _ in range(BLOBS):
        dx, dy = x - dice.uniform(-1.1, 1.1, 1, 1), y - dice.uniform(-1.1, 1.1, 1, 1)
        size, edge = dice.uniform(0.12, 0.5, 1, 1), dice.uniform(0.08, 0.3, 1, 1)
        inside = np.clip((size - np.sqrt(dx * dx + dy * dy)) / edge + 0.5, 0, 1)
        scene = _laid_over(scene, inside, look, dice)
    for _ in range(LINES):
        along, across = turned(dice.uniform(0, 2 * np.pi, 1, 1))
        bend, width = dice.uniform(-0.5, 0.5, 1, 1), dice.uniform(0.03, 0.09, 1, 1)
        away = np.abs(across - dice.uniform(-1, 1, 1, 1) - bend * along * along)
        ends = np.clip((dice.uniform(0.2, 1.4, 1, 1) - np.abs(along - dice.uniform(-1, 1, 1, 1))) * 8, 0, 1)
        scene = _laid_over(scene, np.clip((width - away) * 16 + 0.5, 0, 1) * ends, look, dice)
    return scene


def _laid_over(scene: np.ndarray, inside: np.ndarray, look: Look, dice: Dice) -> np.ndarray:
    """A thing of the scene's own colours, lighter or darker, where `inside` is 1; often nothing at all."""
    own = scene.mean(axis=(1, 2), keepdims=True)
    colour = np.clip(own + dice.uniform(-0.35, 0.35, 1, 1, 1) + dice.uniform(-0.12, 0.12, 1, 1, 3), 0, 1)
    opacity = np.clip(dice.uniform(-1, 1, 1, 1), 0, 1) * look.clutter
    return scene + (inside * opacity)[..., None] * (colour - scene)


def pose(shapes: np.ndarray, chosen: np.ndarray, look: Look, dice: Dice) -> np.ndarray:
    """The chosen shapes turned, sheared, stretched and moved, (N, 64, 64) [0, 1]; they stay in the picture."""
    extent = dice.uniform(*look.extent, 1, 1)
    stretch = np.sqrt(dice.uniform(0.8, 1.25, 1, 1))
    angle = dice.uniform(-1, 1, 1, 1) * (look.rotation * np.pi / 180)
    shear = dice.uniform(-1, 1, 1, 1) * look.shear
    room = 1.08 - extent  # a little of the shape may leave the picture
    x, y = grid(FINE)
    x, y = x - dice.uniform(-1, 1, 1, 1) * room, y - dice.uniform(-1, 1, 1, 1) * room
    u = (x * np.cos(angle) + y * np.sin(angle)) / (extent * stretch)
    v = (y * np.cos(angle) - x * np.sin(angle)) / extent * stretch
    side = np.where(dice.uniform(0, 1, 1, 1) < 0.5, -1, 1) if look.mirror else 1
    u = (u + shear * v) * side
    return _sampled(shapes, chosen, (u + 1) * (CELL / 2) - 0.5, (v + 1) * (CELL / 2) - 0.5)


def _sampled(shapes: np.ndarray, chosen: np.ndarray, u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """Bilinear, in pixels of the stencil; outside lies its empty border."""
    u, v = np.clip(u, 0, CELL - 1.001), np.clip(v, 0, CELL - 1.001)
    i, j = u.astype(np.int64), v.astype(np.int64)
    right, down = u - i, v - j
    flat, at = shapes.ravel(), chosen[:, None, None] * CELL**2 + j * CELL + i
    upper = flat[at] + right * (flat[at + 1] - flat[at])
    lower = flat[at + CELL] + right * (flat[at + CELL + 1] - flat[at + CELL])
    return upper + down * (lower - upper)


def area_average(fine: np.ndarray) -> np.ndarray:
    """(N, 64, 64) -> (N, 32, 32)."""
    return (fine[:, ::2, ::2] + fine[:, 1::2, ::2] + fine[:, ::2, 1::2] + fine[:, 1::2, 1::2]) / 4


def shadow(cover: np.ndarray, dice: Dice) -> np.ndarray:
    """What the shape takes of the light behind it, (N, 32, 32) [0, 0.5)."""
    right, down = dice.below(3) - 1, dice.below(2) + 1
    thrown = np.stack([np.roll(c, (d, r), (0, 1)) for c, d, r in zip(cover, down, right, strict=True)])
    return _blurred(_blurred(thrown)) * np.clip(dice.uniform(-0.4, 0.5, 1, 1), 0, 1)


def _blurred(image: np.ndarray) -> np.ndarray:
    """(N, H, W, …) averaged over neighbours with weights 1 2 1 along both sides; the edges repeat."""
    for axis in (1, 2):
        size = image.shape[axis]
        wide = np.concatenate([np.take(image, [0], axis), image, np.take(image, [-1], axis)], axis)
        before, here, after = (np.take(wide, range(k, k + size), axis) for k in range(3))
        image = (before + 2 * here + after) / 4
    return image


def brightness(colours: np.ndarray) -> np.ndarray:
    """(..., 3) -> (...): Rec. 601's weights."""
    return 0.299 * colours[..., 0] + 0.587 * colours[..., 1] + 0.114 * colours[..., 2]


def paint(scene: np.ndarray, look: Look, dice: Dice) -> np.ndarray:
    """The shape's colours, (N, 32, 32, 3): any hue, brighter or darker than the scene, lit from one side."""
    behind = brightness(scene).mean(axis=(1, 2))[:, None, None]
    step = dice.uniform(*look.contrast, 1, 1)
    lighter = dice.uniform(0, 1, 1, 1) < np.clip(1.5 - 2 * behind, 0, 1)
    target = np.where(lighter, np.minimum(behind + step, 0.97), np.maximum(behind - step, 0.03))
    hue = dice.uniform(-1, 1, 1, 1, 3) * dice.uniform(0.02, 0.4, 1, 1, 1)
    hue = hue - brightness(hue)[..., None]  # colour alone: it changes no brightness
    along, _ = turned(dice.uniform(0, 2 * np.pi, 1, 1))
    light = along * dice.uniform(0, 0.1, 1, 1)
    return np.clip(target[..., None] + hue + light[..., None], 0, 1)


def photograph(scene: np.ndarray, dice: Dice) -> np.ndarray:
    """Light that falls off, a lens slightly out of focus, a sensor's noise, whole levels: (N, 32, 32, 3) uint8."""
    along, _ = turned(dice.uniform(0, 2 * np.pi, 1, 1))
    exposure = dice.uniform(0.85, 1.12, 1, 1) + along * dice.uniform(0, 0.22, 1, 1)
    scene = scene * exposure[..., None]
    softness = np.clip(dice.uniform(-0.4, 0.7, 1, 1, 1), 0, 1)
    scene = scene + softness * (_blurred(scene) - scene)
    grain = dice.uniform(-1, 1, SIDE, SIDE) + dice.uniform(-1, 1, SIDE, SIDE)
    scene = scene + (grain * dice.uniform(0.0, 0.025, 1, 1))[..., None]
    return np.round(np.clip(scene, 0, 1) * 255).astype(np.uint8)
