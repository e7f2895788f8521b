"""``compare``: what a run changes over another one, on the examples that both have.

``python -m training compare RUN --against OTHER -o OUT``; both are folders that ``evaluate`` wrote.
Writes ``comparison.json`` and ``comparison.txt``.
"""

from pathlib import Path

from pydantic import Field

from training.evaluation.comparing import compare, table_of
from training.evaluation.config import BootstrapConfig, RunNames
from training.evaluation.console import comparison_lines
from training.evaluation.folders import read_rows, whole_folder
from training.stage import FolderStage

JSON_FILE = "comparison.json"
TEXT_FILE = "comparison.txt"


class CompareConfig(BootstrapConfig, RunNames):
    """With what to compare."""

    against: Path = Field(description="Folder of the other evaluation.")


def run(folder: Path, config: CompareConfig, out: Path) -> list[str]:
    """The comparison, in files and as lines for the terminal. Raises ``RunError``."""
    ours, theirs = (table_of(read_rows(each), config.unit) for each in (folder, config.against))
    names = config.of(folder, config.against)
    comparison = compare(ours, theirs, config.settings, config.unit, names)
    lines = comparison_lines(comparison)
    with whole_folder(out, JSON_FILE) as made:
        (made / JSON_FILE).write_text(comparison.model_dump_json(indent=2) + "\n")
        (made / TEXT_FILE).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return lines


STAGE = FolderStage(
    name="compare",
    summary="what an evaluated run changes over another one, example by example",
    version=2,
    config=CompareConfig,
    run=run,
)
