"""The console that a command finds: what it cannot encode, who stops reading, and Ctrl-C at any moment."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.uploading import pictures, zipped
from tl_core.base.settings import ROOT

INTERRUPTED_AT = """
import runpy, signal, sys

moment = sys.argv.pop(1)

class At:
    def find_spec(self, name, *rest):
        if name == moment:
            sys.meta_path.remove(self)
            signal.raise_signal(signal.SIGINT)

sys.meta_path.insert(0, At())
runpy.run_module("tl_core", run_name="__main__")
"""


def _started(*arguments: str, **environment: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def test_what_a_console_cannot_encode_is_written_as_an_escape(tmp_path: Path) -> None:
    archive = str(zipped(tmp_path / "x.zip", pictures("ねこ", "perros ñ")))
    windows = _started("-m", "tl_core", "import", archive, PYTHONIOENCODING="cp1252")
    plain = _started("-m", "tl_core", "backbones", PYTHONIOENCODING="ascii")
    (imported, problem), (listed, _) = (process.communicate(timeout=120) for process in (windows, plain))
    assert (windows.returncode, plain.returncode, problem) == (0, 0, b"")
    assert b"tiny_resnet_glyphs" in listed
    assert rb"\u306d\u3053: 6 pictures" in imported
    assert "perros ñ: 6 pictures".encode("cp1252") in imported


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no such device")
def test_an_output_that_is_closed_or_full_is_no_traceback() -> None:
    shell = f"exec '{sys.executable}' -m tl_core "
    lines = ("lessons >&-", "nonsense 2>&-", "lessons >/dev/full")
    going = [
        subprocess.Popen(["/bin/sh", "-c", shell + line], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for line in lines
    ]
    said = [b"".join(process.communicate(timeout=120)) for process in going]
    assert said == [b"", b"", b"The system refused this: No space left on device.\n"]
    assert [process.returncode for process in going] == [0, 2, 1]


@pytest.mark.skipif(sys.platform == "win32", reason="has no such signals")
def test_ctrl_c_at_any_moment_and_a_reader_that_leaves_are_no_traceback(tmp_path: Path) -> None:
    archive = str(zipped(tmp_path / "x.zip", pictures("ants", "bees")))
    moments = ("tl_core.preflight", "numpy", "PIL.BmpImagePlugin")
    going = [_started("-c", INTERRUPTED_AT, moment, "import", archive) for moment in moments]
    unread = _started("-m", "tl_core", "import", archive)
    assert unread.stdout is not None
    unread.stdout.close()
    ends = [_end(process) for process in (*going, unread)]
    assert ends == [(-signal.SIGINT, b"")] * 2 + [(130, b"Stopped.\n"), (1, b"")]


def _end(process: subprocess.Popen[bytes]) -> tuple[int, bytes]:
    """(exit status, what was said on standard error)"""
    _, said = process.communicate(timeout=120)
    return process.returncode, said
