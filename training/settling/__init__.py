"""How far the student's samples are from the settled text, and what that says of an example."""

from training.settling.distances import sample_distances
from training.settling.histogram import Histogram
from training.settling.zones import ZoneThresholds, zone_of

__all__ = ["Histogram", "ZoneThresholds", "sample_distances", "zone_of"]
