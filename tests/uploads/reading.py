"""What the reader finds in an archive."""

from __future__ import annotations

import io
from pathlib import Path

from tests.uploading import encoded, photo
from tl_core.uploads import reader
from tl_core.uploads.reader import Contents

PNG = encoded(photo(0))


def look(source: Path) -> Contents:
    with reader.opened(source) as contents:
        for found in contents.found:
            found.read()
        return contents


def reasons(contents: Contents) -> dict[str, str]:
    return dict(contents.rejected)


ARCHIVE = io.BytesIO()
