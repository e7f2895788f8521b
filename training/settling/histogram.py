"""How many examples have their nearest sample at which distance: numbers, text and a plot."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from training.settling.zones import ZoneThresholds, zone_of

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
            start = 2 * place / NUM_BINS
            bar = "#" * round(BAR_CHARS * count / highest)
            lines.append(
                f"{start:5.2f} {zone_of(start, self.thresholds):8}{count:>8} {bar}".rstrip()
            )
        total = max(1, self.num_examples)
        shares = [f"{zone} {count} ({count / total:.1%})" for zone, count in self.zones.items()]
        lines.append(f"{', '.join(shares)}; without a sample {self.num_without}")
        return lines

    def plot(self, file: Path) -> None:
        """A PNG with the thresholds drawn in."""
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        figure = Figure(figsize=(8, 4), layout="constrained")
        FigureCanvasAgg(figure)
        axes = figure.add_subplot()
        starts = [place / NUM_BINS for place in range(NUM_BINS)]
        colours = [COLOURS[zone_of(start, self.thresholds)] for start in starts]
        axes.bar(starts, self.bins, width=1 / NUM_BINS, align="edge", color=colours)
        for threshold in (self.thresholds.obvious_up_to, self.thresholds.noise_from):
            axes.axvline(threshold, color="black", linestyle="--", linewidth=1)
            axes.annotate(f" {threshold:g}", (threshold, 1), xycoords=("data", "axes fraction"))
        axes.set_xlim(0, 1)
        axes.set_xlabel("distance of the nearest sample to the settled text")
        axes.set_ylabel("examples")
        axes.set_title(", ".join(f"{zone}: {count}" for zone, count in self.zones.items()), pad=14)
        figure.savefig(file, dpi=120)
