"""What a result depends on beyond its spec."""

from __future__ import annotations

import platform

import keras
import numpy as np
import tensorflow as tf


def versions() -> dict[str, str]:
    """What a result depends on beyond its spec."""
    return {
        "python": platform.python_version(),
        "tensorflow": tf.__version__,
        "keras": keras.__version__,
        "numpy": np.__version__,
        "machine": platform.machine(),
        "system": platform.system(),
    }
