"""``python -m training STAGE [INPUT …] -o OUT [--parameter VALUE …]``: the pipeline, by hand."""

import sys
from collections.abc import Sequence


def run(arguments: Sequence[str] | None = None) -> int:
    """0: all rows are fine, 1: some failed, 2: the run could not start or go on."""
    try:
        from training.commands import main  # takes longer than an impatient user waits
    except KeyboardInterrupt:
        return 130
    return main(list(sys.argv[1:] if arguments is None else arguments))


if __name__ == "__main__":
    sys.exit(run())
