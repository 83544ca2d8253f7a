"""SHIFTS: the ways to change test images on purpose. What each does to pixels: `tl_core.ml.data.corruptions`."""

from __future__ import annotations

from dataclasses import dataclass

from tl_core.base.spec import Shift, ShiftKind

SMALL_BELOW = 85  # pixels: between the sides of CIFAR-10-C and ImageNet-C, 32 and 224, by ratio
HENDRYCKS = "Hendrycks and Dietterich 2019, with their strengths for CIFAR-10-C and, from 85 pixels on, ImageNet-C"


@dataclass(frozen=True)
class Way:
    """One way to change pictures. `small` and `large`: its strength at severities 1 to 5, by the side of the pictures.

    `summary` says what is done, and what the strength is.
    """

    title: str
    summary: str
    source: str
    small: tuple[float, ...]
    large: tuple[float, ...]

    def strength(self, severity: int, side: int) -> float:
        """At a severity in 1 … 5, for pictures of so many pixels per side."""
        return (self.small if side < SMALL_BELOW else self.large)[severity - 1]


SHARES = (0.2, 0.4, 0.6, 0.8, 1.0)

SHIFTS: dict[ShiftKind, Way] = {
    "noise": Way(
        "Noise",
        "Gaussian noise is added to every value. Strength: its standard deviation, for values in [0, 1].",
        HENDRYCKS,
        (0.04, 0.06, 0.08, 0.09, 0.10),
        (0.08, 0.12, 0.18, 0.26, 0.38),
    ),
    "blur": Way(
        "Blur",
        "A Gaussian blur. Strength: its standard deviation in pixels.",
        HENDRYCKS,
        (0.4, 0.6, 0.7, 0.8, 1.0),
        (1.0, 2.0, 3.0, 4.0, 6.0),
    ),
    "contrast": Way(
        "Low contrast",
        "Every value moves towards the picture's mean colour. Strength: the share of the contrast that is left.",
        HENDRYCKS,
        (0.75, 0.5, 0.4, 0.3, 0.15),
        (0.4, 0.3, 0.2, 0.1, 0.05),
    ),
    "pixelated": Way(
        "Pixelated",
        "Scaled down and up again by averages over boxes. Strength: the smaller side as a share of the original.",
        HENDRYCKS,
        (0.95, 0.9, 0.85, 0.75, 0.65),
        (0.6, 0.5, 0.4, 0.3, 0.25),
    ),
    "inverted": Way(
        "Inverted colours",
        "Light becomes dark, in a share of the pictures; at severity 5 in all of them.",
        "made for this app",
        SHARES,
        SHARES,
    ),
    "outlines": Way(
        "Outlines",
        "The picture fades into a drawing of its edges, dark on white; at severity 5 only the drawing is left.",
        "made for this app; networks of photographs are tested on edges by Geirhos et al. 2019",
        SHARES,
        SHARES,
    ),
}


def kinds(shift: Shift) -> tuple[ShiftKind, ...]:
    """In which ways a run changes its test images."""
    if shift.kind == "none":
        return ()
    return tuple(SHIFTS) if shift.kind == "all" else (shift.kind,)
