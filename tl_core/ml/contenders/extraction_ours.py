"""`PER_CLASS EPOCHS`: our feature extraction, with nothing compiled, with nothing cached, and as a what-if."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tl_core.base.events import Summary
from tl_core.base.settings import settings
from tl_core.base.spec import RunSpec
from tl_core.ml.contenders.task import extraction, need, seconds, tell
from tl_core.ml.training import train


def main(per_class: int, epochs: int) -> None:
    need("openvino", "OpenVINO")
    import openvino  # noqa: F401  a worker has imported it before the first click, too

    spec = extraction(per_class, epochs)
    unrehearsed_s, _ = _timed(spec)
    _forget()
    cold_s, summary = _timed(spec)
    what_if = spec.model_copy(update={"seed": 1, "batch_size": 64})
    warm_s = min(_timed(what_if)[0] for _ in range(3))
    tell(
        unrehearsed_s=unrehearsed_s,
        cold_s=cold_s,
        warm_s=warm_s,
        bare_pass_s=_bare_pass(spec),
        accuracy=summary.test_accuracy,
    )


def _timed(spec: RunSpec) -> tuple[float, Summary]:
    found: list[Summary] = []
    with tempfile.TemporaryDirectory() as folder:
        spent_s = seconds(lambda: found.append(train.run(spec, lambda event: None, lambda: False, Path(folder))))
    return spent_s, found[0]


def _forget() -> None:
    """No activations; what is compiled stays."""
    for path in settings().activations.glob("*.npy"):
        path.unlink()


def _bare_pass(spec: RunSpec) -> float:
    """All images of the run once through the engine, and nothing else."""
    graph = train.rehearse(spec, lambda: False)[0]
    engine, parts = graph.engine, [images[:] for images in graph.images.values()]
    assert engine is not None
    return seconds(lambda: [engine(images) for images in parts], 2)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
