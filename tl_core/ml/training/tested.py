"""What the test images say of a trained network: all of a Summary that comes from its logits."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from tl_core.base.spec import RunSpec
from tl_core.base.wording import together
from tl_core.ml.data.splits import Images, Splits
from tl_core.ml.training import calibration, evaluate, thresholds
from tl_core.ml.training.outputs import Output

SUREST = 24  # wrong answers that are kept with their pictures


def measured(
    spec: RunSpec, output: Output, splits: Splits, logits: Mapping[str, np.ndarray], file: Path, shown: Images | None
) -> dict[str, Any]:
    """Scores, calibration and answers by their names in a Summary. `file` gets the probabilities, for later questions.

    `logits` of "val" and "test", each (N, K) float. `shown`: the test examples, of which `file` gets some, too; None of
    those that are a student's own.
    """
    test, probabilities = splits.test, output.probabilities(logits["test"])
    val = splits.val.labels
    surest = _surest(output, splits, probabilities, shown)
    np.savez_compressed(file, probabilities=probabilities, labels=test.labels, ids=test.ids, **surest)
    return {
        **evaluate.scores(output, logits["test"], test.labels, splits.classes, test.groups),
        **calibration.scores(output, logits["test"], test.labels, logits["val"], val),
        "operating": thresholds.operating(
            output.wanted(val), output.probabilities(logits["val"]), output.wanted(test.labels), probabilities
        ),
        "answers": evaluate.answers_of(output, probabilities, test),
        "measures": evaluate.measures(spec, output, splits, probabilities),
    }


def _plain(examples: np.ndarray) -> np.ndarray:
    """Text as NumPy keeps it in a file without pickling."""
    return examples.astype(np.str_) if examples.dtype == object else examples


def _surest(output: Output, splits: Splits, probabilities: np.ndarray, shown: Images | None) -> dict[str, Any]:
    """The surest wrong answers, surest first, as `tl_core.results.mistakes` reads them, and how many are wrong."""
    test, answers = splits.test, output.called(probabilities)
    wrong, sure = np.flatnonzero(~output.answered(probabilities, test.labels)), output.sureness(probabilities)
    surest = wrong[np.argsort(-sure[wrong], kind="stable")][:SUREST]
    truth, called = (
        np.array(list(map(together, output.names(these[surest], splits.classes))), dtype=np.str_)
        for these in (test.labels, answers)
    )
    return {
        "surest_ids": test.ids[surest],
        "surest_pixels": np.empty(0) if shown is None else _plain(shown[surest]),
        "surest_truth": truth,
        "surest_called": called,
        "surest_sure": sure[surest],
        "wrong": np.array(len(wrong)),
    }
