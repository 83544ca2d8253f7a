"""Pictures as HTML, without a file for each."""

from __future__ import annotations

import base64
import io
from html import escape

import numpy as np
from PIL import Image

SIDE = 144  # pixels; small pictures keep theirs and are drawn with hard edges


def figure(pixels: np.ndarray, caption: str = "", alt: str = "") -> str:
    """HTML of one picture, (H, W, 3) uint8 [0, 255]. `caption` is HTML."""
    image = Image.fromarray(np.ascontiguousarray(pixels))
    image.thumbnail((SIDE, SIDE))
    content = io.BytesIO()
    image.save(content, "PNG")
    source = "data:image/png;base64," + base64.b64encode(content.getvalue()).decode()
    crisp = ' class="crisp"' if max(pixels.shape) <= 64 else ""
    below = f"<figcaption>{caption}</figcaption>" if caption else ""
    return f'<figure><img{crisp} alt="{escape(alt)}" src="{source}">{below}</figure>'
