"""Pictures and sentences as HTML, without a file for each."""

from __future__ import annotations

import base64
import io
from functools import singledispatch
from html import escape

import numpy as np
from PIL import Image

SIDE = 144  # pixels; small pictures keep theirs and are drawn with hard edges


@singledispatch
def figure(example: object, caption: str = "", alt: str = "") -> str:
    """HTML of one example: a picture, (H, W, 3) uint8 [0, 255], or a sentence. `caption` is HTML."""
    raise TypeError(f"no way to show {type(example).__name__}")


@figure.register
def _picture(pixels: np.ndarray, caption: str = "", alt: str = "") -> str:
    image = Image.fromarray(np.ascontiguousarray(pixels))
    image.thumbnail((SIDE, SIDE))
    content = io.BytesIO()
    image.save(content, "PNG")
    source = "data:image/png;base64," + base64.b64encode(content.getvalue()).decode()
    crisp = ' class="crisp"' if max(pixels.shape) <= 64 else ""
    below = f"<figcaption>{caption}</figcaption>" if caption else ""
    return f'<figure><img{crisp} alt="{escape(alt)}" src="{source}">{below}</figure>'


@figure.register
def _sentence(text: str, caption: str = "", alt: str = "") -> str:
    below = f"<figcaption>{caption}</figcaption>" if caption else ""
    return f"<figure><blockquote>{escape(text)}</blockquote>{below}</figure>"
