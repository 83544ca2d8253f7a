"""What a run tells while it goes on: its metrics, its progress and its notes."""

from __future__ import annotations

import math
import time

from tl_core.base.events import TESTING, Emit, Metric, Note, Progress, RunError
from tl_core.base.spec import Phase
from tl_core.ml.network.checkpoint import Position
from tl_core.ml.training.phase import PhaseGraph

EMIT_S = 0.25  # running values at most so often


class Telling:
    """Turns the position of a run into events. `images`: of training in the whole run, each epoch counted."""

    def __init__(self, emit: Emit, position: Position, phases: tuple[Phase, ...], images: int) -> None:
        self.emit, self.position, self.phases, self.images = emit, position, phases, images
        self.notes: list[str] = []
        self.started = time.perf_counter() - position.elapsed_s  # as if no attempt had been interrupted
        self.told = 0.0

    def elapsed(self) -> float:
        """Seconds of this run, with those of attempts that were interrupted."""
        return time.perf_counter() - self.started

    def due(self) -> bool:
        return time.perf_counter() - self.told >= EMIT_S

    def note(self, text: str) -> None:
        """One sentence, said once; "" says nothing."""
        if text and text not in self.notes:
            self.notes.append(text)
            self.emit(Note(text))

    def finite(self, loss: float, accuracy: float) -> tuple[float, float]:
        """The two as they are. Raises RunError where the loss is no finite number."""
        if not math.isfinite(loss):
            raise RunError(
                f"The loss became {'infinite' if math.isinf(loss) else 'NaN'} in epoch {int(self.position.epoch) + 1}: "
                "the steps are too large. Lower the learning rate, or choose a schedule with warm-up."
            )
        return loss, accuracy

    def metric(self, split: str, name: str, value: float) -> None:
        place = self.position
        self.emit(
            Metric(place.phase, place.epoch, place.step, self.elapsed(), place.images, split, name, value)  # type: ignore[arg-type]
        )

    def running(self, loss: float, accuracy: float) -> None:
        """Of the epoch so far, in training."""
        self.metric("train", "loss", loss)
        self.metric("train", "accuracy", accuracy)
        self.training()
        self.told = time.perf_counter()

    def training(self) -> None:
        place = self.position
        spent = self.elapsed() - place.prefix_s
        rate = place.images / spent if spent > 0 else None
        label = "Training" if len(self.phases) == 1 else f"Training: {self.phases[place.phase].name}"
        self.emit(Progress(label, min(place.images, self.images), self.images, rate))

    def first_pass(self, graph: PhaseGraph, part: str, rate: float) -> None:
        """How far the frozen layers' outputs are computed. `rate`: images per second."""
        if part == "test":
            test = graph.features["test"]
            self.emit(Progress(TESTING, test.computed, len(test.images), rate))
        else:
            total = sum(len(graph.features[p].images) for p in ("train", "val"))
            self.emit(Progress("First pass through the frozen layers", min(graph.computed, total), total, rate))
