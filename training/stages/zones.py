"""``zones``: the histogram by which a person sets the thresholds of ``settle``.

Reads what ``sample`` wrote, or ``settle`` with all zones kept. Writes ``zones.json``, ``zones.txt``
and ``zones.png``.
"""

import json
from collections.abc import Iterable
from pathlib import Path

from training.examples import Example
from training.settling import Histogram, ZoneThresholds
from training.stage import SinkStage
from training.stages.settle import measured


class ZonesConfig(ZoneThresholds):
    """The thresholds to draw."""


def run(rows: Iterable[Example], config: ZonesConfig, out: Path) -> list[str]:
    """The histogram over all rows, in files and as lines for the terminal."""
    histogram = Histogram(config)
    for row in rows:
        settled = row.settled
        if settled is None or settled.closest is None:
            settled = measured(row, whole=config.whole_region)
        nearest = None if settled.closest is None else settled.distances[settled.closest]
        histogram.add(nearest)
    lines = histogram.lines()
    (out / "zones.json").write_text(json.dumps(histogram.to_json(), indent=2) + "\n")
    (out / "zones.txt").write_text("\n".join(lines) + "\n")
    histogram.plot(out / "zones.png")
    return lines


STAGE = SinkStage(
    name="zones",
    summary="a histogram of how near the samples come, to set the thresholds of settle by",
    version=2,
    config=ZonesConfig,
    run=run,
)
