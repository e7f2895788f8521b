"""Figures as lines of text, for a terminal."""

from collections.abc import Iterator

from training.evaluation.comparing import ComparedSlice, Comparison, Difference
from training.evaluation.figures import FIGURES, HEADLINES, Figure, find_figure
from training.evaluation.summary import Estimate, Slice, Summary

LABEL_CHARS = 28
NAME_CHARS = 22
MAX_LINES = 12
"""Slices shown of one grouping."""
CELL_CHARS = 11
SHORT = {
    "delta_chr_f": "deltaChrF",
    "delta_chr_f_wanted": "… wanted",
    "show_rate": "show",
    "quiet_rate": "quiet",
    "exact_match_wanted": "exact",
    "exact_lines_f1": "lines F1",
    "reversal_ratio": "reversal",
}
MARKS = {"better": "+", "worse": "-", "different": "~", "open": " "}


def shown(figure: Figure, value: float | None) -> str:
    """A value as people read it: rates in percent."""
    if value is None:
        return "-"
    if figure.kind == "rate":
        return f"{100 * value:.1f} %"
    if figure.kind == "seconds":
        return f"{value:.3f} s"
    return f"{value:.3f}" if figure.kind == "ratio" else f"{value:.2f}"


def shown_interval(figure: Figure, interval: tuple[float, float] | None) -> str:
    """Both bounds, without their unit."""
    if interval is None:
        return ""
    low, high = (shown(figure, bound).partition(" ")[0] for bound in interval)
    return f"[{low}, {high}]"


def shown_change(figure: Figure, difference: float) -> str:
    """A difference with its sign."""
    text = shown(figure, difference)
    if not text.strip("-0. %s"):
        return text.removeprefix("-")
    return f"+{text}" if difference > 0 else text


def summary_lines(summary: Summary) -> list[str]:
    """The whole evaluation: all figures, then the headlines of the largest slices."""
    lines = [
        f"{summary.num_examples} examples, {summary.num_predictions} predictions"
        f" ({', '.join(f'{name} {count}' for name, count in summary.providers.items())});"
        f" {summary.confidence:.0%} intervals over {summary.num_clusters} clusters"
    ]
    if summary.num_without_prediction:
        lines.append(f"{summary.num_without_prediction} examples without a prediction left out")
    lines += _figure_lines(summary)
    for name, spread in summary.distributions.items():
        values = "  ".join(f"{percentile} {value:.4g}" for percentile, value in spread.items())
        lines.append(f"{name:{LABEL_CHARS}} {values}")
    if summary.reasons:
        reasons = ", ".join(f"{reason} {count}" for reason, count in summary.reasons.items())
        lines.append(f"no edit: {reasons}")
    for grouping, parts in summary.slices.items():
        lines += _slice_lines(grouping, parts)
    return lines


def comparison_lines(comparison: Comparison) -> list[str]:
    """What the run changes; what it changes for sure is marked."""
    head = f"{'':{LABEL_CHARS}} {'against':>10} {'run':>10} {'difference':>11}"
    lines = [
        f"run: {comparison.run}, against: {comparison.against}",
        f"{comparison.num_examples} examples in both, {comparison.num_only_run} only in run,"
        f" {comparison.num_only_against} only in against",
        f"{head}  {'interval':20}   won/tied/lost",
    ]
    lines += _difference_lines(comparison.figures)
    for grouping, parts in comparison.slices.items():
        lines += _compared_slice_lines(grouping, parts)
    return [*lines, "", "+ better, - worse, ~ different: the interval leaves 0 out"]


def _figure_lines(summary: Summary) -> Iterator[str]:
    for figure in FIGURES:
        if found := summary.figures.get(figure.name):
            interval = shown_interval(figure, found.interval)
            yield (
                f"{figure.label:{LABEL_CHARS}} {shown(figure, found.value):>9}"
                f"  {interval:20} n={found.num_examples}"
            )


def _slice_lines(grouping: str, parts: dict[str, Slice]) -> Iterator[str]:
    yield ""
    heads = (f"{SHORT[name]:>{CELL_CHARS}}" for name in HEADLINES)
    yield f"{grouping:{NAME_CHARS}}{'n':>7}{''.join(heads)}"
    for name, part in list(parts.items())[:MAX_LINES]:
        cells = (_cell(head, part.figures.get(head)) for head in HEADLINES)
        row = "".join(f"{cell:>{CELL_CHARS}}" for cell in cells)
        yield f"{_short(name):{NAME_CHARS}}{part.num_examples:>7}{row}"
    if len(parts) > MAX_LINES:
        yield f"{len(parts) - MAX_LINES} more in summary.json"


def _compared_slice_lines(grouping: str, parts: dict[str, ComparedSlice]) -> Iterator[str]:
    yield ""
    heads = (f"{SHORT[name]:>{CELL_CHARS}}  " for name in HEADLINES)
    yield f"{grouping:{NAME_CHARS}}{'n':>7}{''.join(heads).rstrip()}"
    for name, part in list(parts.items())[:MAX_LINES]:
        changes = (_change(head, part.figures.get(head)) for head in HEADLINES)
        cells = "".join(changes).rstrip()
        yield f"{_short(name):{NAME_CHARS}}{part.num_examples:>7}{cells}"
    if len(parts) > MAX_LINES:
        yield f"{len(parts) - MAX_LINES} more in comparison.json"


def _short(name: str) -> str:
    """Of an address owner and repository; of what is too long, the end."""
    shown = "/".join(name.rstrip("/").rsplit("/", 2)[-2:]) if "://" in name else name
    return shown if len(shown) < NAME_CHARS else f"…{shown[2 - NAME_CHARS :]}"


def _change(name: str, found: Difference | None) -> str:
    if found is None:
        return f"{'-':>{CELL_CHARS}}  "
    return (
        f"{shown_change(find_figure(name), found.difference):>{CELL_CHARS}} {MARKS[found.verdict]}"
    )


def _cell(name: str, found: Estimate | None) -> str:
    return shown(find_figure(name), None if found is None else found.value)


def _difference_lines(figures: dict[str, Difference]) -> Iterator[str]:
    for figure in FIGURES:
        if found := figures.get(figure.name):
            yield (
                f"{figure.label:{LABEL_CHARS}} {shown(figure, found.against):>10}"
                f" {shown(figure, found.run):>10} {shown_change(figure, found.difference):>11}"
                f"  {shown_interval(figure, found.interval):20} {MARKS[found.verdict]}"
                f" {found.num_wins}/{found.num_ties}/{found.num_losses}"
            )
