"""What a page wrote into its address outlives a fragment that does not know of it yet."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from tests.pages.lab import LAB


def page_with_a_late_fragment() -> None:
    import streamlit as st

    from pages.shared.widgets import address

    st.session_state.setdefault("came_with", []).append(st.query_params.to_dict())
    address.begin()
    if st.session_state.get("writes", True):
        address.write({"race": "chosen just now"})
    if st.session_state.pop("late", False):
        st.query_params.from_dict({"race": "as the browser still believed"})
        address.rerun_page()


def test_the_page_runs_again_at_the_address_that_it_wrote_last():
    page = AppTest.from_function(page_with_a_late_fragment, default_timeout=60)
    page.session_state["late"] = True
    page.run()
    assert page.session_state["came_with"] == [{}, {"race": "chosen just now"}]


def test_where_the_page_writes_nothing_it_runs_again_at_the_address_that_it_came_with():
    page = AppTest.from_function(page_with_a_late_fragment, default_timeout=60)
    page.query_params["race"] = "of a link"
    page.session_state["writes"], page.session_state["late"] = False, True
    page.run()
    assert page.session_state["came_with"] == [{"race": "of a link"}] * 2


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"dataset": "own_of_another", "epochs": "1e9"}, "Data set and Epochs"),
        ({"backbone": "nope", "per_class": "nan", "plan": "{}"}, "Backbone, Images per class and Freeze plan"),
        ({"backbone": "tiny_resnet_cifar100", "dataset": "pictograms", "epochs": "3", "arms": "fine_tune_all"}, ""),
        ({"arms": "feature_extraction,from_scratch", "dataset": "digits", "classes": "7,1", "imbalance": "2"}, ""),
        ({"arms": "from_scratch,nope", "dataset": "digits", "classes": "1,nope,7"}, "Strategies that race and Classes"),
    ],
)
def test_the_lab_says_which_settings_of_a_link_it_cannot_have(visit, query: dict[str, str], said: str) -> None:
    lab = visit(LAB, **query)
    warned = [one.value.replace("\\", "") for one in lab.warning]
    assert len(warned) == bool(said)
    assert all(f"cannot be had here: {said}." in sentence for sentence in warned)
    assert not lab.run().warning  # the address is the form's own by now


@pytest.mark.parametrize(
    ("page", "name"),
    [("pages/5_Lessons.py", "lesson"), ("pages/6_Studies.py", "study"), ("pages/8_Learn.py", "chapter")],
)
def test_an_address_of_nothing_says_so(visit, page: str, name: str) -> None:
    (warning,) = visit(page, **{name: "nope"}).warning
    assert warning.value.startswith(f"There is no {name} at this address")
    assert not visit(page).warning
