"""What pydantic complains of, as the rest of a sentence that begins with the name of the setting."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

_RULES = {
    "greater_than": "must be greater than {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be at most {le}",
    "finite_number": "must be a finite number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_parsing": "must be a number",
    "literal_error": "must be one of {expected}",
    "extra_forbidden": "is not a setting of a run",
    "missing": "is missing",
}


def complaint(error: ErrorDetails) -> str:
    """What the setting must be and what was given: "must be at least 1; it was '0'."."""
    rule = _RULES.get(error["type"], "is not usable: " + error["msg"])
    return f"{rule.format(**error.get('ctx', {}))}; it was {error['input']!r}."
