"""What the cases share: rows, contenders in processes of their own, and what is not there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

from tl_core.base.settings import ROOT

NOT_HERE = 3  # a contender's exit status when it lacks what it needs


class Row(NamedTuple):
    """One comparison. `ratio`: so many times better is `ours`; a `peer` may be a limit that has to hold."""

    case: str
    ours: float
    peer: float
    ratio: float
    unit: str


class Skipped(Exception):
    """Why a case or a peer is left out, as a sentence."""


class Report(NamedTuple):
    """What a case found, and what it left out."""

    rows: list[Row]
    left_out: list[str]


def faster(case: str, ours_s: float, peer_s: float, unit: str = "s") -> Row:
    """Less is better: times, bytes."""
    return Row(case, ours_s, peer_s, peer_s / ours_s, unit)


def more(case: str, ours: float, peer: float, unit: str) -> Row:
    """More is better: rates."""
    return Row(case, ours, peer, ours / peer, unit)


def contend(name: str, home: Path, *arguments: object, **environment: str) -> dict[str, Any]:
    """What a contender measured: the JSON object of its last line.

    Raises Skipped with the contender's sentence when it lacks what it needs, RuntimeError when it breaks.
    """
    command = [sys.executable, "-m", f"tl_core.ml.contenders.{name}", *map(str, arguments)]
    quiet = {"TF_CPP_MIN_LOG_LEVEL": "2", "TL_HOME": str(home)}
    done = subprocess.run(
        command, cwd=ROOT, env=os.environ | quiet | environment, capture_output=True, text=True, check=False
    )
    lines = done.stdout.strip().splitlines()
    if done.returncode == NOT_HERE and lines:
        raise Skipped(lines[-1])
    if done.returncode or not lines:
        raise RuntimeError(f"{' '.join(command[2:])} failed:\n{done.stderr[-2000:]}")
    found: dict[str, Any] = json.loads(lines[-1])
    return found
