"""What an experiment ends in: a report, a table and a plot."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.replay.figures import Figures
from benchmarks.replay.plots import plot_growth, plot_latency
from benchmarks.replay.table import table

ByServer = Mapping[str, Mapping[int, Figures]]
"""Figures by server, then by the value of what varies."""


@dataclass(frozen=True, slots=True)
class Result:
    """A report, and the figures in it that are shown; ``over`` names what varies, if anything."""

    report: Figures
    by_server: ByServer
    over: str = ""

    def table(self) -> str:
        """Every figure, for people."""
        columns = {
            f"{name} {value}" if self.over else name: figures
            for name, runs in self.by_server.items()
            for value, figures in runs.items()
        }
        return table(columns)

    def keep(self, folder: Path) -> None:
        """Write the report and its plot into ``folder``."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "report.json").write_text(json.dumps(self.report, indent=2) + "\n")
        if self.over:
            plot_growth(self.over, self.by_server, folder / f"{self.over}.png")
        else:
            only = {name: next(iter(runs.values())) for name, runs in self.by_server.items()}
            plot_latency(only, folder / "latency.png")
