"""(f) Memory: the web process after every page was seen, and a worker with all of CIFAR-10."""

from __future__ import annotations

from pathlib import Path

from tl_core.bench import browser
from tl_core.bench.measure import Report, Skipped, contend, faster

TITLE = "Memory against its limit: 400 MB for the web process, 2 GB for a worker"
WEB_MB, WORKER_MB = 400.0, 2048.0


def run(quick: bool, home: Path) -> Report:
    per_class = 20 if quick else 0  # 0: all
    rows, left_out = [], []
    found = contend("worker_memory", home, per_class)
    images = f"{per_class} images per class" if per_class else "all images of CIFAR-10 at 96 px, where it is here"
    rows.append(faster(f"f worker, {images}", found["peak_mb"], WORKER_MB, "MB"))
    try:
        with browser.opened(home) as (server, page):
            for address in ("", "Lab", "History"):
                browser.visit(page, f"{server.url}/{address}")
            rows.append(faster("f web process, three pages seen", server.memory_mb(), WEB_MB, "MB"))
    except Skipped as reason:
        left_out.append(str(reason))
    return Report(rows, left_out)
