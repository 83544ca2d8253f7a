"""What a warm worker keeps from one run to the next: built networks, with all that was compiled for them.

Building and tracing take seconds, a what-if less than one. A run whose network has the same shape takes over the
one that is here, with its weights as they were when it was built.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np

NETWORKS = 4

_networks: OrderedDict[Hashable, Network] = OrderedDict()


@dataclass
class Network:
    """`start`: the weights as they were built. `compiled`: by what decides a graph."""

    model: keras.Model
    start: list[np.ndarray]
    compiled: dict[Hashable, Any] = field(default_factory=dict)


def network(key: Hashable, seed: int, build: Callable[[], keras.Model]) -> Network:
    """The network of this key as `build` left it; of those kept, the least recently used one goes."""
    found = _networks.pop(key, None)
    if found is None:
        while len(_networks) >= NETWORKS:
            _networks.popitem(last=False)
        keras.utils.clear_session()
        keras.utils.set_random_seed(seed)
        model = build()
        found = Network(model, [variable.numpy() for variable in model.variables])
    else:
        for variable, value in zip(found.model.variables, found.start, strict=True):
            variable.assign(value)
    _networks[key] = found
    return found


def clear() -> None:
    """Keep nothing: after a run that ended for want of memory, or in doubt."""
    _networks.clear()
