"""`PER_CLASS`, 0 for all: the most memory that a process takes which extracts the features of so many images, in MB."""

from __future__ import annotations

import sys
import tempfile
import threading
from pathlib import Path

import psutil

from tl_core.ml.contenders.task import extraction, tell
from tl_core.ml.training import train
from tl_core.races import race


def main(per_class: int) -> None:
    every = {"data": {"dataset": race.proposed().dataset}}
    spec = extraction(per_class, 1) if per_class else extraction(1, 1, **every)
    most, done = [0], threading.Event()

    def watch() -> None:
        while not done.wait(0.05):
            most[0] = max(most[0], psutil.Process().memory_info().rss)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        with tempfile.TemporaryDirectory() as folder:
            train.run(spec, lambda event: None, lambda: False, Path(folder))
    finally:
        done.set()
        watcher.join()
    tell(peak_mb=most[0] / 1e6)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
