"""Words of students in Markdown."""

from __future__ import annotations

import re


def plain(text: str) -> str:
    """Text that Markdown leaves as it is."""
    return re.sub(r"([\\`*_{}\[\]()<>#+.!:$~|-])", r"\\\1", " ".join(text.split()))
