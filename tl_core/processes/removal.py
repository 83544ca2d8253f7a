"""Deleting an uploaded data set with everything that was made from it, at once or when its time has come."""

from __future__ import annotations

import logging
import threading

from tl_core.base.spec import ENDED
from tl_core.base.wording import many
from tl_core.catalog import dataset
from tl_core.processes import jobs, models
from tl_core.store import Experiment, StoreError, open_store
from tl_core.uploads import drafts, stored

ALL = 1_000_000
EXPIRE_S = 600.0  # between two looks for what has expired
log = logging.getLogger("tl_core.processes.removal")


def experiments_on(name: str, owner: str) -> list[Experiment]:
    """The owner's experiments that were trained on this data set, newest first."""
    return [
        experiment
        for experiment in open_store().experiments(owner, ALL)
        if any(run.spec.data.dataset == name for run in experiment.runs)
    ]


def delete(name: str, owner: str) -> None:
    """Delete a data set of the owner's: its pictures, what was cached of them, every experiment and model on it.

    Raises
    ------
    StoreError
        When it is not the owner's, or a run is still training on it. Nothing is deleted then.
    """
    if not stored.belongs(name, owner):
        raise StoreError("There is no such data set of yours.")
    made = experiments_on(name, owner)
    going = sum(run.status not in ENDED for experiment in made for run in experiment.runs)
    if going:
        these = dataset(name).holds.said("these pictures")
        raise StoreError(f"{many(going, 'run')} on {these} must end first: stop them, then delete.")
    for experiment in made:
        jobs.delete(experiment.id, owner)
    stored.discard(name)


def expire() -> None:
    """Delete the pictures of every data set whose time has come, and what was cached of them; and models likewise.

    Results stay in the history, with the data set's title and the names of its classes. Drafts that were left lying
    go, too.
    """
    models.prune()
    stored.remove_abandoned()
    drafts.remove_abandoned()
    for manifest in stored.everything():
        if manifest.gone and stored.has_examples(manifest.id):
            stored.discard(manifest.id, keep_manifest=True)


def keep_expiring(closing: threading.Event) -> None:
    """Look for pictures and models whose time has come again and again, until `closing` is set."""
    while True:
        try:
            expire()
        except Exception:  # such as a disk that is gone for a moment: the next round follows
            log.exception("pictures and models could not be looked through")
        if closing.wait(EXPIRE_S):
            return
