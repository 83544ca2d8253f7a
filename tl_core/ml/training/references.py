"""What is reached without a network on a run's examples, where their modality has something so simple."""

from __future__ import annotations

from tl_core.base.events import Emit, Reference, ShouldStop
from tl_core.base.spec import RunSpec
from tl_core.catalog import BACKBONES
from tl_core.ml.data import modalities, splits
from tl_core.ml.data.splits import Splits
from tl_core.ml.training import evaluate
from tl_core.ml.training.outputs import Output


def measured(spec: RunSpec, output: Output, own: Splits, emit: Emit, should_stop: ShouldStop) -> dict[str, Reference]:
    """Each by its name in the catalogue, measured as an arm is. `own`: the run's examples as its network reads them."""
    if not BACKBONES[spec.backbone].takes.references:
        return {}
    test, modality = own.test, modalities.of(spec.backbone)
    return {
        name: Reference(
            **evaluate.called(output, found, test.labels, test.groups),
            answers=evaluate.answers_of(output, found, test),
            measures=modality.measures(own, found),
        )
        for name, found in modality.references(splits.load(spec.data, emit, should_stop)).items()
    }
