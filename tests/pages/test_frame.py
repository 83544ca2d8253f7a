"""How the workers are, in a line."""

from __future__ import annotations

import time

import pytest

from pages.shared import frame
from tests.pages.measured import ME, submit
from tl_core.processes import jobs
from tl_core.store.tables import ClusterState


@pytest.mark.parametrize(
    ("workers", "running", "line"),
    [
        (2, 0, ("ready", "2 workers are free")),
        (2, 1, ("ready", "1 of 2 workers is free")),
        (2, 2, ("busy", "Both workers are busy")),
        (1, 2, ("busy", "The worker is busy")),
    ],
)
def test_workers_that_have_something_to_do_are_not_called_free(the_store, monkeypatch, workers, running, line):
    experiment = the_store.experiment(submit(the_store, ME))
    for run in experiment.runs[:running]:
        assert the_store.claim(run.id, "worker", 1)
    state = ClusterState("here", "ready", "", workers, {}, time.time())
    monkeypatch.setattr(jobs, "cluster", lambda: state)
    assert frame.cluster() == line
