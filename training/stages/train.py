"""``train``: packed rows become an adapter, or a fine-tuned model.

``python -m training.learning.train`` is the same without the other stages and what they import,
for machines that hold little more than PyTorch; there it is also what ``accelerate launch`` starts.
"""

from pathlib import Path

from training.learning.settings import TrainConfig
from training.learning.train import train
from training.stage import FolderStage


def run(folder: Path, config: TrainConfig, out: Path) -> Path:
    """Train on what ``pack`` wrote into ``folder``. Raises ``RunError``."""
    return train(folder, out, config)


STAGE = FolderStage(
    name="train",
    summary="a student from packed rows: imitation (sft) or preference (dpo)",
    version=1,
    config=TrainConfig,
    run=run,
)
