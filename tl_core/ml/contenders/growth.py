"""`NAME=VALUE …`: seconds of one run with nothing cached, on compiled graphs."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tl_core.base.settings import settings
from tl_core.ml.contenders.task import extraction, seconds, tell
from tl_core.ml.training import train


def main(per_class: str, epochs: str, strategy: str) -> None:
    spec = extraction(int(per_class), int(epochs), strategy=strategy, optimizer={"schedule": "constant"})
    train.rehearse(spec, lambda: False)
    for path in settings().activations.glob("*.npy"):
        path.unlink()
    with tempfile.TemporaryDirectory() as folder:
        spent_s = seconds(lambda: train.run(spec, lambda event: None, lambda: False, Path(folder)))
    tell(seconds=spent_s)


if __name__ == "__main__":
    main(**dict(argument.split("=") for argument in sys.argv[1:]))
