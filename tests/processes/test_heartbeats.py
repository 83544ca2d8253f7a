"""Heartbeats, as seen by a clock that may differ from the beating one."""

from __future__ import annotations

import time

import pytest

from tl_core.processes.heartbeats import Pulses


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """[wall seconds, monotonic seconds], to be set by the test."""
    now = [1000.0, 0.0]
    monkeypatch.setattr(time, "time", lambda: now[0])
    monkeypatch.setattr(time, "monotonic", lambda: now[1])
    return now


def test_an_old_heartbeat_counts_after_two_missed_beats(clock: list[float]) -> None:
    pulses = Pulses(heartbeat_s=2.0)
    assert pulses.silent_s("run", 900.0) == 0
    clock[:] = [1003.0, 3.0]
    assert pulses.silent_s("run", 900.0) == 3
    clock[:] = [1005.0, 5.0]
    assert pulses.silent_s("run", 900.0) == 105


def test_a_clock_that_is_wrong_makes_nobody_dead_and_nobody_immortal(clock: list[float]) -> None:
    pulses = Pulses(heartbeat_s=2.0)
    for second in range(20):  # beats every second, by a clock that is 500 s late
        clock[:] = [1000.0 + second, float(second)]
        assert pulses.silent_s("run", 500.0 + second) == 0
    clock[:] = [1040.0, 40.0]
    assert pulses.silent_s("ahead", 2000.0) == 0
    clock[:] = [1070.0, 70.0]
    assert pulses.silent_s("ahead", 2000.0) == 30


def test_a_laptop_that_slept_waits_for_the_next_beat(clock: list[float]) -> None:
    pulses = Pulses(heartbeat_s=2.0)
    pulses.silent_s("run", 1000.0)
    clock[:] = [9000.0, 1.0]  # the monotonic clock slept too
    assert pulses.silent_s("run", 1000.0) == 1
    clock[:] = [9001.0, 2.0]
    assert pulses.silent_s("run", 9001.0) == 0
