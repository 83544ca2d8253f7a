from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tl_core import preflight
from tl_core.base.settings import ROOT


def test_nothing_is_missing_here() -> None:
    assert preflight.problem() is None


@pytest.mark.parametrize("version", [(3, 10), (3, 14), (2, 7)])
def test_a_wrong_python_is_named_with_what_to_do(version: tuple[int, int]) -> None:
    message = preflight.problem(version)
    assert "needs Python 3.11 to 3.13" in message
    assert f"this is Python {version[0]}.{version[1]}" in message


def test_every_requirement_is_looked_for() -> None:
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    wanted = {line.split(">=")[0].strip() for line in lines if ">=" in line and not line.startswith("#")}
    assert set(preflight.PACKAGES.values()) | preflight.OPTIONAL == wanted


def test_the_command_line_says_what_is_missing_in_one_sentence(tmp_path: Path) -> None:
    """A Python that sees the project but none of its packages."""
    done = subprocess.run(
        [sys.executable, "-S", "-m", "tl_core", "backbones"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.startswith("Transfer Lab cannot start because streamlit, tensorflow")
    assert done.stderr.count("\n") == 1
