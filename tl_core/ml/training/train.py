"""`run(spec, emit, should_stop, folder) → Summary`: one run, from pixels to test scores. Knows no store and no Dask."""

from __future__ import annotations

import os
import time
from pathlib import Path

import numpy as np
import tensorflow as tf

from tl_core import catalog
from tl_core.base.events import TESTING, Emit, Progress, Resumed, RunError, ShouldStop, Stopped, Summary
from tl_core.base.spec import LayerPlan, Phase, RunSpec
from tl_core.catalog import schedules, strategies
from tl_core.ml.data import augment, modalities
from tl_core.ml.data.downloads import fetch_weights
from tl_core.ml.network import checkpoint, freezing, mistakes, models
from tl_core.ml.network.arm import assign, begin, build, set_trainable, touched, trainable_params
from tl_core.ml.network.checkpoint import Position
from tl_core.ml.training import early, evaluate, outputs, probe, references, tested, warm
from tl_core.ml.training.feed import Feed
from tl_core.ml.training.phase import PhaseGraph, backbone_macs, build_phase
from tl_core.ml.training.shifted import shift_scores
from tl_core.ml.training.source_task import source_task
from tl_core.ml.training.telling import Telling
from tl_core.ml.training.versions import versions


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
        warm.clear()
        raise RunError("The computer ran out of memory. Choose a smaller size, batch size or backbone.") from error


def rehearse(spec: RunSpec, should_stop: ShouldStop) -> list[PhaseGraph]:
    """Read, build and compile what this run needs, so that it finds all of it here; its phases. Writes no result.

    Raises Stopped when `should_stop` says so, RunError when something is missing.
    """
    rehearsal = _Run(spec, lambda event: None, should_stop, Path(os.devnull))
    return [rehearsal.compile(index) for index in range(len(rehearsal.phases))]


class _Run:
    """The state of one run. Times in seconds."""

    def __init__(self, spec: RunSpec, emit: Emit, should_stop: ShouldStop, folder: Path) -> None:
        began = time.perf_counter()
        self.spec, self.emit, self.should_stop, self.folder = spec, emit, should_stop, folder
        tf.config.experimental.enable_op_determinism()
        emit(Progress("Preparing", 0, 1))
        self.splits = mistakes.splits(spec, modalities.load(spec, emit, should_stop))
        self.card, self.output = catalog.card(spec.backbone), outputs.output_of(spec.data)
        self.bias = self.output.first_bias(self.splits.train.labels)
        self.plan = strategies.plan(spec, self.card.stage_names)
        self.phases = mistakes.compiled(spec, strategies.phases(spec, self.card.stage_names))
        self.network = self._build()
        self.model = self.network.model
        self.touched = touched(spec, self.model, self.plan, self.card)
        saved = checkpoint.load(folder)
        self.position, self.restored = saved or (Position(), {})
        if saved:
            assign(self.touched, self.restored["model"])
        self.began = began - self.position.elapsed_s
        self.telling = Telling(emit, self.position, self.phases, len(self.splits.train.ids) * spec.epochs)
        self.telling.note(mistakes.note(spec))
        emit(Resumed(self.position.epoch))

    def _build(self) -> warm.Network:
        """The network as this run starts: kept from a run before it, or built."""
        spec, classes = self.spec, len(self.splits.classes)
        weights = fetch_weights(spec.backbone, self.emit, self.should_stop) if self._transfers() else None
        changed = weights.stat().st_mtime_ns if weights else 0
        head = strategies.head(spec, self.card.stage_names)
        key = (spec.backbone, spec.image_size, str(weights), changed, head, classes)
        network = warm.network(key, spec.seed, lambda: build(spec, self.card, classes, weights))
        begin(network.model, spec, self._plan_of(self.phases[0]), self.card, self.bias)
        return network

    def _transfers(self) -> bool:
        return strategies.transfers(self.spec, self.card.stage_names)

    def _plan_of(self, phase: Phase) -> LayerPlan:
        return phase.plan or self.plan

    def finish(self) -> Summary:
        graph: PhaseGraph | None = None
        try:
            for index in range(self.position.phase, len(self.phases)):
                if graph is not None:
                    graph.close()
                graph = self._enter(index)
                feed = self._feed(graph)
                train = self._solve_phase if self.phases[index].solved else self._train_phase
                train(self.phases[index], feed)
            assert graph is not None
            if self.spec.patience is not None:
                early.take_best(self.touched, self.folder)
            return self._test(feed)
        finally:
            if graph is not None:
                graph.close()

    def compile(self, index: int) -> PhaseGraph:
        """All of a phase, without a picture."""
        self._check_stop()
        graph = self._enter(index)
        self._check_stop()
        graph.steps.rehearse(self.spec.batch_size)
        self._check_stop()
        return graph

    def _enter(self, index: int) -> PhaseGraph:
        place, phase = self.position, self.phases[index]
        plan = self._plan_of(phase)
        if index > place.phase and plan != self._plan_of(self.phases[index - 1]):
            seed = models.stable_seed(self.spec.seed, phase.name)
            freezing.apply_plan(self.model, plan, self.card, seed)
            freezing.renew_head(self.model, seed)
            models.set_bias(self.model, self.bias)
        set_trainable(self.spec, self.model, phase, plan, self.card, len(self.splits.train.ids))
        goes_on = index > place.phase and mistakes.compiled_once(self.spec)
        graph = build_phase(self.model, self.spec, phase, plan, self.card, self.splits, self.network.compiled, goes_on)
        for text in graph.notes:
            self.telling.note(text)
        if index == place.phase and place.phase_epoch and "optimizer" in self.restored:
            assign(graph.optimizer_variables, self.restored["optimizer"])
        elif index > place.phase:
            place.phase, place.phase_epoch, place.val_losses = index, 0, []
            place.phase_started_s = self.telling.elapsed()
        return graph

    def _feed(self, graph: PhaseGraph) -> Feed:
        macs = backbone_macs(self.spec.image_size, self.card)
        return Feed(graph, self.spec.batch_size, macs, self.telling, self._check_stop)

    def _check_stop(self) -> None:
        if self.should_stop():
            raise Stopped

    def _out_of_time(self) -> bool:
        """Whether this phase's part of a budget in seconds is used up."""
        if self.spec.seconds is None:
            return False
        through = sum(p.epochs for p in self.phases[: self.position.phase + 1]) / self.spec.epochs
        return self.telling.elapsed() >= self.spec.seconds * through

    def _train_phase(self, phase: Phase, feed: Feed) -> None:
        while self.position.phase_epoch < phase.epochs and not self._out_of_time():
            if self.spec.patience and early.waited(self.position.val_losses) >= self.spec.patience:
                self.position.early_stopped = True
                break
            self._train_epoch(phase, feed)
            self._end_epoch(phase, feed)
        if self.spec.patience:
            self.telling.note(early.note(self.position.val_losses, self.spec.patience, phase.epochs))

    def _solve_phase(self, phase: Phase, feed: Feed) -> None:
        """The whole phase at once; what each epoch tells is a point on the way to the optimum."""
        place = self.position
        if place.phase_epoch:
            return
        train, val = (probe.examples(feed, part, getattr(self.splits, part)) for part in ("train", "val"))
        found = probe.solve(train, val, self.output, self._check_stop)
        passes, head = len(found.path) - 1, self.model.get_layer("head_logits")
        for weights in probe.shown(found.path, phase.epochs):
            place.epoch, place.phase_epoch = place.epoch + 1, place.phase_epoch + 1
            place.step = round(passes * place.phase_epoch / phase.epochs)
            place.images = place.step * len(train.labels)
            for split, rows in (("train", train), ("val", val)):
                measured = evaluate.loss_and_accuracy(self.output, weights.logits(rows.features), rows)
                loss, accuracy = self.telling.finite(*measured)
                self.telling.metric(split, "loss", loss)
                self.telling.metric(split, "accuracy", accuracy)
        place.val_losses.append(loss)
        assign([head.kernel, head.bias], found.path[-1])
        self._keep_best()
        self.telling.note(probe.note(found))
        self._save(feed)

    def _train_epoch(self, phase: Phase, feed: Feed) -> None:
        split, place, seed, steps = self.splits.train, self.position, self.spec.seed, feed.graph.steps
        order = np.random.default_rng([seed, place.phase, place.phase_epoch]).permutation(len(split.ids))
        augment.reseed(feed.graph.generators, seed, place.phase * 1000 + place.phase_epoch)
        steps.reset()
        epoch, seen = place.epoch, 0
        while seen < len(order):
            self._check_stop()
            if self._out_of_time():
                break
            ids = order[seen : seen + feed.ahead()]
            starts = range(0, len(ids), self.spec.batch_size)
            rates = [self._rate(phase, (seen + i) / len(order)) for i in starts]
            feed.train(ids, split, rates)
            seen += len(ids)
            place.step += len(rates)
            place.images += len(ids)
            place.epoch = epoch + seen / len(order)
            if seen < len(order) and self.telling.due():
                self.telling.running(*self.telling.finite(*steps.running()))
        place.epoch = epoch + 1 if seen == len(order) else place.epoch

    def _rate(self, phase: Phase, epoch_share: float) -> float:
        """The learning rate when `epoch_share` of this epoch is behind."""
        place, budget = self.position, self.spec.seconds
        progress = (place.phase_epoch + epoch_share) / phase.epochs
        if budget is not None:
            share = budget * phase.epochs / self.spec.epochs
            progress = max(progress, (self.telling.elapsed() - place.phase_started_s) / share)
        schedule = self.spec.optimizer.schedule
        shrunk = schedules.on_plateau(place.val_losses) if schedule == "plateau" else 1.0
        return phase.learning_rate * schedules.factor(schedule, progress) * shrunk

    def _end_epoch(self, phase: Phase, feed: Feed) -> None:
        place = self.position
        train_loss, train_accuracy = self.telling.finite(*feed.graph.steps.running())
        loss, accuracy = self.telling.finite(
            *evaluate.loss_and_accuracy(self.output, feed.logits("val"), self.splits.val)
        )
        place.val_losses.append(loss)
        place.phase_epoch += 1
        self._keep_best()
        for split, name, value in (
            ("train", "loss", train_loss),
            ("train", "accuracy", train_accuracy),
            ("val", "loss", loss),
            ("val", "accuracy", accuracy),
            ("train", "learning_rate", self._rate(phase, 0.0)),
        ):
            self.telling.metric(split, name, value)
        self._save(feed)

    def _save(self, feed: Feed) -> None:
        """After the metrics are told: an epoch in the checkpoint is an epoch in the history."""
        self.position.elapsed_s = self.telling.elapsed()
        arrays = {
            "model": [v.numpy() for v in self.touched],
            "optimizer": [v.numpy() for v in feed.graph.optimizer_variables],
        }
        checkpoint.save(self.folder, self.position, arrays)
        self.telling.training()

    def _keep_best(self) -> None:
        if self.spec.patience is not None:
            early.keep_best(self.position, self.touched, self.folder)

    def _test(self, feed: Feed) -> Summary:
        place, test = self.position, self.splits.test
        trained_s, prefix_s = self.telling.elapsed(), place.prefix_s
        prefix_rate = place.prefix_images / prefix_s if place.prefix_images else None
        self.emit(Progress(TESTING, 0, len(test.ids)))
        logits = {part: feed.logits(part) for part in ("val", "test")}
        data = catalog.dataset(self.spec.data.dataset)
        keeps = data.holds.kept and not data.own
        shown = modalities.shown(self.spec, test, self.emit, self.should_stop) if keeps else None
        measured = tested.measured(self.spec, self.output, self.splits, logits, self.folder / "test.npz", shown)
        self.emit(Progress(TESTING, len(test.ids), len(test.ids)))
        return Summary(
            **measured,
            references=references.measured(self.spec, self.output, self.splits, self.emit, self.should_stop),
            train_images=len(self.splits.train.ids),
            val_images=len(self.splits.val.ids),
            prefix_s=prefix_s,
            train_s=max(0.0, trained_s - prefix_s),
            total_s=time.perf_counter() - self.began,
            epochs=place.epoch,
            steps=place.step,
            trainable_params=trainable_params(self.spec, self.model, self.plan, self.card),
            total_params=self.model.count_params(),
            cut=feed.graph.cut,
            engine=feed.graph.engine.name if feed.graph.engine else None,
            prefix_from_cache=feed.graph.from_cache,
            prefix_images_per_s=prefix_rate,
            train_images_per_s=place.images / max(trained_s - prefix_s, 1e-9),
            early_stopped=place.early_stopped,
            notes=self.telling.notes,
            versions=versions(),
            recipe=strategies.recipe(self.spec, self.card.stage_names, self.phases),
            **shift_scores(self.spec, self.model, self.output, test, self.telling, self._check_stop),
            source_task=source_task(self.spec.backbone, self.model, self.emit) if self._transfers() else None,
        )
