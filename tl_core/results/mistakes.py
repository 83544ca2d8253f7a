"""The test examples that a run called wrong, as it wrote them down when it was tested."""

from __future__ import annotations

import wave
from typing import NamedTuple

import numpy as np

from tl_core.base.questions import Example
from tl_core.base.settings import settings
from tl_core.catalog import recorded
from tl_core.store import Run


class Mistake(NamedTuple):
    """A test example that was called something else, and how sure the run was, in [0, 1]."""

    pixels: Example
    truth: str
    called: str
    probability: float


class Mistakes(NamedTuple):
    """The surest of the `wrong` answers on `tested` test pictures, surest first."""

    surest: tuple[Mistake, ...]
    wrong: int
    tested: int


def mistakes(run: Run) -> Mistakes | None:
    """None where they, or the uploaded pictures they were made on, are no longer on this machine."""
    try:
        with np.load(settings().runs / run.id / "test.npz") as tested:
            pixels, truth, called, sure = (tested[f"surest_{name}"] for name in ("pixels", "truth", "called", "sure"))
            examples = recorded.given(run.spec.data.dataset, tested["surest_ids"].tolist(), list(pixels))
            surest = tuple(map(Mistake, examples, truth.tolist(), called.tolist(), sure.tolist()))
            return Mistakes(surest, int(tested["wrong"]), len(tested["labels"]))
    except (OSError, ValueError, KeyError, EOFError, wave.Error):
        return None
