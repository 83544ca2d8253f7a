"""What a task measures beside the scores of a classifier, of predictions that need no network."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tl_core.store.tables import Run


def without_network(runs: Sequence[Run]) -> list[dict[str, Any]]:
    """A row for each of them: `title`, and its measures by name, means over the runs that were tested."""
    each = [run.summary.measures for run in runs if run.summary is not None]
    titles = dict.fromkeys(title for one in each for title in one if title)
    return [{"title": title, **_means([one[title] for one in each if title in one])} for title in titles]


def _means(each: Sequence[dict[str, float | None]]) -> dict[str, float | None]:
    """None where one of them is not defined."""
    columns = {name: [value for one in each if (value := one[name]) is not None] for name in each[0]}
    return {name: fmean(values) if len(values) == len(each) else None for name, values in columns.items()}
