"""`run(spec, emit, should_stop, folder) → Summary`: one run, from pixels to test scores. Knows no store and no Dask."""

from __future__ import annotations

import os
import platform
import time
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from tl_core import catalog
from tl_core.base.events import Emit, Metric, Note, Progress, Resumed, RunError, ShouldStop, Stopped, Summary
from tl_core.base.spec import LayerPlan, Phase, RunSpec
from tl_core.catalog import schedules, strategies
from tl_core.ml.data import augment
from tl_core.ml.data import splits as data
from tl_core.ml.data.downloads import fetch_weights
from tl_core.ml.network import checkpoint, mistakes, models
from tl_core.ml.network.arm import assign, begin, build, set_trainable, touched
from tl_core.ml.network.checkpoint import Position
from tl_core.ml.training import evaluate, kept
from tl_core.ml.training.pace import Pace
from tl_core.ml.training.phase import PhaseGraph, build_phase
from tl_core.ml.training.source_task import source_task

EMIT_S = 0.25  # running values at most so often
CHUNK_MACS = 2e10  # multiply-adds between two looks at `should_stop`, some tenths of a second on two cores
CHUNK = (8, 512)  # images at once through a whole network: at least, at most
CHUNK_BYTES = 2**28  # of activations at once, at most


def run(spec: RunSpec, emit: Emit, should_stop: ShouldStop, folder: Path) -> Summary:
    """Train one arm and test it. `folder` holds the checkpoint; where it holds one already, the run goes on.

    Raises
    ------
    SpecError, RunError
        With one sentence for the student. No partial file stays behind; finished epochs stay in the checkpoint.
    Stopped
        When `should_stop` said so; what was emitted stands.
    """
    catalog.check(spec)
    try:
        return _Run(spec, emit, should_stop, folder).finish()
    except (tf.errors.ResourceExhaustedError, MemoryError) as error:
        kept.clear()
        raise RunError(
            "The computer ran out of memory. Choose a smaller image size, batch size or backbone."
        ) from error


def rehearse(spec: RunSpec, should_stop: ShouldStop) -> list[PhaseGraph]:
    """Read, build and compile what this run needs, so that it finds all of it here; its phases. Writes no result.

    Raises Stopped when `should_stop` says so, RunError when something is missing.
    """
    rehearsal = _Run(spec, lambda event: None, should_stop, Path(os.devnull))
    return [rehearsal.compile(index) for index in range(len(rehearsal.phases))]


class _Run:
    """The state of one run. Times in seconds."""

    def __init__(self, spec: RunSpec, emit: Emit, should_stop: ShouldStop, folder: Path) -> None:
        self.began = time.perf_counter()
        self.spec, self.emit, self.should_stop, self.folder = spec, emit, should_stop, folder
        tf.config.experimental.enable_op_determinism()
        emit(Progress("Preparing", 0, 1))
        self.splits = mistakes.splits(spec, data.load(spec.data, emit, should_stop))
        self.card = catalog.card(spec.backbone)
        self.plan = strategies.plan(spec, self.card.stage_names)
        self.phases = strategies.phases(spec, self.card.stage_names)
        macs = sum(stage.macs for stage in self.card.stages) * (spec.image_size / self.card.image_size) ** 2
        self.chunk = int(np.clip(CHUNK_MACS / macs, *CHUNK))
        self.network = self._build()
        self.model = self.network.model
        self.touched = touched(spec, self.model, self.plan, self.card)
        self.position = Position()
        self.restored: dict[str, list[np.ndarray]] = {}
        self.notes: list[str] = []
        self._note(mistakes.note(spec))
        self._restore()
        self.earlier_s = self.position.elapsed_s  # of attempts that were interrupted
        self.started = time.perf_counter() - self.earlier_s
        self.last_emit = 0.0

    def _build(self) -> kept.Network:
        """The network as this run starts: kept from a run before it, or built."""
        spec, classes = self.spec, len(self.splits.classes)
        weights = fetch_weights(spec.backbone, self.emit, self.should_stop) if self._transfers() else None
        changed = weights.stat().st_mtime_ns if weights else 0
        head = strategies.head(spec, self.card.stage_names)
        key = (spec.backbone, spec.image_size, str(weights), changed, head, classes)
        network = kept.network(key, spec.seed, lambda: build(spec, self.card, classes, weights))
        begin(network.model, spec, self._plan_of(self.phases[0]), self.card, len(self.splits.train.ids))
        return network

    def _transfers(self) -> bool:
        return strategies.transfers(self.spec, self.card.stage_names)

    def _plan_of(self, phase: Phase) -> LayerPlan:
        return phase.plan or self.plan

    def _note(self, text: str) -> None:
        if text and text not in self.notes:
            self.notes.append(text)
            self.emit(Note(text))

    def _restore(self) -> None:
        saved = checkpoint.load(self.folder)
        if saved is not None:
            self.position, self.restored = saved
            assign(self.touched, self.restored["model"])
        self.emit(Resumed(self.position.epoch))

    def finish(self) -> Summary:
        graph: PhaseGraph | None = None
        try:
            for index in range(self.position.phase, len(self.phases)):
                if graph is not None:
                    graph.close()
                graph = self._enter(index)
                self._train_phase(self.phases[index], graph)
            assert graph is not None
            self._take_best()
            return self._test(graph)
        finally:
            if graph is not None:
                graph.close()

    def _enter(self, index: int) -> PhaseGraph:
        phase = mistakes.compiled(self.spec, self.phases)[index]
        plan = self._plan_of(phase)
        if index > self.position.phase and plan != self._plan_of(self.phases[index - 1]):
            seed = models.stable_seed(self.spec.seed, phase.name)
            models.apply_plan(self.model, plan, self.card, seed)
            models.renew_head(self.model, seed)
        set_trainable(self.spec, self.model, phase, plan, self.card)
        graph = build_phase(self.model, self.spec, phase, plan, self.card, self.splits, self.network.compiled)
        self._set_pace(graph)
        for text in graph.notes:
            self._note(text)
        if index == self.position.phase and self.position.phase_epoch and "optimizer" in self.restored:
            assign(graph.optimizer_variables, self.restored["optimizer"])
        elif index > self.position.phase:
            self.position = replace(
                self.position, phase=index, phase_epoch=0, val_losses=[], phase_started_s=self._elapsed()
            )
        return graph

    def _elapsed(self) -> float:
        return time.perf_counter() - self.started

    def _check_stop(self) -> None:
        if self.should_stop():
            raise Stopped

    def _out_of_time(self) -> bool:
        """Whether this phase's part of a budget in seconds is used up."""
        if self.spec.seconds is None:
            return False
        through = sum(p.epochs for p in self.phases[: self.position.phase + 1]) / self.spec.epochs
        return self._elapsed() >= self.spec.seconds * through

    def _train_phase(self, phase: Phase, graph: PhaseGraph) -> None:
        while self.position.phase_epoch < phase.epochs and not self._out_of_time():
            if self._stopped_improving():
                self.position.early_stopped = True
                return
            self._train_epoch(phase, graph)
            self._end_epoch(phase, graph)

    def compile(self, index: int) -> PhaseGraph:
        """All of a phase, without a picture."""
        self._check_stop()
        graph = self._enter(index)
        self._check_stop()
        graph.steps.rehearse(self.spec.batch_size)
        self._check_stop()
        self._span(graph)
        return graph

    def _set_pace(self, graph: PhaseGraph) -> None:
        """Images at once, in training and without: of those, always the same, for sums depend on it in the last bit."""
        row_bytes = 4 * int(np.prod(graph.features["train"].shape[1:])) if graph.features else 1
        most = int(np.clip(CHUNK_BYTES / row_bytes, CHUNK[0], 2**16))
        self.predicting = int(np.clip(CHUNK_MACS / max(graph.macs, 1.0), CHUNK[0], most))
        self.training = Pace(max(1, self.predicting // 3), most)

    def _train_epoch(self, phase: Phase, graph: PhaseGraph) -> None:
        train, place, spec = self.splits.train, self.position, self.spec
        order = np.random.default_rng([spec.seed, place.phase, place.phase_epoch]).permutation(len(train.ids))
        augment.reseed(graph.generators, spec.seed, place.phase * 1000 + place.phase_epoch)
        graph.steps.reset()
        epoch, seen = place.epoch, 0
        while seen < len(order):
            self._check_stop()
            if self._out_of_time():
                break
            ids = order[seen : seen + self._ahead(graph)]
            self._take_steps(phase, graph, ids, seen / len(order), len(order))
            seen += len(ids)
            place.epoch = epoch + seen / len(order)
            if seen < len(order) and time.perf_counter() - self.last_emit >= EMIT_S:
                self._emit_running(graph)
        place.epoch = epoch + 1 if seen == len(order) else place.epoch

    def _ahead(self, graph: PhaseGraph) -> int:
        """Images of the next call, in whole batches; the frozen prefix sets the pace where it is not cached yet."""
        images = self.training.images if graph.ready("train") else self._span(graph)
        return max(1, images // self.spec.batch_size) * self.spec.batch_size

    def _span(self, graph: PhaseGraph) -> int:
        """Images to send through the frozen prefix at once."""
        span = graph.engine.span if graph.engine is not None else 1
        return int(min(max(1, self.chunk // span) * span, CHUNK[1]))

    def _take_steps(self, phase: Phase, graph: PhaseGraph, ids: np.ndarray, share: float, images: int) -> None:
        """One call, many steps. `share`: of the epoch that is behind."""
        size, place = self.spec.batch_size, self.position
        rates = [self._rate(phase, share + i / images) for i in range(0, len(ids), size)]
        rows = self._rows(graph, "train", ids)
        began = time.perf_counter()
        graph.steps.train(rows, self.splits.train.labels[ids], np.array(rates, np.float32), np.int32(size))
        self.training.took(len(ids), time.perf_counter() - began)
        place.step += len(rates)
        place.images += len(ids)

    def _rows(self, graph: PhaseGraph, split: str, ids: np.ndarray) -> np.ndarray:
        if graph.ready(split):
            return graph.rows(split, ids)
        pieces, span = [], self._span(graph)
        for start in range(0, len(ids), span):
            self._check_stop()
            pieces.append(self._piece(graph, split, ids[start : start + span]))
        return np.concatenate(pieces) if len(pieces) > 1 else pieces[0]

    def _piece(self, graph: PhaseGraph, split: str, ids: np.ndarray) -> np.ndarray:
        began, before = time.perf_counter(), graph.computed
        rows = graph.rows(split, ids)
        fresh = graph.computed - before
        if fresh:
            spent = time.perf_counter() - began
            self.position.prefix_s += spent
            self.position.prefix_images += fresh
            if time.perf_counter() - self.last_emit >= EMIT_S:
                self.emit(self._prefix_progress(graph, split, fresh / spent))
        return rows

    def _prefix_progress(self, graph: PhaseGraph, split: str, rate: float) -> Progress:
        if split == "test":
            return Progress("Testing", graph.features["test"].computed, len(self.splits.test.ids), rate)
        total = len(self.splits.train.ids) + len(self.splits.val.ids)
        return Progress("First pass through the frozen layers", min(graph.computed, total), total, rate)

    def _rate(self, phase: Phase, epoch_share: float) -> float:
        place, budget = self.position, self.spec.seconds
        progress = (place.phase_epoch + epoch_share) / phase.epochs
        if budget is not None:
            share = budget * phase.epochs / self.spec.epochs
            progress = max(progress, (self._elapsed() - place.phase_started_s) / share)
        schedule = self.spec.optimizer.schedule
        shrunk = schedules.on_plateau(place.val_losses) if schedule == "plateau" else 1.0
        return phase.learning_rate * schedules.factor(schedule, progress) * shrunk

    def _metric(self, split: str, name: str, value: float) -> None:
        place = self.position
        self.emit(
            Metric(place.phase, place.epoch, place.step, self._elapsed(), place.images, split, name, value)  # type: ignore[arg-type]
        )

    def _emit_running(self, graph: PhaseGraph) -> None:
        loss, accuracy = self._finite(*graph.steps.running())
        self._metric("train", "loss", loss)
        self._metric("train", "accuracy", accuracy)
        self._emit_progress()
        self.last_emit = time.perf_counter()

    def _emit_progress(self) -> None:
        place = self.position
        total = len(self.splits.train.ids) * self.spec.epochs
        spent = self._elapsed() - place.prefix_s
        rate = place.images / spent if spent > 0 else None
        label = "Training" if len(self.phases) == 1 else f"Training: {self.phases[place.phase].name}"
        self.emit(Progress(label, min(place.images, total), total, rate))

    def _finite(self, loss: float, accuracy: float) -> tuple[float, float]:
        if not np.isfinite(loss):
            raise RunError(
                f"The loss became {'infinite' if np.isinf(loss) else 'NaN'} in epoch {int(self.position.epoch) + 1}: "
                "the steps are too large. Lower the learning rate, or choose a schedule with warm-up."
            )
        return loss, accuracy

    def _end_epoch(self, phase: Phase, graph: PhaseGraph) -> None:
        place = self.position
        train_loss, train_accuracy = self._finite(*graph.steps.running())
        loss, accuracy = self._finite(*evaluate.loss_and_accuracy(self._logits(graph, "val"), self.splits.val.labels))
        place.val_losses.append(loss)
        place.elapsed_s = self._elapsed()
        place.phase_epoch += 1
        self._keep_best(loss)
        for split, name, value in (
            ("train", "loss", train_loss),
            ("train", "accuracy", train_accuracy),
            ("val", "loss", loss),
            ("val", "accuracy", accuracy),
            ("train", "learning_rate", self._rate(phase, 0.0)),
        ):
            self._metric(split, name, value)
        arrays = {  # saved after the metrics are told: an epoch in the checkpoint is an epoch in the history
            "model": [v.numpy() for v in self.touched],
            "optimizer": [v.numpy() for v in graph.optimizer_variables],
        }
        checkpoint.save(self.folder, place, arrays)
        self._emit_progress()

    def _logits(self, graph: PhaseGraph, split: str) -> np.ndarray:
        """(N, K) float32 of a whole split, without dropout and augmentation."""
        count, start = len(getattr(self.splits, split).ids), 0
        parts = []
        while start < count:
            self._check_stop()
            end = min(start + (self.predicting if graph.ready(split) else self._span(graph)), count)
            if graph.ready(split):
                rows = graph.rows(split, slice(start, end))
            else:
                rows = self._rows(graph, split, np.arange(start, end))
            parts.append(graph.steps.logits(rows).numpy())
            start = end
        return np.concatenate(parts)

    def _keep_best(self, loss: float) -> None:
        if self.spec.patience is not None and loss <= min(self.position.val_losses):
            checkpoint.save(self.folder / "best", self.position, {"model": [v.numpy() for v in self.touched]})

    def _stopped_improving(self) -> bool:
        losses, patience = self.position.val_losses, self.spec.patience
        return patience is not None and bool(losses) and len(losses) - 1 - int(np.argmin(losses)) >= patience

    def _take_best(self) -> None:
        """With early stopping, test the epoch of the last phase with the lowest validation loss."""
        best = checkpoint.load(self.folder / "best") if self.spec.patience is not None else None
        if best is not None:
            assign(self.touched, best[1]["model"])

    def _test(self, graph: PhaseGraph) -> Summary:
        place, test = self.position, self.splits.test
        trained_s, prefix_s = self._elapsed(), place.prefix_s
        prefix_rate = place.prefix_images / prefix_s if place.prefix_images else None
        self.emit(Progress("Testing", 0, len(test.ids)))
        probabilities = evaluate.softmax(self._logits(graph, "test"))
        np.savez_compressed(self.folder / "test.npz", probabilities=probabilities, labels=test.labels, ids=test.ids)
        self.emit(Progress("Testing", len(test.ids), len(test.ids)))
        total_s = time.perf_counter() - self.began + self.earlier_s
        known = source_task(self.spec.backbone, self.model, self.emit) if self._transfers() else None
        return Summary(
            **evaluate.scores(test.labels, probabilities, self.splits.classes),
            train_images=len(self.splits.train.ids),
            val_images=len(self.splits.val.ids),
            prefix_s=prefix_s,
            train_s=max(0.0, trained_s - prefix_s),
            total_s=total_s,
            epochs=place.epoch,
            steps=place.step,
            trainable_params=self._trainable_params(),
            total_params=self.model.count_params(),
            cut=graph.cut,
            prefix_from_cache=graph.from_cache,
            prefix_images_per_s=prefix_rate,
            train_images_per_s=place.images / max(trained_s - prefix_s, 1e-9),
            early_stopped=place.early_stopped,
            notes=self.notes,
            versions=versions(),
            source_task=known,
        )

    def _trainable_params(self) -> int:
        """Parameters that any phase trains."""
        found: dict[int, int] = {}
        for phase in mistakes.compiled(self.spec, self.phases):
            set_trainable(self.spec, self.model, phase, self._plan_of(phase), self.card)
            found.update((id(v), int(np.prod(v.shape))) for v in self.model.trainable_variables)
        return sum(found.values())


def versions() -> dict[str, str]:
    """What a result depends on beyond its spec."""
    return {
        "python": platform.python_version(),
        "tensorflow": tf.__version__,
        "keras": keras.__version__,
        "numpy": np.__version__,
        "machine": platform.machine(),
        "system": platform.system(),
    }
