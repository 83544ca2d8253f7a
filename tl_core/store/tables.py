"""The tables of the run store, and their rows as the rest of Transfer Lab sees them."""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import sqlalchemy as sa

from tl_core.base.events import Event, Metric, Note, Resumed, Summary
from tl_core.base.spec import RunSpec, Status

VERSION = 3
NEWCOMER_S = 3600.0  # since their first experiment; then a student has a place of their own in the queue

metadata = sa.MetaData()


def _key(name: str, target: str) -> sa.Column[str]:
    return sa.Column(name, sa.String, sa.ForeignKey(target, ondelete="CASCADE"), nullable=False)


schema = sa.Table("schema_version", metadata, sa.Column("version", sa.Integer, primary_key=True))

experiments = sa.Table(
    "experiments",
    metadata,
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("owner", sa.String, nullable=False),
    sa.Column("title", sa.String, nullable=False),
    sa.Column("note", sa.String, nullable=False, default=""),
    sa.Column("created_at", sa.Double, nullable=False),
    sa.Index("experiments_by_owner", "owner", "created_at"),
)

runs = sa.Table(
    "runs",
    metadata,
    sa.Column("id", sa.String, primary_key=True),
    _key("experiment_id", "experiments.id"),
    sa.Column("arm", sa.Integer, nullable=False),
    sa.Column("owner", sa.String, nullable=False),
    sa.Column("queued_as", sa.String, nullable=False, default=""),
    sa.Column("spec", sa.JSON, nullable=False),
    sa.Column("strategy", sa.String, nullable=False),
    sa.Column("status", sa.String, nullable=False),
    sa.Column("reason", sa.String, nullable=False, default=""),
    sa.Column("created_at", sa.Double, nullable=False),
    sa.Column("started_at", sa.Double),
    sa.Column("finished_at", sa.Double),
    sa.Column("heartbeat_at", sa.Double, nullable=False),
    sa.Column("stop_requested_at", sa.Double),
    sa.Column("attempt", sa.Integer, nullable=False, default=1),
    sa.Column("worker", sa.String, nullable=False, default=""),
    sa.Column("supervisor", sa.String, nullable=False, default=""),
    sa.Column("progress_label", sa.String, nullable=False, default=""),
    sa.Column("progress_done", sa.Double, nullable=False, default=0.0),
    sa.Column("progress_total", sa.Double, nullable=False, default=0.0),
    sa.Column("images_per_s", sa.Double),
    sa.Column("summary", sa.JSON(none_as_null=True)),
    sa.Index("runs_by_experiment", "experiment_id", "arm"),
    sa.Index("runs_by_status", "status"),
)

notes = sa.Table(
    "notes",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    _key("run_id", "runs.id"),
    sa.Column("text", sa.String, nullable=False),
    sa.Index("notes_by_run", "run_id", "text", unique=True),
)

metrics = sa.Table(
    "metrics",
    metadata,
    sa.Column("seq", sa.Integer, primary_key=True),
    _key("run_id", "runs.id"),
    sa.Column("phase", sa.Integer, nullable=False),
    sa.Column("epoch", sa.Double, nullable=False),
    sa.Column("step", sa.Integer, nullable=False),
    sa.Column("elapsed_s", sa.Double, nullable=False),
    sa.Column("images", sa.Integer, nullable=False),
    sa.Column("split", sa.String, nullable=False),
    sa.Column("name", sa.String, nullable=False),
    sa.Column("value", sa.Double),
    sa.Index("metrics_by_run", "run_id", "seq"),
    sqlite_autoincrement=True,  # a deleted seq is never given again: a reader that polls would miss the row
)

cluster = sa.Table(
    "cluster",
    metadata,
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("state", sa.String, nullable=False),
    sa.Column("message", sa.String, nullable=False),
    sa.Column("workers", sa.Integer, nullable=False),
    sa.Column("machine", sa.JSON, nullable=False),
    sa.Column("heartbeat_at", sa.Double, nullable=False),
)


guesses = sa.Table(
    "guesses",
    metadata,
    sa.Column("experiment_id", sa.String, sa.ForeignKey("experiments.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("lesson", sa.String, nullable=False),
    sa.Column("guess", sa.JSON(none_as_null=True)),  # a number of a slider, an option of a choice, null: none
    sa.Index("guesses_by_lesson", "lesson"),
)

losses = sa.Table(  # workers that were lost under a run, each with what had been reached by then
    "losses",
    metadata,
    sa.Column("run_id", sa.String, sa.ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("attempt", sa.Integer, primary_key=True),
    sa.Column("epoch", sa.Integer, nullable=False),  # the last one that was finished
    sa.Column("what", sa.String, nullable=False),
)

models = sa.Table(  # what finished runs keep on the disk: their weights
    "models",
    metadata,
    sa.Column("run_id", sa.String, sa.ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("bytes", sa.BigInteger, nullable=False),
    sa.Column("kept", sa.Boolean, nullable=False, default=False),  # its student wants it for longer
    sa.Column("gone", sa.String, nullable=False, default=""),  # why it is no longer there, as a sentence
)

ACTIVE: tuple[Status, ...] = ("queued", "running")
ClusterWord = Literal["starting", "ready", "unreachable", "stopped"]


@dataclass(frozen=True)
class Run:
    """One arm of an experiment, as the store knows it now."""

    id: str
    experiment_id: str
    arm: int
    owner: str
    queued_as: str  # whose turn it takes: its owner's, or that of all newcomers from one address
    spec: RunSpec
    strategy: str
    status: Status
    reason: str
    created_at: float
    started_at: float | None
    finished_at: float | None
    heartbeat_at: float
    stop_requested_at: float | None
    attempt: int  # 1-based
    worker: str
    supervisor: str  # "": nobody looks after it yet
    progress_label: str
    progress_done: float
    progress_total: float
    images_per_s: float | None
    summary: Summary | None
    notes: list[str]

    @property
    def active(self) -> bool:
        return self.status in ACTIVE


@dataclass(frozen=True)
class Experiment:
    """Runs that were started together, to be compared; `runs` by arm."""

    id: str
    owner: str
    title: str
    note: str
    created_at: float
    runs: list[Run]


Answer = float | str | None  # of a slider, of a choice, or no guess


class Guess(NamedTuple):
    """The lesson that an experiment ran, and what was guessed before."""

    lesson: str
    guess: Answer


@dataclass(frozen=True)
class ClusterState:
    """What the supervisor last said about its cluster.

    `machine`: what a worker measured of it, once one has (`cpus`, `gflops`), and of a cluster on this machine the share
    of the processors that others take, in [0, 1] (`elsewhere`).
    """

    id: str
    state: ClusterWord
    message: str
    workers: int
    machine: dict[str, Any]
    heartbeat_at: float


def queue_runs(
    connection: sa.Connection, experiment_id: str, specs: Sequence[RunSpec], owner: str, supervisor: str, newcomer: str
) -> None:
    """Queue one run for each spec, behind the arms that are there."""
    last = sa.select(sa.func.max(runs.c.arm)).where(runs.c.experiment_id == experiment_id)
    before, now = connection.execute(last).scalar(), time.time()
    known = sa.select(experiments.c.id).where(experiments.c.owner == owner, experiments.c.created_at < now - NEWCOMER_S)
    queued_as = owner if not newcomer or connection.execute(known).first() else newcomer
    rows = [
        {
            "id": secrets.token_hex(9),
            "experiment_id": experiment_id,
            "arm": arm,
            "owner": owner,
            "queued_as": queued_as,
            "spec": spec.model_dump(mode="json"),
            "strategy": spec.strategy,
            "status": "queued",
            "created_at": now,
            "heartbeat_at": now,
            "supervisor": supervisor,
        }
        for arm, spec in enumerate(specs, start=0 if before is None else before + 1)
    ]
    connection.execute(runs.insert(), rows)


def update_run(connection: sa.Connection, run_id: str, attempt: int, /, *conditions: Any, **values: Any) -> bool:
    """Change a run if it still is in this attempt and meets the conditions; whether it did."""
    chosen = runs.update().where(runs.c.id == run_id, runs.c.attempt == attempt, *conditions)
    return connection.execute(chosen.values(**values)).rowcount == 1


def write_events(connection: sa.Connection, run_id: str, events: Sequence[Event]) -> None:
    """Metrics and notes become rows; Resumed makes the metrics after its epoch void. In order."""
    rows: list[dict[str, Any]] = []
    for event in events:
        if isinstance(event, Metric):
            rows.append({"run_id": run_id, **event._asdict()})
        elif isinstance(event, Resumed):
            void = (metrics.c.run_id == run_id, metrics.c.epoch > event.epoch)
            rows = [row for row in rows if row["epoch"] <= event.epoch]
            connection.execute(metrics.delete().where(*void))
        elif isinstance(event, Note):
            same = sa.select(notes.c.id).where(notes.c.run_id == run_id, notes.c.text == event.text)
            if connection.execute(same).first() is None:
                connection.execute(notes.insert().values(run_id=run_id, text=event.text))
    if rows:
        if connection.dialect.name == "postgresql":  # seq in the order of commits: no poller misses a row
            connection.execute(sa.text("LOCK TABLE metrics IN SHARE ROW EXCLUSIVE MODE"))
        connection.execute(metrics.insert(), rows)
