"""The rows of a simulation as a table to read, and as pictures."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from rollout.simulation.scenarios import Row

_HEAD = ("scenario", "judge", "rolled back", "promoted", "held", "median days", "found harmed")
_COLOURS = {"rolled_back": "#c0392b", "held": "#bdc3c7", "promoted": "#27ae60"}


def table(rows: Iterable[Row]) -> str:
    """Aligned, for a terminal."""
    lines = [_HEAD, *(_cells(row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(_HEAD))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def draw(rows: Sequence[Row], folder: Path) -> list[Path]:
    """``decisions.png``: how ramps end; ``days.png``: when. Raises ``ValueError`` without the
    library that draws."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise ValueError("pictures need matplotlib: pip install -e '.[train]'") from None
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / "decisions.png", folder / "days.png"]
    _decisions(rows, Figure(figsize=(10, 0.4 * len(rows) + 1.5))).savefig(paths[0], dpi=110)
    _days(rows, Figure(figsize=(10, 6))).savefig(paths[1], dpi=110)
    return paths


def _cells(row: Row) -> tuple[str, ...]:
    harmed = sorted(row.harmed.items(), key=lambda pair: -pair[1])
    return (
        row.scenario,
        row.judge,
        f"{row.rolled_back:.1%}",
        f"{row.promoted:.1%}",
        f"{row.held:.1%}",
        f"{row.median_days:g}",
        ", ".join(f"{metric} {share:.1%}" for metric, share in harmed) or "none",
    )


def _decisions(rows: Sequence[Row], figure: Any) -> Any:
    axes = figure.subplots()
    names = [f"{row.scenario} / {row.judge}" for row in rows]
    left = [0.0] * len(rows)
    for decision, colour in _COLOURS.items():
        shares = [100 * getattr(row, decision) for row in rows]
        axes.barh(names, shares, left=left, color=colour, label=decision.replace("_", " "))
        left = [a + b for a, b in zip(left, shares, strict=True)]
    axes.invert_yaxis()
    axes.set_xlabel("% of ramps")
    figure.legend(loc="upper center", ncols=len(_COLOURS))
    figure.tight_layout(rect=(0, 0, 1, 0.94))
    return figure


def _days(rows: Sequence[Row], figure: Any) -> Any:
    """Of the first judge: share of the ramps that were decided by each day."""
    axes = figure.subplots()
    first = rows[0].judge
    for row in (each for each in rows if each.judge == first and each.held < 1.0):
        last = max(row.days)
        decided = sorted(day for day in row.days if day < last or row.held == 0.0)
        shares = [100 * (number + 1) / row.num_runs for number in range(len(decided))]
        days, share = [0, *decided, last], [0.0, *shares, *(shares[-1:] or [0.0])]
        axes.step(days, share, where="post", label=row.scenario)
    axes.set_xlabel("days")
    axes.set_ylabel("% of ramps decided")
    axes.set_ylim(0, 101)
    axes.legend()
    figure.tight_layout()
    return figure
