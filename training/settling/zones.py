"""Zones: what the distance of the nearest sample says of an example.

- ``obvious``: the student all but has it; there is little to learn.
- ``middle``: nearly right, and right often enough to be reachable: learn from these.
- ``noise``: no sample comes close; the user changed their mind, or something else wrote the code.
"""

from typing import Literal, Self

from pydantic import Field, model_validator

from training.stage import StageConfig

Zone = Literal["obvious", "middle", "noise"]


class ZoneThresholds(StageConfig):
    """Distances of the nearest sample, 0 to 1, that part the zones; look at the histogram first."""

    obvious_up_to: float = Field(
        default=0.1, ge=0.0, le=1.0, description="Nearest sample this near: obvious."
    )
    noise_from: float = Field(
        default=0.6, ge=0.0, le=1.0, description="Nearest sample this far or farther: noise."
    )
    whole_region: bool = Field(
        default=False, description="Measure against the whole region, not only what changed."
    )

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.noise_from <= self.obvious_up_to:
            raise ValueError("noise_from must be greater than obvious_up_to")
        return self


def zone_of(distance: float, thresholds: ZoneThresholds) -> Zone:
    """The zone of an example whose nearest sample is at ``distance``."""
    if distance <= thresholds.obvious_up_to:
        return "obvious"
    return "noise" if distance >= thresholds.noise_from else "middle"
