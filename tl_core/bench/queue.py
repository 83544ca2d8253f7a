"""(h) Fifteen visitors who watch their races wait, beside a class that has queued 600 further runs."""

from __future__ import annotations

import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

from tl_core.bench import browser
from tl_core.bench.client import Client, visiting
from tl_core.bench.measure import Report, faster
from tl_core.races import race
from tl_core.store import Store

TITLE = "The median rerun of 15 watching visitors with 600 further queued runs, against 1.2 times that without"
WATCHING = 15
STUDENTS, EACH = 30, 20
FACTOR = 1.2
WAIT_S = 300.0


def run(quick: bool, home: Path) -> Report:
    seconds = 10.0 if quick else 40.0
    server = browser.Server(browser.APP, home)
    try:
        server.wait()
        store, endless = server.store(), {"epochs": 1000, "arms": ("from_scratch", "fine_tune_all")}
        store.submit(race.first().changed(**endless).specs(), "busy")  # so that the queue stands still
        names = [store.submit(race.first().specs(), f"watching {i}") for i in range(WATCHING)]
        with ExitStack() as stack:
            visitors = [stack.enter_context(visiting(server.url, "Lab", f"experiment={name}")) for name in names]
            _wait_until_busy(store)
            few = _reruns(visitors, seconds)
            for i in range(STUDENTS):
                store.submit([race.first().specs()[0]] * EACH, f"student {i}")
            many = _reruns(visitors, 2 * seconds)
            for run in store.active():
                if run.owner.startswith("student"):
                    store.request_stop([run.id], run.owner)
            few += _reruns(visitors, seconds)  # before and after, as the machine may change meanwhile
    finally:
        server.close()
    ours, limit = statistics.median(many), FACTOR * statistics.median(few)
    return Report([faster(f"h {WATCHING} watching, {STUDENTS * EACH} more runs queued", ours, limit)], [])


def _wait_until_busy(store: Store) -> None:
    end = time.monotonic() + WAIT_S
    while sum(run.status == "running" for run in store.active()) < 2:
        if time.monotonic() > end:
            raise RuntimeError("The two runs did not start.")
        time.sleep(0.1)


def _reruns(visitors: list[Client], seconds: float) -> list[float]:
    """Seconds of each rerun of a fragment that the pages of these visitors ask for within a time."""
    with ThreadPoolExecutor(len(visitors)) as at_once:
        return [spent for found in at_once.map(lambda visitor: _watched(visitor, seconds), visitors) for spent in found]


def _watched(visitor: Client, seconds: float) -> list[float]:
    spent: list[float] = []
    due: dict[str, float] = {}
    began = time.monotonic()
    while (now := time.monotonic()) - began < seconds:
        due = {fragment: due.get(fragment, now + every) for fragment, every in visitor.fragments.items()}
        fragment = min(due, key=due.__getitem__)
        time.sleep(max(0.0, due.pop(fragment) - now))
        spent.append(visitor.rerun_s(fragment))
    return spent
