"""Early stopping: a phase ends once its validation loss no longer falls, and its best epoch is what is tested."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import keras
import numpy as np

from tl_core.base.wording import many
from tl_core.ml.network import checkpoint
from tl_core.ml.network.arm import assign
from tl_core.ml.network.checkpoint import Position


def waited(losses: Sequence[float]) -> int:
    """For how many epochs the validation loss has not fallen below its lowest value so far."""
    return len(losses) - 1 - int(np.argmin(losses)) if losses else 0


def keep_best(position: Position, touched: Sequence[keras.Variable], folder: Path) -> None:
    """Save the weights if this epoch is the best of its phase."""
    if not waited(position.val_losses):
        checkpoint.save(folder / checkpoint.BEST, position, {"model": [v.numpy() for v in touched]})


def take_best(touched: Sequence[keras.Variable], folder: Path) -> None:
    """Put the weights of the best epoch of the last phase back."""
    if best := checkpoint.load(folder / checkpoint.BEST):
        assign(touched, best[1]["model"])


def note(losses: Sequence[float], patience: int, epochs: int) -> str:
    """How a phase of at most so many epochs ended, in a sentence. `losses`: of validation, by epoch."""
    best = len(losses) - waited(losses)
    if waited(losses) >= patience:
        return (
            f"Stopped early after {many(len(losses), 'epoch')} of {epochs}: the validation loss was lowest after epoch "
            f"{best} and did not fall further for {many(patience, 'epoch')}. The best epoch of the last phase is "
            "tested."
        )
    if len(losses) == epochs > patience:
        return (
            f"Early stopping did not happen within {many(epochs, 'epoch')}: the validation loss was lowest after epoch "
            f"{best}, so more time may help."
        )
    return ""
