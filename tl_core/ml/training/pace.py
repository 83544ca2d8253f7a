"""How much work to hand over at once: enough that a call's overhead does not count, little enough to stop soon."""

from __future__ import annotations

from dataclasses import dataclass

CALL_S = 0.15  # what one call should take


@dataclass
class Pace:
    """`images` at once, at most `most`; follows what calls took. The first one compiles and does not count."""

    images: int
    most: int
    calls: int = 0

    def took(self, images: int, spent_s: float) -> None:
        self.calls += 1
        if self.calls > 1:
            wanted = images / max(spent_s, 1e-6) * CALL_S
            self.images = int(min(max(wanted, self.images / 2, 1), self.images * 4, self.most))
