"""(e) How long a rerun of the Lab takes in the browser, idle and while two runs train."""
from __future__ import annotations

from pathlib import Path

import numpy as np

from tl_core.bench import browser
from tl_core.bench.measure import Report, faster

TITLE = "A rerun of the Lab, its 95th percentile against 200 ms"
LIMIT_S = 0.2


def run(quick: bool, home: Path) -> Report:
    times = 5 if quick else 40
    rows = []
    with browser.opened(home) as (server, page):
        for state in ("idle", "two runs training"):
            if state != "idle":
                browser.click_to_point_s(page, server)
            browser.visit(page, f"{server.url}/Lab")
            spent = [browser.rerun_s(page) for _ in range(times)]
            rows.append(faster(f"e {state}", float(np.percentile(spent, 95)), LIMIT_S))
    return Report(rows, [])
