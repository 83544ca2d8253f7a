"""(i) Memory of the web process while thirty visitors send a file at once, of which no page takes anything."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tl_core.base.settings import settings
from tl_core.bench import browser
from tl_core.bench.client import Client, visiting
from tl_core.bench.measure import Report, Skipped, faster
from tl_core.bench.memory import WEB_MB

TITLE = "Memory of the web process while 30 uploads arrive at once; the limit is stated in the README"
VISITORS = 30
FILE_MB = 60
HELD_S = 2.0  # so long a page takes to bring a file to the disk


def run(quick: bool, home: Path) -> Report:
    content, limit_mb = bytes((6 if quick else FILE_MB) * 10**6), WEB_MB + settings().arriving_bytes / 1e6
    server = browser.Server(browser.APP, home)
    try:
        server.wait()
        with ExitStack() as stack:
            visitors = [stack.enter_context(visiting(server.url)) for _ in range(VISITORS)]
            with _peak_mb(server) as peak, ThreadPoolExecutor(VISITORS) as at_once:
                answers = list(at_once.map(lambda visitor: _send(visitor, content), visitors))
    finally:
        server.close()
    if set(answers) != {204}:
        raise Skipped(f"Not every file got in (HTTP {sorted(set(answers))}), so nothing was measured.")
    return Report([faster(f"i {VISITORS} uploads of {len(content) / 1e6:.0f} MB", peak[0], limit_mb, "MB")], [])


def _send(visitor: Client, content: bytes) -> int:
    status = visitor.upload("picture", content)
    time.sleep(HELD_S)
    visitor.forget("picture")
    return status


@contextmanager
def _peak_mb(server: browser.Server) -> Iterator[list[float]]:
    """The most memory that the web process had while the `with` lasted."""
    peak, over = [0.0], threading.Event()

    def look() -> None:
        while not over.wait(0.05):
            peak[0] = max(peak[0], server.memory_mb())

    watch = threading.Thread(target=look)
    watch.start()
    try:
        yield peak
    finally:
        over.set()
        watch.join()
