"""How many examples have their nearest sample at which distance: numbers, text and a plot."""

from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path
from typing import Any

from training.settling.zones import Zone, ZoneThresholds, zone_of

NUM_BINS = 40
BAR_CHARS = 50
COLOURS = {"obvious": "tab:gray", "middle": "tab:green", "noise": "tab:red"}


@dataclass(slots=True)
class Histogram:
    """Counts of distances in 0..1. Bin ``i`` holds those from ``i / 40`` up to the next bin."""

    thresholds: ZoneThresholds
    bins: list[int] = field(default_factory=lambda: [0] * NUM_BINS)
    zones: dict[str, int] = field(default_factory=lambda: dict.fromkeys(COLOURS, 0))
    num_without: int = 0
    """Examples that no sample could be measured for."""

    def add(self, distance: float | None) -> None:
        """Count one example by its nearest sample; None if it has none."""
        if distance is None:
            self.num_without += 1
            return
        self.bins[min(NUM_BINS - 1, int(distance * NUM_BINS))] += 1
        self.zones[zone_of(distance, self.thresholds)] += 1

    @property
    def num_examples(self) -> int:
        return sum(self.bins)

    def to_json(self) -> dict[str, Any]:
        """All counts, with the thresholds that they were made with."""
        return {
            "thresholds": self.thresholds.model_dump(include=set(ZoneThresholds.model_fields)),
            "num_examples": self.num_examples,
            "num_without_sample": self.num_without,
            "zones": self.zones,
            "bin_starts": [place / NUM_BINS for place in range(NUM_BINS)],
            "bins": self.bins,
        }

    def lines(self) -> list[str]:
        """The histogram for a terminal, bins joined by two."""
        pairs = [sum(self.bins[at : at + 2]) for at in range(0, NUM_BINS, 2)]
        highest = max(*pairs, 1)
        lines = ["distance of the nearest sample to the settled text"]
        for place, count in enumerate(pairs):
            bar = "#" * round(BAR_CHARS * count / highest)
            zone = self._zone_of_bins(2 * place, 2)
            lines.append(f"{2 * place / NUM_BINS:5.2f} {zone:8}{count:>8} {bar}".rstrip())
        lines.append(f"{', '.join(self._shares())}; without a sample {self.num_without}")
        return lines

    def plot(self, file: Path) -> None:
        """A PNG with the thresholds drawn in, and the share of examples up to each distance."""
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        figure = Figure(figsize=(9, 4.5), layout="constrained")
        FigureCanvasAgg(figure)
        axes = figure.add_subplot()
        self._draw_bins(axes)
        shares = axes.twinx()
        ends = [place / NUM_BINS for place in range(NUM_BINS + 1)]
        total = max(1, self.num_examples)
        sums = [100 * count / total for count in accumulate(self.bins, initial=0)]
        shares.plot(ends, sums, color="black", linewidth=1.2, label="share up to here")
        shares.set_ylim(0, 105)
        shares.set_ylabel("% of examples up to this distance")
        for threshold in (self.thresholds.obvious_up_to, self.thresholds.noise_from):
            axes.axvline(threshold, color="black", linestyle="--", linewidth=1)
            at = (threshold, 1.01)
            axes.annotate(f"{threshold:g}", at, xycoords=("data", "axes fraction"), ha="center")
        axes.set_title(f"{self.num_examples} examples, {self.num_without} without a sample", pad=20)
        figure.legend(loc="outside lower center", ncols=len(COLOURS) + 1, frameon=False)
        figure.savefig(file, dpi=120)

    def _draw_bins(self, axes: Any) -> None:
        """The bars in the colours of their zones, on a ground that shows where the zones are."""
        ends = (0.0, self.thresholds.obvious_up_to, self.thresholds.noise_from, 1.0)
        zones = [self._zone_of_bins(place, 1) for place in range(NUM_BINS)]
        for (zone, colour), start, end, label in zip(
            COLOURS.items(), ends[:-1], ends[1:], self._shares(), strict=True
        ):
            axes.axvspan(start, end, color=colour, alpha=0.08, linewidth=0)
            counts = [count if zones[at] == zone else 0 for at, count in enumerate(self.bins)]
            starts = [place / NUM_BINS for place in range(NUM_BINS)]
            width = 1 / NUM_BINS
            axes.bar(starts, counts, width=width, align="edge", color=colour, label=label)
        axes.set_xlim(0, 1)
        axes.set_xlabel("distance of the nearest sample to the settled text")
        axes.set_ylabel("examples")

    def _zone_of_bins(self, first: int, num_bins: int) -> Zone:
        """Of the middle of a bar: its ends may be of two zones."""
        return zone_of((first + num_bins / 2) / NUM_BINS, self.thresholds)

    def _shares(self) -> list[str]:
        total = max(1, self.num_examples)
        return [f"{zone} {count} ({count / total:.1%})" for zone, count in self.zones.items()]
