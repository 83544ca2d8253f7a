from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tl_core import catalog
from tl_core.base.spec import RunSpec, SpecError, run_spec


def test_a_spec_survives_json() -> None:
    spec = run_spec(strategy="custom", plan={"stages": {"stem": "frozen"}, "layers": {"stem_conv": "fine_tuned"}})
    assert RunSpec.model_validate_json(spec.model_dump_json()) == spec


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"optimizer": {"learning_rate": 0}}, "Learning rate must be greater than 0"),
        ({"optimizer": {"learning_rate": math.nan}}, "Learning rate must be a finite number"),
        ({"optimizer": {"learning_rate": math.inf}}, "Learning rate must be"),
        ({"data": {"per_class": 0}}, "Images per class must be at least 1"),
        ({"data": {"test_images": 0}}, "Test images must be at least 1"),
        ({"epochs": 0}, "Epochs must be at least 1"),
        ({"batch_size": -3}, "Batch size must be at least 1"),
        ({"head": {"kind": "giant"}}, "Head must be one of"),
        ({"colour": "red"}, "colour is not a setting of a run"),
        ({"seconds": -1}, "Budget in seconds must be greater than 0"),
        ({"epochs": "many"}, "Epochs must be a whole number"),
        ({"plan": {"stages": {"stem": "melted"}}}, "must be one of 'frozen', 'fine_tuned' or 'reinitialised'"),
    ],
)
def test_bad_settings_are_named_in_one_sentence(settings: dict[str, object], words: str) -> None:
    with pytest.raises(SpecError) as caught:
        run_spec(**settings)
    message = str(caught.value)
    assert words in message
    assert "\n" not in message
    assert message.endswith(".")


@given(
    st.dictionaries(
        st.sampled_from([*RunSpec.model_fields, "nonsense"]),
        st.one_of(
            st.none(),
            st.booleans(),
            st.integers(),
            st.floats(),
            st.text(max_size=5),
            st.lists(st.integers(), max_size=2),
            st.dictionaries(st.text(max_size=5), st.integers(), max_size=2),
        ),
        max_size=4,
    )
)
def test_any_settings_give_a_spec_or_a_sentence(settings: dict[str, object]) -> None:
    message = ""
    try:
        catalog.check(run_spec(**settings))
    except SpecError as error:
        message = str(error)
    assert not message or (message.endswith(".") and "\n" not in message)
