"""Runs, searches and sweeps over several servers, one after the other."""

import os
import platform
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TypeVar

import psutil

from benchmarks.replay.examples import passages_in
from benchmarks.replay.figures import Figures, ratios
from benchmarks.replay.measuring import measure
from benchmarks.replay.pace import Pace
from benchmarks.replay.passage import Passage
from benchmarks.replay.repository import passages_of
from benchmarks.replay.result import Result
from benchmarks.replay.search import Measure, growth, most_typists
from benchmarks.replay.servers import Peers, running
from benchmarks.replay.shares import Shares, shares_of, with_events, with_file_lines

FILE_LINES, EVENTS, TYPISTS = "file-lines", "events", "typists"
VALUES = {FILE_LINES: (250, 1000, 4000), EVENTS: (0, 4, 16, 56), TYPISTS: (1, 2, 4, 8)}
NUM_LENDERS = 100
"""Passages that lend lines and edits to others."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Experiment:
    """Who types what, and against which servers. Methods raise ``ValueError`` and ``RunError``."""

    servers: Sequence[str]
    peers: Peers | None
    repository: Path | None
    examples: Path | None
    num_keys: int
    pace: Pace
    accepts: bool

    def run(self, num_typists: int, baseline: str | None) -> Result:
        """Every figure of each server, and its ratio to that of ``baseline``."""
        shares = shares_of(self._passages(), num_typists, self.num_keys)
        found = self._with_each(lambda measure_it: measure_it(shares))
        report = self._about("run") | {"typists": num_typists, "servers": found}
        if baseline in found:
            report["ratios"] = {
                f"{name} / {baseline}": ratios(figures, found[baseline])
                for name, figures in found.items()
                if name != baseline
            }
        return Result(report, {name: {num_typists: figures} for name, figures in found.items()})

    def search(self, most: int) -> Result:
        """How many typists each server serves in time, up to ``most``."""
        shares = shares_of(self._passages(), most, self.num_keys)
        found = self._with_each(lambda measure_it: most_typists(measure_it, shares))
        report = self._about("search") | {
            "typists_in_time": {name: count for name, (count, _tried) in found.items()},
            "tried": {name: tried for name, (_count, tried) in found.items()},
        }
        return Result(report, report["tried"], TYPISTS)

    def sweep(self, over: str, values: Sequence[int] | None) -> Result:
        """How latency grows with the length of the file or the history, or with the typists."""
        conditions = self._conditions(over, values or VALUES[over])
        found = self._with_each(
            lambda measure_it: {value: measure_it(each) for value, each in conditions.items()}
        )
        report = self._about(f"sweep over {over}") | {"servers": found}
        report["growth"] = {name: growth(runs) for name, runs in found.items()}
        return Result(report, found, over)

    def _with_each(self, work: Callable[[Measure], T]) -> dict[str, T]:
        """What ``work`` makes of each server while it runs; one that does not start is left out."""
        found = {}
        for name in self.servers:
            try:
                with running(name, self.peers) as server:
                    _say(f"{name} runs")
                    found[name] = work(
                        partial(measure, server, pace=self.pace, accepts=self.accepts)
                    )
            except (RuntimeError, OSError) as error:
                _say(f"{name}: {error}")
        return found

    def _passages(self) -> Iterator[Passage]:
        if self.repository is not None:
            return passages_of(self.repository, self.pace.seed)
        assert self.examples is not None
        return passages_in(self.examples)

    def _conditions(self, over: str, values: Sequence[int]) -> dict[int, Shares]:
        if over == TYPISTS:
            shares = shares_of(self._passages(), max(values), self.num_keys)
            return {value: shares[:value] for value in values}
        others = list(islice(self._passages(), NUM_LENDERS))
        varied = with_events if over == EVENTS else with_file_lines
        fits = (
            each
            for each in self._passages()
            if over == EVENTS or len(each.script.slots) <= min(values)
        )
        (typed,) = shares_of(fits, 1, self.num_keys)
        return {value: [[varied(each, value, others) for each in typed]] for value in values}

    def _about(self, command: str) -> Figures:
        return {
            "benchmark": f"replay {command}",
            "keys_per_typist": self.num_keys,
            "seed": self.pace.seed,
            "speed": self.pace.speed,
            "accepts": self.accepts,
            "machine": {
                "cores": os.cpu_count(),
                "processor": platform.machine(),
                "load_before": round(psutil.getloadavg()[0], 2),
                "python": platform.python_version(),
            },
        }


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
