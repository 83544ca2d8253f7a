"""A database of an earlier version, brought to the present one when it is opened."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from tl_core.base.signing import signed
from tl_core.store.tables import experiments, runs


def upgrade(connection: sa.Connection, version: int) -> None:
    """Change the tables of `version`, at least 1, into those of `tables.VERSION`, and keep every row.

    Version 1 named owners by the key in their cookie, in clear, and knew no newcomers. Version 2 had two places for
    what is reached without a network.
    """
    if version < 2:
        connection.execute(sa.text("ALTER TABLE runs ADD COLUMN queued_as VARCHAR NOT NULL DEFAULT ''"))
        for table in (experiments, runs):
            for (owner,) in connection.execute(sa.select(table.c.owner).distinct()).all():
                connection.execute(table.update().where(table.c.owner == owner).values(owner=signed(owner)))
        connection.execute(runs.update().values(queued_as=runs.c.owner))
    if version < 3:
        for run_id, summary in connection.execute(sa.select(runs.c.id, runs.c.summary)).all():
            if summary and summary.keys() & {"reference", "measures"}:
                connection.execute(runs.update().where(runs.c.id == run_id).values(summary=_in_one_place(summary)))


def _in_one_place(summary: dict[str, Any]) -> dict[str, Any]:
    """A summary of version 2, with all that is reached without a network among `references`."""
    own, words = summary.get("measures", {}), summary.get("reference")
    found = {name: {"measures": measured} for name, measured in own.items() if name}
    if words:
        ends = {f"test_accuracy_{end}": words[end] for end in ("low", "high")}
        found["a bag of words"] = {"test_accuracy": words["value"], **ends, "answers": words["answers"]}
    kept = {name: value for name, value in summary.items() if name != "reference"}
    return kept | {"measures": own.get("", {}), "references": found}
