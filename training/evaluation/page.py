"""The report: one HTML page that needs nothing else, neither files nor scripts nor a network.

All text is escaped by the template engine; only the drawings of ``plots`` are put in as they are.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from training.evaluation.cases import GROUPS, Case, Cases
from training.evaluation.comparing import Comparison
from training.evaluation.console import shown, shown_change, shown_interval
from training.evaluation.distributions import Distributions
from training.evaluation.figures import FIGURES, HEADLINES, Figure, find_figure
from training.evaluation.plots import Scale, histogram
from training.evaluation.summary import Estimate, Summary
from training.evaluation.word_diff import Gap, Line, side_by_side

TEMPLATE = "report.html"
SCALES = {
    "delta_chr_f_wanted": Scale("deltaChrF, edit wanted", top=100.0),
    "seconds": Scale("seconds"),
    "num_tokens": Scale("tokens of the answer", is_whole=True),
    "changed_tokens": Scale("code tokens changed, edit given", is_whole=True),
}
WHOLE = {"score": 100.0, "rate": 1.0}
"""Where an interval can be drawn on a scale with an end."""


@dataclass(frozen=True, slots=True)
class Run:
    """An evaluation with all that the page shows of it."""

    name: str
    summary: Summary
    spread: Distributions
    cases: Cases


@dataclass(frozen=True, slots=True)
class ShownCase:
    """A case with its rows side by side."""

    case: Case
    lines: Sequence[Line | Gap]
    facts: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class ShownGroup:
    """One group of cases, for every run that has any: the run's name, and its cases."""

    name: str
    title: str
    runs: Sequence[tuple[str, Sequence[ShownCase]]]


def page(run: Run, against: Run | None = None, comparison: Comparison | None = None) -> str:
    """The whole page; ``against`` and ``comparison`` come together or not at all."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    engine = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    engine.filters.update(isgap=lambda line: isinstance(line, Gap), bar=_bar)
    runs = [run, *([against] if against else [])]
    return engine.get_template(TEMPLATE).render(
        run=run,
        against=against,
        comparison=comparison,
        figures=FIGURES,
        headlines=[find_figure(name) for name in HEADLINES],
        shown=shown,
        shown_change=shown_change,
        shown_interval=shown_interval,
        histograms=_histograms(runs),
        groups=_groups(runs),
    )


def _histograms(runs: Sequence[Run]) -> list[Any]:
    from markupsafe import Markup

    drawings = (
        histogram({run.name: run.spread.values(name) for run in runs}, scale)
        for name, scale in SCALES.items()
    )
    return [Markup(drawing) for drawing in drawings if drawing]


def _bar(found: Estimate, figure: Figure) -> dict[str, float] | None:
    """Where value and interval lie on a scale from 0 to 100; None without an end of the scale."""
    whole = WHOLE.get(figure.kind)
    if whole is None or found.interval is None:
        return None
    low, high = (100 * bound / whole for bound in found.interval)
    return {"value": 100 * found.value / whole, "low": low, "width": max(0.5, high - low)}


def _groups(runs: Sequence[Run]) -> list[ShownGroup]:
    groups = []
    for group in GROUPS:
        cases = [(run.name, run.cases.groups.get(group.name, ())) for run in runs]
        shown = [(name, [_shown_case(case) for case in found]) for name, found in cases if found]
        groups.append(ShownGroup(group.name, group.title, shown))
    return groups


def _shown_case(case: Case) -> ShownCase:
    cursors = case.cursor, case.expected_cursor, case.predicted_cursor
    lines = side_by_side(case.before, case.expected, case.predicted, cursors, case.first_row)
    return ShownCase(case, lines, _facts(case.metrics))


def _facts(metrics: Mapping[str, float | None]) -> list[tuple[str, str]]:
    facts = [("deltaChrF", f"{metrics.get('delta_chr_f') or 0:.1f}")]
    if metrics.get("exact_match"):
        facts.append(("exact", "yes"))
    if ratio := metrics.get("reversal_ratio"):
        facts.append(("reversal", f"{ratio:.2f}"))
    before, after = metrics.get("syntax_errors_before"), metrics.get("syntax_errors_after")
    if before is not None and after is not None and after != before:
        facts.append(("syntax errors", f"{before:.0f} → {after:.0f}"))
    inserted, deleted = metrics.get("inserted_tokens") or 0, metrics.get("deleted_tokens") or 0
    facts.append(("code tokens", f"+{inserted:.0f} -{deleted:.0f}"))
    if (seconds := metrics.get("seconds")) is not None:
        facts.append(("seconds", f"{seconds:.3f}"))
    return facts
