"""A link to the Lab that asks for more than can be had here: which of its settings the form does not hold."""

from __future__ import annotations

import streamlit as st

from pages.shared.widgets.markdown import plain
from tl_core.base.spec import SpecError
from tl_core.base.wording import listed
from tl_core.catalog import dataset
from tl_core.races import race as races
from tl_core.races.race import NAMES, Race, read


def followed() -> dict[str, str]:
    """The settings in the address, where the page did not write it itself."""
    query = {name: text for name, text in st.query_params.to_dict().items() if name in NAMES}
    return {} if query == st.session_state.get("address") else query


def tell(asked: dict[str, str], race: Race) -> None:
    """Say which settings of a link the race has otherwise; nothing when it has them all."""
    lost = [races.info(name).title or name for name in asked if not _holds(race, name, asked[name])]
    if lost:
        st.warning(
            plain(f"The address asks for what cannot be had here: {listed(lost)}. The form shows what can, instead."),
            icon=":material/link_off:",
        )


def _holds(race: Race, name: str, text: str) -> bool:
    if name in ("backbone", "dataset"):
        return bool(race.value(name) == text)
    try:
        wanted, held = read(race, name, text).value(name), race.value(name)
    except SpecError:
        return False
    if name == "classes":  # none named: all of them
        held = held or dataset(race.dataset).classes
    return set(wanted) <= set(held) if isinstance(wanted, tuple) else bool(wanted == held)
