"""A run with as much time as it needs."""

from __future__ import annotations

from tl_core.base.spec import RunSpec

EPOCHS = 300  # at most
PATIENCE = 20  # epochs


def converged(spec: RunSpec) -> RunSpec:
    """The same run until its validation loss no longer falls; it is tested with the weights of its best epoch."""
    return spec.model_copy(update={"epochs": max(EPOCHS, spec.epochs), "patience": PATIENCE, "seconds": None})
