"""One way to start a process of our own, and to end it with all that it started."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil

from tl_core.base.settings import ROOT, settings

LOG_BYTES = 2_000_000  # a longer log is begun anew
GROUP: dict[str, object] = {"start_new_session": True}
if sys.platform == "win32":
    GROUP = {"creationflags": subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP}


def start(
    module: str, *arguments: str, log: Path, answers: bool = False, environment: dict[str, str] | None = None
) -> subprocess.Popen[bytes]:
    """Run `python -m module arguments` with a pipe to its input; what it prints goes to `log`.

    In a group of its own: Ctrl-C in a terminal reaches the parent only, whose end closes the pipe. `answers`: its
    output is a pipe, and only its errors go to the log.
    """
    path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    quiet = os.environ.get("TF_CPP_MIN_LOG_LEVEL", "2")
    own = {"PYTHONPATH": path, "PYTHONUTF8": "1", "TF_CPP_MIN_LOG_LEVEL": quiet}
    own["TL_HOME"] = str(settings().home.resolve())
    fresh = not log.exists() or log.stat().st_size > LOG_BYTES
    with log.open("wb" if fresh else "ab") as output:
        return subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE if answers else output,
            stderr=output,
            env=os.environ | own | (environment or {}),
            **GROUP,  # type: ignore[call-overload]
        )


def kill(pid: int) -> None:
    """End a process and all its descendants at once."""
    with contextlib.suppress(psutil.NoSuchProcess):
        parent = psutil.Process(pid)
        for process in [*parent.children(recursive=True), parent]:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()


def close_with_stdin(closing: threading.Event, patience_s: float) -> None:
    """In a child: wait for the end of its parent; then end, in good order if that takes no longer than `patience_s`."""
    while sys.stdin.buffer.read(4096):
        pass
    closing.set()
    time.sleep(patience_s)
    for process in psutil.Process().children(recursive=True):
        process.kill()
    os._exit(1)
