"""How one phase gets its images: in calls long enough to cost nothing and short enough to stop soon."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from tl_core.ml.data.splits import Split
from tl_core.ml.training.pace import Pace
from tl_core.ml.training.phase import PhaseGraph
from tl_core.ml.training.telling import Telling

CHUNK_MACS = 2e10  # multiply-adds between two looks at `check_stop`, some tenths of a second on two cores
CHUNK = (8, 512)  # images at once through a whole network: at least, at most
CHUNK_BYTES = 2**28  # of activations at once, at most


class Feed:
    """Rows and logits of one phase.

    `macs`: multiply-adds of one image in the whole backbone. `check_stop` is called between portions and raises
    Stopped.
    """

    def __init__(
        self, graph: PhaseGraph, batch_size: int, macs: float, telling: Telling, check_stop: Callable[[], None]
    ) -> None:
        self.graph, self.batch_size, self.telling, self.check_stop = graph, batch_size, telling, check_stop
        span = graph.engine.span if graph.engine is not None else 1
        chunk = int(np.clip(CHUNK_MACS / macs, *CHUNK))
        self.span = int(min(max(1, chunk // span) * span, CHUNK[1]))  # images at once through the frozen prefix
        row_bytes = 4 * int(np.prod(graph.features["train"].shape[1:])) if graph.features else 1
        most = int(np.clip(CHUNK_BYTES / row_bytes, CHUNK[0], 2**16))
        # Always as many at once when predicting: sums depend on it in the last bit.
        self.predicting = int(np.clip(CHUNK_MACS / max(graph.macs, 1.0), CHUNK[0], most))
        self.pace = Pace(max(1, self.predicting // 3), most)

    def ahead(self) -> int:
        """Images of the next call, in whole batches; the frozen prefix sets the pace where it is not cached yet."""
        images = self.pace.images if self.graph.ready("train") else self.span
        return max(1, images // self.batch_size) * self.batch_size

    def train(self, ids: np.ndarray, split: Split, rates: list[float]) -> None:
        """One call, a step for each of `rates`. `ids`: of the training split's images."""
        rows = self.rows("train", ids)
        began = time.perf_counter()
        sizes = np.array(rates, np.float32), np.int32(self.batch_size)
        self.graph.steps.train(rows, split.labels[ids], split.weights[ids], *sizes)
        self.pace.took(len(ids), time.perf_counter() - began)

    def rows(self, part: str, ids: np.ndarray) -> np.ndarray:
        """The steps' input for these images, computed now where it is not cached."""
        if self.graph.ready(part):
            return self.graph.rows(part, ids)
        pieces = []
        for start in range(0, len(ids), self.span):
            self.check_stop()
            pieces.append(self._piece(part, ids[start : start + self.span]))
        return np.concatenate(pieces) if len(pieces) > 1 else pieces[0]

    def _piece(self, part: str, ids: np.ndarray) -> np.ndarray:
        began, before = time.perf_counter(), self.graph.computed
        rows = self.graph.rows(part, ids)
        fresh, place = self.graph.computed - before, self.telling.position
        if fresh:
            spent = time.perf_counter() - began
            place.prefix_s += spent
            place.prefix_images += fresh
            if self.telling.due():
                self.telling.first_pass(self.graph, part, fresh / spent)
        return rows

    def logits(self, part: str) -> np.ndarray:
        """(N, K) float32 of a whole split, without dropout and augmentation."""
        count, start, found = len(self.graph.images[part]), 0, []
        while start < count:
            self.check_stop()
            ready = self.graph.ready(part)
            end = min(start + (self.predicting if ready else self.span), count)
            rows = self.graph.rows(part, slice(start, end)) if ready else self.rows(part, np.arange(start, end))
            found.append(self.graph.steps.logits(rows).numpy())
            start = end
        return np.concatenate(found)
