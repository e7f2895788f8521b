"""``pack``: training rows become token ids, in files small enough to carry to where one trains.

Everything that needs this package's tokenizer happens here; ``train`` reads ids only.
"""

from collections.abc import Iterable
from pathlib import Path

from training.learning.packing import PackConfig, pack
from training.rows import TrainingRow
from training.stage import SinkStage


def run(rows: Iterable[TrainingRow], config: PackConfig, out: Path) -> dict[str, int]:
    """Write the rows into ``out``; answers counts for the summary. Raises ``RunError``."""
    manifest = pack(rows, config, out)
    counts = {f"{name}_rows": split.num_rows for name, split in manifest.splits.items()}
    tokens = {f"{name}_tokens": split.num_tokens for name, split in manifest.splits.items()}
    dropped = {f"dropped_{reason}": number for reason, number in manifest.dropped.items()}
    return counts | tokens | dropped


STAGE = SinkStage(
    name="pack",
    summary="training rows as token ids, ready to train on",
    version=1,
    config=PackConfig,
    run=run,
    reads=TrainingRow,
)
