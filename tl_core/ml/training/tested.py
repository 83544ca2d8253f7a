"""What the test images say of a trained network: all of a Summary that comes from its logits."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from tl_core.base.events import Answers
from tl_core.ml.data.splits import Splits
from tl_core.ml.training import calibration, evaluate, thresholds
from tl_core.ml.training.outputs import Output


def measured(output: Output, splits: Splits, logits: Mapping[str, np.ndarray], file: Path) -> dict[str, Any]:
    """Scores, calibration and answers by their names in a Summary. `file` gets the probabilities, for later questions.

    `logits` of "val" and "test", each (N, K) float.
    """
    test, probabilities = splits.test, output.probabilities(logits["test"])
    np.savez_compressed(file, probabilities=probabilities, labels=test.labels, ids=test.ids)
    val = splits.val.labels
    return {
        **evaluate.scores(output, logits["test"], test.labels, splits.classes, test.groups),
        **calibration.scores(output, logits["test"], test.labels, logits["val"], val),
        "operating": thresholds.operating(
            output.wanted(val), output.probabilities(logits["val"]), output.wanted(test.labels), probabilities
        ),
        "answers": Answers.of(test.ids, test.labels, output.answered(probabilities, test.labels), test.groups),
    }
