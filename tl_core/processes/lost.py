"""Why a worker was lost, and what is said of a run that has lost too many."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from tl_core.base.wording import listed, many

DIED = "its worker process died"
MEMORY = "its worker process was ended because memory was short"
SILENT = "its worker gave no sign of life and was ended"
WITH_SERVER = "the server that ran it was gone"
WITH_CLUSTER = "the cluster that ran it was gone"
NO_STORE = "its worker could not reach the run store"
ADVICE = {MEMORY: "Choose a smaller size, batch size or backbone."}
LOG = "The file supervisor.log in the data home may say more."


def goes_on(what: str) -> str:
    """Of a run that waits for another worker."""
    return f"{_capital(what)}; it goes on from its last finished epoch."


def given_up(lost: Sequence[str]) -> str:
    """Of a run that lost these workers, one after another, without finishing another epoch."""
    reasons = [f"{what} ({many(times, 'time')})" for what, times in Counter(lost).items()]
    advice = " ".join(dict.fromkeys(ADVICE.get(what, LOG) for what in lost))
    return (
        f"{_capital(listed(reasons))}, and no further epoch was finished in between, so the run was given up. "
        f"Finished epochs are kept. {advice}"
    )


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]
