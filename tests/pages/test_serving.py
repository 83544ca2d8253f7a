"""Who can open the app is said at its start, and a cookie is a key or nothing."""

from __future__ import annotations

import tomllib

import pytest

from pages.shared import serving, sign_out
from tl_core.base.settings import ROOT


@pytest.mark.parametrize(
    ("address", "said"),
    [("localhost", 0), ("127.0.0.1", 0), ("::1", 0), ("0.0.0.0", 1), ("::", 1), ("192.0.2.7", 1), ("lab.example", 1)],
)
def test_an_app_that_others_can_open_says_so(address: str, said: int) -> None:
    assert serving.openness(address).count(f"open to the network: it listens at {address}") == said


def test_as_the_readme_starts_it_only_this_machine_can_open_it() -> None:
    config = tomllib.loads((ROOT / ".streamlit/config.toml").read_text(encoding="utf-8"))
    assert config["server"]["address"] == "localhost"


@pytest.mark.parametrize("value", ["", "short", "a" * 65, "sixteen letters;", "<script>alert(1)</script>", "ключ" * 5])
def test_what_is_no_key_is_none(value: str) -> None:
    assert serving.key_in({serving.COOKIE: value}) == ""
    assert serving.key_in({}) == ""


def test_without_a_key_there_is_nothing_to_sign_out_of_and_with_one_it_is_shown(visit, monkeypatch) -> None:
    assert "sign_out" not in [button.key for button in visit().button]
    key = "a-key-of-this-browser-01"
    monkeypatch.setattr(sign_out.serving, "key_in", lambda cookies: key)
    at = visit()
    at.button(key="sign_out").click().run()
    assert key in [code.value for code in at.code]
    assert key not in str(at.session_state["student"])
