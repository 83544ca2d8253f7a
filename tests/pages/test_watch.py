"""What is watched: drawn by the run of the whole page, then looked at until the page has to run again."""

from __future__ import annotations

import pytest

from pages.shared.widgets import address, watch


@pytest.mark.parametrize(
    ("found", "happens"),
    [
        ("goes on", ["draw begins", "draw goes on"]),
        ("over", ["draw begins", "draw over", "rerun"]),
        (None, ["draw begins", "rerun"]),
    ],
)
def test_the_page_runs_again_when_it_is_over_or_gone(monkeypatch, found, happens):
    every, happened = [], []

    def fragment(once, run_every):
        every.append(run_every)
        return lambda: (once(), once())  # the run of the whole page, then one of the fragment alone

    monkeypatch.setattr(watch.st, "fragment", fragment)
    monkeypatch.setattr(address, "rerun_page", lambda: happened.append("rerun"))
    watch.watch(
        "begins",
        lambda: found,
        lambda state: happened.append(f"draw {state}"),
        lambda state: None if state == "over" else 2.0,
    )
    assert every == [2.0]
    assert happened == happens
