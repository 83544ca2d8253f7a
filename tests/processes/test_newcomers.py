"""What is known of where a student comes from."""

from __future__ import annotations

import pytest

from tl_core.processes import newcomers


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("192.0.2.7", "192.0.2.7", True),
        ("192.0.2.7", "192.0.2.8", False),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("fe80::1%eth0", "fe80::2", True),
        ("unknown", "unknown", True),
    ],
)
def test_a_household_is_one_place_and_no_address_is_kept(one: str, other: str, same: bool) -> None:
    newcomers.seen("ann", one)
    newcomers.seen("bob", other)
    assert (newcomers.place("ann") == newcomers.place("bob")) == same
    assert one not in newcomers.place("ann")


def test_on_this_machine_nobody_shares_a_place() -> None:
    newcomers.seen("cem", "")
    assert newcomers.place("cem") == newcomers.place("never seen") == ""
