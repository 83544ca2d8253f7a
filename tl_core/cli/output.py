"""Files that a command writes its results to."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tl_core.base import files
from tl_core.base.spec import SpecError


def check_folders(*paths: str | None) -> None:
    """Look before the work. Raises SpecError when one of these files could not be written."""
    for path in paths:
        if path is None:
            continue
        whole = Path(path).resolve()
        if whole.is_dir():
            raise SpecError(f"{path or 'The empty name'} is a folder: name the file to be written.")
        if whole.exists() and not whole.is_file():
            raise SpecError(f"{path} is a device or a pipe: name a file to be written.")
        if not whole.parent.is_dir():
            raise SpecError(f"The folder of {path} does not exist, so nothing could be written there.")
        try:
            files.try_writing(whole.parent)
        except OSError as error:
            raise SpecError(f"{path} cannot be written: {error.strerror or error}.") from error


def write_json(path: str | None, content: dict[str, Any]) -> None:
    """Write the results where they are wanted."""
    if path:
        text = json.dumps(content, indent=2, ensure_ascii=False) + "\n"
        files.write(Path(path), text.encode())
