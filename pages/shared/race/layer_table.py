"""Every layer that has parameters as a row of a table, with a state that can differ from its stage's."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import streamlit as st

from tl_core.base.spec import LayerPlan, State
from tl_core.catalog import card
from tl_core.races import plans
from tl_core.races.race import Race

WHOLE = "all"
BASE = "layer_table"  # in the session: (key of the table, plan it was drawn from, plan after its edits)


def draw(race: Race, plan: LayerPlan, changed: Callable[[dict[str, State]], None]) -> None:
    """The table of one stage or all of them; `changed` is called with the layers the student has set."""
    import pandas as pd

    network = card(race.backbone)
    stage = st.selectbox(
        "Layers of",
        [*reversed(network.stage_names), WHOLE],
        key=f"layers_of_{race.backbone}",
        format_func=lambda name: "Every stage" if name == WHOLE else plans.stage_label(name),
    )
    base, version = _base(f"{race.backbone} {stage}", plan)
    states = plans.layer_states(base, network)
    rows = pd.DataFrame(
        [
            {
                "State": plans.WORDS[states[layer.name]],
                "Layer": layer.name,
                "Kind": layer.kind,
                "Parameters": layer.params,
                "Output": "×".join(map(str, layer.output_shape)),
            }
            for found in network.stages
            if stage in (WHOLE, found.name)
            for layer in found.layers
            if layer.params
        ]
    )
    if rows.empty:
        st.caption("No layer of this stage has parameters: there is nothing in it to freeze.")
        return
    st.data_editor(
        rows,
        key=version,
        hide_index=True,
        height=min(430, 38 + 35 * len(rows)),
        disabled=[name for name in rows.columns if name != "State"],
        column_config={
            "State": st.column_config.SelectboxColumn(options=list(plans.WORDS.values()), required=True),
            "Parameters": st.column_config.NumberColumn(format="localized"),
        },
        on_change=_on_edit,
        args=(version, list(rows["Layer"]), changed),
    )
    st.caption("Layers without parameters are left out. Press a state to change it.")


def _base(name: str, plan: LayerPlan) -> tuple[LayerPlan, str]:
    """The plan to draw the table from, and its key. Its own edits leave both as they are, so that it stays put."""
    known, base, latest, version = st.session_state.get(BASE, ("", plan, plan, 0))
    if known != name or latest != plan:
        known, base, latest, version = name, plan, plan, version + 1
        st.session_state[BASE] = (known, base, latest, version)
    return base, f"{BASE} {version}"


def _on_edit(version: str, names: list[str], changed: Callable[[dict[str, State]], None]) -> None:
    known, base, _, number = st.session_state[BASE]
    network = card(st.session_state["race"].backbone)
    changed(states_after(plans.layer_states(base, network), names, st.session_state[version]["edited_rows"]))
    st.session_state[BASE] = (known, base, st.session_state["race"].plan, number)


def states_after(
    before: Mapping[str, State], names: Sequence[str], edits: Mapping[int, Mapping[str, str]]
) -> dict[str, State]:
    """The states of the layers of a table, row by row. An edit that was taken back is not among the edits."""
    words = {word: state for state, word in plans.WORDS.items()}
    return {
        name: words[edits[row]["State"]] if "State" in edits.get(row, {}) else before[name]
        for row, name in enumerate(names)
    }
