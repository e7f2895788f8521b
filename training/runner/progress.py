"""Progress on standard error: live on a terminal, a plain line every few seconds elsewhere."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from training.runner.values import Counts

LINE_SECONDS = 5.0
ROWS = "rows"

Fraction = Callable[[], float | None]
Stats = Callable[[], dict[str, float]]


class ProgressView:
    """Shows nothing until told ``show``; subclasses say where.

    ``noun`` is what is counted: rows, or the units of a source.
    """

    def __init__(self, counts: Counts, fraction: Fraction, noun: str = ROWS) -> None:
        self._counts = counts
        self._fraction = fraction
        self._noun = noun
        self._num_before = counts.num_in
        self._started = time.monotonic()
        self.stats: Stats = dict

    def show(self) -> None:
        """The counts have changed."""

    def line(self) -> str:
        """The run so far, in one line."""
        parts = [f"{self._counts.num_in:,} {self._noun}", f"{self._rate():,.1f}/s"]
        if self._noun != ROWS:
            parts.append(f"{self._counts.num_out:,} rows out")
        fraction = self._fraction()
        if fraction is not None:
            parts.insert(0, f"{fraction:.0%}")
        if self._counts.num_dropped:
            parts.append(f"{self._counts.num_dropped:,} dropped")
        if self._counts.num_failed:
            parts.append(f"{self._counts.num_failed:,} failed")
        hits = self.stats().get("num_cache_hits")
        if hits:
            parts.append(f"{hits:,.0f} cache hits")
        return " · ".join(parts)

    def _rate(self) -> float:
        seconds = time.monotonic() - self._started
        return (self._counts.num_in - self._num_before) / max(seconds, 1e-3)


class PlainProgress(ProgressView):
    """A line every few seconds."""

    def __init__(self, stage: str, counts: Counts, fraction: Fraction, noun: str = ROWS) -> None:
        super().__init__(counts, fraction, noun)
        self._stage = stage
        self._next = time.monotonic() + LINE_SECONDS

    def show(self) -> None:
        if time.monotonic() >= self._next:
            print(f"{self._stage}: {self._with_rest()}", file=sys.stderr, flush=True)
            self._next = time.monotonic() + LINE_SECONDS

    def _with_rest(self) -> str:
        fraction, seconds = self._fraction(), time.monotonic() - self._started
        if not fraction or self._num_before:
            return self.line()
        return f"{self.line()} · {seconds / fraction - seconds:,.0f} s left"


class LiveProgress(ProgressView):
    """A bar that is redrawn in place."""

    def __init__(
        self,
        stage: str,
        counts: Counts,
        fraction: Fraction,
        display: Progress,
        noun: str = ROWS,
    ) -> None:
        super().__init__(counts, fraction, noun)
        self._display = display
        total = None if fraction() is None else 1.0
        self._task = display.add_task(stage, total=total, text="")

    def show(self) -> None:
        completed = self._fraction() or 0.0
        self._display.update(self._task, completed=completed, text=self.line())


@contextmanager
def open_progress(
    stage: str, counts: Counts, fraction: Fraction, noun: str = ROWS
) -> Iterator[ProgressView]:
    """``fraction`` says how much of the input is read, 0 to 1, or None where that is not known."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield PlainProgress(stage, counts, fraction, noun)
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        TextColumn("{task.fields[text]}"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True) as display:
        yield LiveProgress(stage, counts, fraction, display, noun)
