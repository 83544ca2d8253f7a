"""A database of an earlier version, brought to the present one when it is opened."""

from __future__ import annotations

import sqlalchemy as sa

from tl_core.base.signing import signed
from tl_core.store.tables import experiments, runs


def upgrade(connection: sa.Connection, version: int) -> None:
    """Change the tables of `version`, at least 1, into those of `tables.VERSION`, and keep every row.

    Version 1 named owners by the key in their cookie, in clear, and knew no newcomers.
    """
    if version < 2:
        connection.execute(sa.text("ALTER TABLE runs ADD COLUMN queued_as VARCHAR NOT NULL DEFAULT ''"))
        for table in (experiments, runs):
            for (owner,) in connection.execute(sa.select(table.c.owner).distinct()).all():
                connection.execute(table.update().where(table.c.owner == owner).values(owner=signed(owner)))
        connection.execute(runs.update().values(queued_as=runs.c.owner))
