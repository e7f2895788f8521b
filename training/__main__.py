"""``python -m training STAGE [INPUT …] -o OUT [--parameter VALUE …]``: the pipeline, by hand."""

import sys
from collections.abc import Sequence

from training.commands import main


def run(arguments: Sequence[str] | None = None) -> int:
    """0: all rows are fine, 1: some failed, 2: the run could not start or go on."""
    return main(list(sys.argv[1:] if arguments is None else arguments))


if __name__ == "__main__":
    sys.exit(run())
