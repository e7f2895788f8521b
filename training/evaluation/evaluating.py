"""Evaluates scored examples in one pass: the numbers of all, the texts of a few."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from training.errors import RunError
from training.evaluation.bootstrap import BootstrapSettings
from training.evaluation.cases import CaseCollector
from training.evaluation.distributions import Distributions
from training.evaluation.folders import CASES_FILE, ROWS_FILE, SUMMARY_FILE
from training.evaluation.rows import EvaluatedRow, evaluated_row
from training.evaluation.summary import Summary, estimates, num_left_out, slices
from training.evaluation.table import TableBuilder, Unit
from training.examples import Example


def evaluate(
    examples: Iterable[Example],
    out: Path,
    settings: BootstrapSettings,
    *,
    unit: Unit,
    provider: str | None,
    num_cases: int,
) -> Summary:
    """Write ``summary.json``, ``rows.jsonl`` and ``cases.json`` into ``out``; answer the first.

    Raises ``MissingSection`` for an example without scores, ``RunError`` if nothing is predicted.
    """
    builder, spread = TableBuilder(unit), Distributions()
    cases, count = CaseCollector(num_cases), _Count()
    with (out / ROWS_FILE).open("w", encoding="utf-8") as file:
        for example in examples:
            row = evaluated_row(example, provider)
            count.add(row)
            if row.predictions:
                file.write(row.model_dump_json() + "\n")
                builder.add(row)
                spread.add(row)
                cases.add(example, row.key, provider)
    if not count.num_examples:
        asked = "" if provider is None else f" by {provider!r}"
        raise RunError(f"none of the {count.num_without} examples has a prediction{asked}")
    table = builder.table()
    summary = Summary(
        num_examples=len(table),
        num_predictions=sum(count.providers.values()),
        num_without_prediction=count.num_without,
        figures=estimates(table, settings),
        distributions=spread.percentiles(),
        providers=_by_count(count.providers),
        reasons=_by_count(count.reasons),
        unit=unit,
        num_clusters=len(np.unique(table.clusters.numbers)),
        num_resamples=settings.num_resamples,
        confidence=settings.confidence,
        seed=settings.seed,
        slices=slices(table, settings),
        num_left_out_slices=dict(num_left_out(table)),
    )
    (out / SUMMARY_FILE).write_text(summary.model_dump_json(indent=2) + "\n")
    (out / CASES_FILE).write_text(cases.cases().model_dump_json() + "\n", encoding="utf-8")
    return summary


class _Count:
    """What is counted beside the figures."""

    def __init__(self) -> None:
        self.num_examples = 0
        self.num_without = 0
        self.providers: Counter[str] = Counter()
        self.reasons: Counter[str] = Counter()

    def add(self, row: EvaluatedRow) -> None:
        if row.predictions:
            self.num_examples += 1
        else:
            self.num_without += 1
        self.providers.update(each.provider for each in row.predictions)
        self.reasons.update(
            each.reason for each in row.predictions if each.reason and not each.metrics.get("given")
        )


def _by_count(counts: "Counter[str]") -> dict[str, int]:
    """Most frequent first, equal ones by name."""
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
