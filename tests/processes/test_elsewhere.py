"""Work of others on the same machine, told apart from our own."""

from __future__ import annotations

import subprocess
import sys
import time

import psutil
import pytest

from tl_core.processes import elsewhere
from tl_core.processes.elsewhere import Elsewhere


def test_work_counts_as_elsewhere_for_whoever_did_not_start_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(elsewhere, "WINDOW_S", 1.0)
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as stranger:
        ours, others = Elsewhere(psutil.Process()), Elsewhere(psutil.Process(stranger.pid))
        assert ours.share() is None
        with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as work:
            began = time.monotonic()
            time.sleep(1.5)
            spent_s = sum(psutil.Process(work.pid).cpu_times()[:2])
            for_us, for_others, passed_s = ours.share(), others.share(), time.monotonic() - began
            work.kill()
        stranger.communicate(b"\n")
    assert for_us is not None
    assert for_others is not None
    assert 0.0 <= for_us <= for_others <= 1.0
    if for_others < 1.0:  # both looks are of the same time: what they differ by is the work
        assert for_others - for_us == pytest.approx(spent_s / passed_s / psutil.cpu_count(), abs=0.25)
