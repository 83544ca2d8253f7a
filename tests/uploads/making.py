"""Data sets of a student, made for a test."""

from __future__ import annotations

from pathlib import Path

from tests.uploading import pictures, taken_in, zipped
from tl_core.uploads.records import Manifest


def mine(tmp_path: Path, files: dict[str, bytes] | None = None, **options: object) -> Manifest:
    result = taken_in(zipped(tmp_path / "mine.zip", files or pictures("ants", "bees", each=12)), **options)
    assert result.dataset is not None, result.problem
    return result.dataset


def everything(home: Path) -> set[Path]:
    return {path for path in (home / "datasets").rglob("*")}
