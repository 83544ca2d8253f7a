"""(e) How long a rerun of the Lab takes in the browser, idle and while two runs train.

A click comes when the page has come to rest, after a pause of any length up to the longest between two looks of the
page at its runs: a click that came sooner would measure how long the browser draws the answer to the one before.
"""

from __future__ import annotations

import random
import statistics
import time
from pathlib import Path

from tl_core.bench import browser
from tl_core.bench.measure import Report, Row, faster
from tl_core.races import race

TITLE = "A rerun of the Lab, its 95th percentile against 200 ms"
LIMIT_S = 0.2
WAIT_S = 120.0
PAUSE_MS = (200, 2200)
ARM = "Fine-tune the top"  # of the Lab's form: one press adds it to the race, the next takes it away


def run(quick: bool, home: Path) -> Report:
    times = 5 if quick else 40
    with browser.opened(home) as (server, page):
        reruns = browser.Reruns(page)
        idle = _row(reruns, f"{server.url}/Lab", times, "e idle")
        store = server.store()
        endless = {"epochs": 1000, "arms": ("from_scratch", "fine_tune_all")}
        experiment = store.submit(race.first().changed(**endless).specs(), "bench")
        end = time.monotonic() + WAIT_S
        while [run.status for run in store.active()] != ["running", "running"]:
            if time.monotonic() > end:
                raise RuntimeError("The two runs did not start.")
            time.sleep(0.1)
        watched = _row(reruns, f"{server.url}/Lab?experiment={experiment}", times, "e watching two runs train")
        other = _row(reruns, f"{server.url}/Lab", times, "e two runs training")
    return Report([idle, other, watched], [])


def _row(reruns: browser.Reruns, address: str, times: int, case: str) -> Row:
    browser.visit(reruns.page, address)
    pauses, spent = random.Random(0), []
    for _ in range(times):
        reruns.page.wait_for_timeout(pauses.uniform(*PAUSE_MS))
        reruns.page.wait_for_function(browser.RESTING)
        spent.append(reruns.next_s(ARM))
    return faster(case, statistics.quantiles(spent, n=20, method="inclusive")[-1], LIMIT_S)
