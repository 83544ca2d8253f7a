"""MODALITIES: what a data set holds and a backbone takes. One entry has the words of its examples and of their size.

What a worker does with the examples of each stands in `tl_core.ml.data.modalities`.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Modality:
    """One kind of example. `extent` writes a size: "96×96 pixels" of 96. `sizes` are sensible ones."""

    one: str
    many: str
    size: str  # what the size of an example is called
    size_help: str
    extent: str
    sizes: tuple[int, ...]
    channels: str  # of what enters the network, beside its size; "": none
    shifts: bool  # whether examples can be changed on purpose, as `catalog.shifts` lists

    def of_size(self, size: int) -> str:
        return self.extent.format(size)


MODALITIES: dict[str, Modality] = {
    "pictures": Modality(
        one="image",
        many="images",
        size="image size",
        size_help="Side in pixels: pictures are resized to it. Larger is slower, and often better.",
        extent="{0}×{0} pixels",
        sizes=(32, 48, 64, 96, 128, 160, 192, 224, 299),
        channels="3 colours",
        shifts=True,
    )
}
