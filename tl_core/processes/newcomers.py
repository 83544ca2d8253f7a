"""Where students came from: until they have been here for a while, those of one address share a place in the queue.

Else whoever throws the cookie away would be a new student each time, and always next. An address is kept signed.
"""

from __future__ import annotations

import ipaddress

from tl_core.base.signing import signed

MOST = 10_000  # students who are remembered; then all are forgotten, and stand alone until their next visit
_places: dict[str, str] = {}


def seen(owner: str, address: str) -> None:
    """A student opened a page from this address; "": from this machine, where nobody shares anything."""
    if len(_places) >= MOST:
        _places.clear()
    if address:
        _places[owner] = signed(f"address {_network(address)}")


def place(owner: str) -> str:
    """The place in the queue that this student has while a newcomer; "": their own."""
    return _places.get(owner, "")


def _network(address: str) -> str:
    """What one household or school has of the internet: an address, or the 64 bits before an interface's own.

    (RFC 4291, section 2.5.4.)
    """
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    return str(ipaddress.ip_network((found, 64 if found.version == 6 else 32), strict=False))
