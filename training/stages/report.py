"""``report``: an evaluation as one HTML page, with plots and the worst and best cases side by side.

``python -m training report RUN [--against OTHER] -o OUT``; both are folders that ``evaluate``
wrote, and the cases of both are shown. The page is ``OUT/report.html``; it holds everything it
shows.
"""

from pathlib import Path

from pydantic import Field

from training.evaluation.cases import Cases
from training.evaluation.comparing import compare, table_of
from training.evaluation.config import BootstrapConfig, RunNames
from training.evaluation.distributions import Distributions
from training.evaluation.folders import (
    CASES_FILE,
    SUMMARY_FILE,
    read_rows,
    read_value,
    whole_folder,
)
from training.evaluation.page import Run, page
from training.evaluation.summary import Summary
from training.stage import FolderStage

PAGE_FILE = "report.html"


class ReportConfig(BootstrapConfig, RunNames):
    """What to show. Intervals of the run itself are those of ``evaluate``."""

    against: Path | None = Field(default=None, description="Evaluation to compare with.")


def run(folder: Path, config: ReportConfig, out: Path) -> list[str]:
    """Write the page. Raises ``RunError``."""
    if config.against is None:
        html = page(_run(folder, config.name or folder.name))
    else:
        name, other_name = names = config.of(folder, config.against)
        ours, theirs = (table_of(read_rows(each), config.unit) for each in (folder, config.against))
        comparison = compare(ours, theirs, config.settings, config.unit, names)
        html = page(_run(folder, name), _run(config.against, other_name), comparison)
    with whole_folder(out, PAGE_FILE) as made:
        (made / PAGE_FILE).write_text(html, encoding="utf-8")
    return [f"{out / PAGE_FILE}: {len(html.encode()):,} bytes"]


def _run(folder: Path, name: str) -> Run:
    spread = Distributions()
    for row in read_rows(folder):
        spread.add(row)
    summary = read_value(folder, SUMMARY_FILE, Summary)
    return Run(name, summary, spread, read_value(folder, CASES_FILE, Cases))


STAGE = FolderStage(
    name="report",
    summary="an evaluation as one HTML page, with plots and the worst and best cases",
    version=2,
    config=ReportConfig,
    run=run,
)
