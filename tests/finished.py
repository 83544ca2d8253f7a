"""Finished runs in the store and on the disk, trained in this process as a worker trains them."""

from __future__ import annotations

from tests.lab import spec
from tests.uploading import ME, never
from tl_core.base.settings import settings
from tl_core.base.spec import RunSpec
from tl_core.store import Run, open_store


def finished(*specs: RunSpec, owner: str = ME, title: str = "A race of these tests") -> list[Run]:
    """One experiment, an arm for each spec; `tests.lab.spec` for one epoch where none is given."""
    store = open_store()
    experiment_id = store.submit(specs or (spec(epochs=1),), owner, title)
    experiment = store.experiment(experiment_id)
    assert experiment is not None
    return [run_queued(run) for run in experiment.runs]


def run_queued(run: Run) -> Run:
    """A queued run, trained to its end."""
    from tl_core.ml.training import train

    store = open_store()
    assert store.claim(run.id, "worker", 1) is not None
    events: list = []
    summary = train.run(run.spec, events.append, never, settings().runs / run.id)
    assert store.record(run.id, 1, events)
    assert store.finish(run.id, 1, "finished", summary=summary)
    found = store.run(run.id)
    assert found is not None
    return found
