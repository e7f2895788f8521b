"""Two runs over the same examples, compared example by example.

Both are resampled together, so what makes an example hard or easy cancels out, and small
differences show that the intervals of each run alone would hide.
"""

from collections.abc import Iterable
from typing import Literal

import numpy as np
from pydantic import Field

from training.errors import RunError
from training.evaluation.bootstrap import Array, BootstrapSettings, intervals, resampled_difference
from training.evaluation.figures import FIGURES, HEADLINES, NEITHER, Figure
from training.evaluation.rows import EvaluatedRow
from training.evaluation.summary import DIGITS, largest_parts
from training.evaluation.table import Numbers, Table, TableBuilder, Unit
from training.examples import Record

SAME = 1e-9

Verdict = Literal["better", "worse", "different", "open"]


class Difference(Record):
    """A figure of both runs; ``difference`` is ``run - against``, with its interval.

    ``verdict``: ``open`` where the interval holds 0; ``different`` where neither way is better.
    Of examples that have the value in both runs, ``run`` is better in ``num_wins`` (higher, where
    neither way is better).
    """

    against: float
    run: float
    difference: float
    interval: tuple[float, float] | None
    verdict: Verdict
    num_wins: int
    num_ties: int
    num_losses: int


class ComparedSlice(Record):
    """A part of the examples that both runs have."""

    num_examples: int
    figures: dict[str, Difference]


class Comparison(Record):
    """What ``run`` changes over ``against``. ``slices`` are by grouping and name."""

    run: str
    against: str
    num_examples: int
    num_only_run: int
    num_only_against: int
    unit: Unit
    num_resamples: int
    confidence: float
    seed: int
    figures: dict[str, Difference]
    slices: dict[str, dict[str, ComparedSlice]] = Field(default_factory=dict)


def table_of(rows: Iterable[EvaluatedRow], unit: Unit) -> Table:
    """The table of evaluated rows."""
    builder = TableBuilder(unit)
    for row in rows:
        builder.add(row)
    return builder.table()


def compare(
    run: Table,
    against: Table,
    settings: BootstrapSettings,
    unit: Unit,
    names: tuple[str, str] = ("run", "against"),
) -> Comparison:
    """Compare what both have. Raises ``RunError`` if that is nothing."""
    places = {key: row for row, key in enumerate(against.keys)}
    shared = [(row, places[key]) for row, key in enumerate(run.keys) if key in places]
    if not shared:
        raise RunError(
            "the runs have no example in common: examples are the same only if name, excerpt,"
            " cursor and expected patches are"
        )
    rows, other_rows = (np.array(each, dtype=np.int64) for each in zip(*shared, strict=True))
    ours, theirs = run.take(rows), _with_clusters_of(run, rows, against.take(other_rows))
    return Comparison(
        run=names[0],
        against=names[1],
        num_examples=len(shared),
        num_only_run=len(run) - len(shared),
        num_only_against=len(against) - len(shared),
        unit=unit,
        num_resamples=settings.num_resamples,
        confidence=settings.confidence,
        seed=settings.seed,
        figures=differences(ours, theirs, settings),
        slices=_slices(ours, theirs, settings),
    )


def differences(run: Table, against: Table, settings: BootstrapSettings) -> dict[str, Difference]:
    """Of every figure that both tables have; their rows are the same examples in one order."""
    ours, theirs = run.sums(), against.sums()
    resamples = resampled_difference(theirs, ours, settings)
    bounds = intervals(resamples, settings.confidence)
    found: dict[str, Difference] = {}
    for column, figure in enumerate(FIGURES):
        new, old = float(ours.ratios[column]), float(theirs.ratios[column])
        if np.isnan(new) or np.isnan(old):
            continue
        wins, ties, losses = _contest(figure, _values(run, column), _values(against, column))
        interval = bounds[column]
        found[figure.name] = Difference(
            against=round(old, DIGITS),
            run=round(new, DIGITS),
            difference=round(new - old, DIGITS),
            interval=interval and (round(interval[0], DIGITS), round(interval[1], DIGITS)),
            verdict=_verdict(figure, interval),
            num_wins=wins,
            num_ties=ties,
            num_losses=losses,
        )
    return found


def _slices(
    run: Table, against: Table, settings: BootstrapSettings
) -> dict[str, dict[str, ComparedSlice]]:
    return {
        grouping: {
            name: _slice(run.take(rows), against.take(rows), settings)
            for name, rows in largest_parts(run, grouping)
        }
        for grouping in run.groupings
    }


def _slice(run: Table, against: Table, settings: BootstrapSettings) -> ComparedSlice:
    found = differences(run, against, settings)
    figures = {name: found[name] for name in HEADLINES if name in found}
    return ComparedSlice(num_examples=len(run), figures=figures)


def _with_clusters_of(run: Table, rows: Numbers, against: Table) -> Table:
    """Both runs have to be drawn by the same clusters, numbered alike."""
    return Table(
        keys=against.keys,
        numerators=against.numerators,
        denominators=against.denominators,
        clusters=run.take(rows).clusters,
        groupings=against.groupings,
    )


def _values(table: Table, column: int) -> Array:
    """Each example's value; not a number where it has none."""
    found = np.full(len(table), np.nan)
    below = table.denominators[:, column]
    np.divide(table.numerators[:, column], below, out=found, where=below > 0)
    return found


def _contest(figure: Figure, run: Array, against: Array) -> tuple[int, int, int]:
    """How many examples are won, tied and lost by ``run``."""
    gain = (run - against)[np.isfinite(run) & np.isfinite(against)]
    if figure.better == "lower":
        gain = -gain
    wins, losses = int((gain > SAME).sum()), int((gain < -SAME).sum())
    return wins, len(gain) - wins - losses, losses


def _verdict(figure: Figure, interval: tuple[float, float] | None) -> Verdict:
    if interval is None or interval[0] <= 0 <= interval[1]:
        return "open"
    if figure.better == NEITHER:
        return "different"
    return "better" if (interval[0] > 0) == (figure.better == "higher") else "worse"
