"""Which checkpoints are whole, and how much of a run's time they carry."""

import json
import re
from pathlib import Path
from typing import Any

from transformers import TrainerCallback

from training.learning.schedule import RunClock

WHOLE_FILE = "whole.json"
_NAME = re.compile(r"checkpoint-(\d+)")


class MarkWhole(TrainerCallback):
    """Writes a last file into each checkpoint; one that a kill cut off lacks it."""

    def __init__(self, clock: RunClock) -> None:
        self._clock = clock

    def on_save(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        if state.is_world_process_zero:
            folder = Path(args.output_dir) / f"checkpoint-{state.global_step}"
            (folder / WHOLE_FILE).write_text(json.dumps({"seconds": self._clock.seconds}))


def newest_whole_checkpoint(folder: Path) -> Path | None:
    """The checkpoint to go on from, if there is one."""
    found = [
        (int(match[1]), path)
        for path in folder.glob("checkpoint-*")
        if (match := _NAME.fullmatch(path.name)) and (path / WHOLE_FILE).is_file()
    ]
    return max(found)[1] if found else None


def seconds_at(checkpoint: Path) -> float:
    """Seconds that the run had taken when it wrote ``checkpoint``."""
    return float(json.loads((checkpoint / WHOLE_FILE).read_text())["seconds"])
