"""Every text that a page sends to the browser."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from streamlit.testing.v1 import AppTest

from tl_core.base.settings import ROOT

PAGES = ("", *(f"pages/{path.name}" for path in sorted((ROOT / "pages").glob("[1-9]_*.py"))))


def strings(page: AppTest) -> Iterator[tuple[str, str, str]]:
    """(kind of the message it stands in, field, text)."""
    for one in page._tree:
        if (proto := getattr(one, "proto", None)) is not None:
            yield from _strings(proto)


def _strings(message: Any) -> Iterator[tuple[str, str, str]]:
    for field, value in message.ListFields():
        repeated = isinstance(value, Sequence) and not isinstance(value, (str, bytes))
        for one in value if repeated else (value,):
            if isinstance(one, str):
                yield type(message).__name__, field.name, one
            elif hasattr(one, "ListFields"):
                yield from _strings(one)
