"""Widgets whose value the page may change as well as the student.

Writing a widget's value into the session reaches the browser only if that very run of the page is not cut short
by the next one; else the widget goes on showing its default. So such a widget is never written to: when the
page wants another value, the widget gets a new key, with that value as its default.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import streamlit as st

STATE = "widget_values"  # in the session: name → Widget


class Widget(NamedTuple):
    generation: int
    default: Any  # what this generation was first drawn with
    latest: Any


def key(name: str) -> str:
    """The present key of a widget."""
    known: Widget | None = st.session_state.get(STATE, {}).get(name)
    return f"{name}.{known.generation}" if known and known.generation else name


def default(name: str) -> Any:
    """What to draw the widget with."""
    known: Widget = st.session_state[STATE][name]
    return known.default


def index(name: str, options: Sequence[Any]) -> int:
    """Where in `options` to draw the widget: an odd value that it began with is no option once another is chosen."""
    known: Widget = st.session_state[STATE][name]
    return options.index(known.default if known.default in options else known.latest)


def value_of(name: str, otherwise: Any) -> Any:
    """What the widget holds, or held when it was last drawn; `otherwise` when it never was."""
    known: Widget | None = st.session_state.get(STATE, {}).get(name)
    return st.session_state.get(key(name), known.latest if known else otherwise)


def set_value(name: str, value: Any) -> None:
    """Have the widget show `value`. Call it before the widget is drawn, or in a callback."""
    known: Widget = st.session_state.setdefault(STATE, {}).get(name, Widget(0, value, value))
    present = key(name)
    if present not in st.session_state:
        known = known._replace(default=value)
    elif st.session_state[present] != value:
        known = Widget(known.generation + 1, value, value)
    st.session_state[STATE][name] = known._replace(latest=value)
