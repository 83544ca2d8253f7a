"""What the arms of a race share, and how often each of them runs."""

from __future__ import annotations

from pydantic import Field

from tl_core.base.spec import RunSpec


class SharedSpec(RunSpec):
    """A spec whose strategy counts for nothing, and with how many seeds each arm runs.

    Run number k of an arm, from 0 on, draws its images with the split seed + k and its weights with the seed + k.
    """

    seeds: int = Field(
        1,
        ge=1,
        le=20,
        title="Seeds",
        description="Every strategy runs this many times, each time with different images and different new weights. "
        "The mean and its interval separate a difference from the luck of the seed.",
    )

    def seeded(self) -> list[RunSpec]:
        """A spec for each seed."""
        first = RunSpec(**{name: getattr(self, name) for name in RunSpec.model_fields})
        return [first.with_seeds(self.seed + k, self.data.seed + k) for k in range(self.seeds)]
