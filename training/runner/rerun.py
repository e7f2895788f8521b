"""The command line that runs a stage as it was run, on one row."""

import shlex
from collections.abc import Sequence
from pathlib import Path

from training.parameters import parameter_arguments
from training.stage import Stage, StageConfig


def rerun_command(
    stage: Stage, config: StageConfig, inputs: Sequence[str], out: Path, row: int
) -> str:
    """Its output lies beside that of the whole run."""
    base, dot, ending = out.name.partition(".")
    alone = out.with_name(f"{base}-row-{row}{dot}{ending}")
    return shlex.join(
        [
            *("python", "-m", "training", stage.name, *inputs, "-o", str(alone)),
            *("--rows", str(row)),
            *parameter_arguments(config),
        ]
    )
