"""A process of our own is found by its pipe, told where things are, and ended with all that it started."""

from __future__ import annotations

from pathlib import Path

import psutil

from tests.lab import gone, until
from tl_core.base.settings import settings
from tl_core.processes import child

STARTS_ANOTHER = """
import os, subprocess, sys
print(os.environ["TL_HOME"], os.environ["COLOUR"], *sys.argv[1:], flush=True)
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"])
sys.stdin.read()
"""


def test_it_is_told_where_things_are_and_ends_with_its_children(tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "starts_another.py").write_text(STARTS_ANOTHER)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    log = tmp_path / "child.log"
    process = child.start("starts_another", "--id", "7", log=log, environment={"COLOUR": "blue"})
    try:
        until(lambda: log.read_text().endswith("\n"), 30, "it has spoken")
        assert log.read_text().split() == [str(settings().home), "blue", "--id", "7"]
        family = [psutil.Process(process.pid), *until(psutil.Process(process.pid).children, 30, "it has a child")]
    finally:
        child.kill(process.pid)
    process.wait(30)
    process.stdin.close()
    assert gone(family)


def test_a_long_log_is_begun_anew_and_a_short_one_goes_on(tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "says_so.py").write_text("print('so')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr(child, "LOG_BYTES", 5)
    log = tmp_path / "child.log"
    for expected in ("so\n", "so\nso\n", "so\n"):
        process = child.start("says_so", log=log)
        process.wait(30)
        process.stdin.close()
        assert log.read_text() == expected
