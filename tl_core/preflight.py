"""Is everything here that the app needs? Imports nothing but the standard library, and runs on any Python 3."""

import sys
from importlib.util import find_spec

OLDEST, NEWEST = (3, 11), (3, 13)
PACKAGES = {
    "streamlit": "streamlit",
    "tensorflow": "tensorflow",
    "keras": "keras",
    "plotly": "plotly",
    "pandas": "pandas",
    "numpy": "numpy",
    "sklearn": "scikit-learn",
    "scipy": "scipy",
    "threadpoolctl": "threadpoolctl",
    "PIL": "pillow",
    "tokenizers": "tokenizers",
    "safetensors": "safetensors",
    "pydantic": "pydantic",
    "pydantic_settings": "pydantic-settings",
    "sqlalchemy": "SQLAlchemy",
    "distributed": "dask[distributed]",
    "cryptography": "cryptography",
    "psutil": "psutil",
    "platformdirs": "platformdirs",
    "rich": "rich",
    "soundfile": "soundfile",
}
OPTIONAL = {  # without them: Keras runs the frozen layers; HEIC pictures and Excel sheets are refused in a sentence
    "openvino",
    "pillow-heif",
    "openpyxl",
}
INSTALL = "python -m pip install -r requirements.txt"


def problem(version: "tuple[int, int] | None" = None, packages: "dict[str, str] | None" = None) -> "str | None":
    """One sentence on what is missing and what to do, or None when everything is there.

    `version`: (major, minor), by default that of the running Python; `packages`: {module: name on the index}.
    """
    running = version or sys.version_info[:2]
    if not OLDEST <= running <= NEWEST:
        return (
            "Transfer Lab needs Python {}.{} to {}.{}, and this is Python {}.{}: install one of those "
            "(python.org/downloads), make a new virtual environment with it, and run '{}'."
        ).format(*OLDEST, *NEWEST, *running, INSTALL)
    missing = [name for module, name in (packages or PACKAGES).items() if find_spec(module) is None]
    if missing:
        return "Transfer Lab cannot start because {} {} not installed: run '{}' in the project's folder.".format(
            ", ".join(missing), "is" if len(missing) == 1 else "are", INSTALL
        )
    return None
