from __future__ import annotations

import subprocess
import sys

import psutil
import pytest

from tl_core.base import priority

SAYS_ITS_POLICIES = """
import os, threading
from tl_core.base.priority import give_way

before = threading.Thread(target=threading.Event().wait, daemon=True)
before.start()
give_way()
after = threading.Thread(target=threading.Event().wait, daemon=True)
after.start()
print(*(os.sched_getscheduler(thread) for thread in (0, before.native_id, after.native_id)))
print(os.nice(0))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="Batch threads are known to Linux only.")
def test_every_thread_of_a_process_that_gives_way_keeps_a_share() -> None:
    import os

    said = subprocess.run(
        [sys.executable, "-c", SAYS_ITS_POLICIES], capture_output=True, text=True, check=True, start_new_session=True
    ).stdout.split()
    assert said[:3] == [str(os.SCHED_BATCH)] * 3
    assert int(said[3]) == max(psutil.Process().nice(), priority.NICE)
