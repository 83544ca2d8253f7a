"""A signature names somebody, and opens nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tl_core.base.settings import ROOT
from tl_core.base.signing import signed

OTHER = "from tl_core.base.signing import signed; print(signed('a key'))"


def test_every_process_of_an_installation_signs_alike_and_no_other_installation(home: Path) -> None:
    done = subprocess.run([sys.executable, "-c", OTHER], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == signed("a key") != signed("another key")
    mine = signed("a key")
    (home / "secret").rename(home / "moved")
    again = subprocess.run([sys.executable, "-c", OTHER], cwd=ROOT, capture_output=True, text=True, check=True)
    assert again.stdout.strip() != mine
    if sys.platform != "win32":
        assert (home / "secret").stat().st_mode & 0o077 == 0
