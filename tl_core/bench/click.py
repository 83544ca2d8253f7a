"""(d) From the click to the first point of the chart, and from `streamlit run` to a page that answers."""

from __future__ import annotations

from pathlib import Path

from tl_core.bench import browser
from tl_core.bench.measure import Report, faster

TITLE = "Click to the first point, in a real browser; the limits are the peers"
WARM_S, COLD_S, LONGER_S = 1.0, 30.0, 1.5


def run(quick: bool, home: Path) -> Report:
    bare_s = browser.start_s(browser.ONE_LINE, home, "Hello")
    ours_s = browser.start_s(browser.APP, home, browser.CLICK)
    rows = [faster("d from `streamlit run` to the page, against a one-line app and 1.5 s", ours_s, bare_s + LONGER_S)]
    with browser.opened(home) as (server, page):
        cold_s = browser.click_to_point_s(page, server)
        warm_s = min(browser.click_to_point_s(page, server) for _ in range(1 if quick else 3))
    rows.append(faster("d click to first point, worker cold", cold_s, COLD_S))
    rows.append(faster("d click to first point, worker warm", warm_s, WARM_S))
    return Report(rows, [])
