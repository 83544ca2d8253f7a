"""What the defaults rest on, as live figures: the rows of assets/evidence/tuning.csv, chosen by task or by strategy."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import streamlit as st

from pages.shared.race.form import WORDS

CONFIG = {"displayModeBar": False, "scrollZoom": False}
OPTIMISERS = {"rates": "Adam", "sgd": "SGD with momentum"}  # grid → whose rates it has
IN_STEPS = "Feature extraction, in steps"  # solved, as it is by default, it has none of these settings
CONSTANTS = {  # of `tl_core.catalog.strategies`, which no form offers
    "PROBE_SHARE": "Share of the epochs for the probe",
    "DECAY": "Rate of a stage, as a share of the one above",
}


@st.fragment
def tuning(alt: str) -> None:
    """Validation accuracy over the learning rate of every strategy, on a task that is chosen."""
    from tl_core.base.wording import many
    from tl_core.catalog import STRATEGIES
    from tl_core.figures import studies as figures
    from tl_core.results import tuned

    titles = {name: entry.title for name, entry in STRATEGIES.items()} | {"feature_extraction": IN_STEPS}
    with st.container(border=True):
        grid = st.segmented_control(
            "Optimiser",
            list(OPTIMISERS),
            default="rates",
            format_func=OPTIMISERS.__getitem__,
            key="tuning_grid",
            required=True,
        )
        measured = tuned.rows(grid or "rates")
        tasks = dict(sorted(measured.groupby("task", sort=False), key=lambda task: -len(task[1])))
        rows = tasks[st.selectbox("Task", list(tasks), key=f"tuning_task_{grid}")]
        rows = rows.assign(rate=rows["tried"].str.extract(r"learning_rate=(\S+)", expand=False).astype(float))
        chart = figures.curves(rows, "rate", "strategy", titles, "Learning rate", logarithmic=True, part="val")
        st.plotly_chart(chart, key="tuning_chart", config=CONFIG, alt=alt)
        seeds = rows.groupby("strategy")["seed"].nunique()
        over = f"{seeds.min()} to {seeds.max()} seeds" if seeds.nunique() > 1 else many(seeds.max(), "seed")
        costs = [
            f"{titles[row['strategy']]} ({row['default'].rpartition('=')[2]}) {row['cost']:.1f} points"
            for row in tuned.cost(rows).to_dict("records")
        ]
        st.caption(
            f"{many(len(rows), 'run')} over {over}, judged on validation images; what was far behind with the first "
            f"seed was not repeated. The loss of the default against the best of these: {'; '.join(costs)}."
        )


@st.fragment
def _differences(grid: str, alt: str) -> None:
    """What other settings than the default change on every task, for a strategy that is chosen."""
    from tl_core.base.wording import many
    from tl_core.catalog import STRATEGIES
    from tl_core.figures import differences as figures
    from tl_core.results import tuned

    found = tuned.differences(tuned.rows(grid))
    with st.container(border=True):
        titles = {name: STRATEGIES[name].title for name in found["strategy"]} | {"feature_extraction": IN_STEPS}
        strategies = list(dict.fromkeys(found["strategy"]))
        chosen = st.selectbox("Strategy", strategies, format_func=titles.__getitem__, key=f"{grid}_strategy")
        own = found[found["strategy"].eq(chosen) & found["tried"].ne(found["default"])]
        tries = {tried: _words(tried) for tried in own["tried"]}
        st.plotly_chart(figures.forest(own, tries), key=f"{grid}_chart", config=CONFIG, alt=alt)
        sure = [
            f"{tries[tried]}: above zero on {(part['low'] > 0).sum()}, below on {(part['high'] < 0).sum()} of "
            f"{many(len(part), 'task')}."
            for tried, part in own.groupby("tried", sort=False)
            if ((part["low"] > 0) | (part["high"] < 0)).any()
        ]
        st.caption(
            "Difference to the default on validation images, mean over seeds with its 95 % interval (Student's t); a "
            "mark without an interval has one seed. Of many intervals, one in twenty leaves zero out by luck. Here: "
            + (" ".join(sure) or "none.")
        )


def _words(tried: str) -> str:
    """The settings of a try as a reader knows them."""
    from tl_core.races import fields

    given = dict(setting.split("=") for setting in tried.split())
    if given.keys() == {"batch_norm"}:
        return WORDS[given["batch_norm"]]
    told = {name: value for name, value in given.items() if (name, value) != ("probe", "steps")}
    return ", ".join(
        f"{CONSTANTS.get(name) or fields.info(name).title}: {WORDS.get(value, value)}" for name, value in told.items()
    )


FIGURES: dict[str, Callable[[str], None]] = {
    "tuning": tuning,
    "batch_norm": partial(_differences, "batch_norm"),
    "besides": partial(_differences, "besides"),
}
