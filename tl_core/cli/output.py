"""Files that a command writes its results to."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tl_core.base import files
from tl_core.base.spec import SpecError


def check_folders(*paths: str | None) -> None:
    """Look before the work. Raises SpecError when one of these files has no folder to be written to."""
    for path in filter(None, paths):
        if not Path(path).resolve().parent.is_dir():
            raise SpecError(f"The folder of {path} does not exist, so nothing could be written there.")


def write_json(path: str | None, content: dict[str, Any]) -> None:
    """Write the results where they are wanted."""
    if path:
        text = json.dumps(content, indent=2, ensure_ascii=False) + "\n"
        files.write(Path(path), text.encode())
