"""``evaluate``: all figures of a scored set, with intervals, by slices, and the cases to look at.

Reads what ``score`` wrote. Writes ``summary.json``, ``summary.txt``, ``rows.jsonl`` (scores of each
example, for ``compare``) and ``cases.json`` (texts of the worst and best, for ``report``).
"""

from collections.abc import Iterable
from pathlib import Path

from pydantic import Field

from training.evaluation.config import BootstrapConfig
from training.evaluation.console import summary_lines
from training.evaluation.evaluating import evaluate
from training.examples import Example
from training.stage import SinkStage

TEXT_FILE = "summary.txt"


class EvaluateConfig(BootstrapConfig):
    """What to sum up."""

    provider: str | None = Field(default=None, description="Only its predictions; null: all.")
    num_cases: int = Field(default=12, ge=0, description="Kept of each group of cases.")


def run(rows: Iterable[Example], config: EvaluateConfig, out: Path) -> list[str]:
    """The figures, in files and as lines for the terminal. Raises ``RunError``, ``RowError``."""
    summary = evaluate(
        rows,
        out,
        config.settings,
        unit=config.unit,
        provider=config.provider,
        num_cases=config.num_cases,
    )
    lines = summary_lines(summary)
    (out / TEXT_FILE).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return lines


STAGE = SinkStage(
    name="evaluate",
    summary="all figures of a scored set, with intervals, by slices",
    version=2,
    config=EvaluateConfig,
    run=run,
)
