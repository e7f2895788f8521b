"""Commands about the model: ``python -m model obtain``."""

import argparse
import sys
from pathlib import Path

from model.errors import ModelFilesError
from model.weights import obtain
from model.weights.resolve import default_cache_dir


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m model")
    commands = parser.add_subparsers(dest="command", required=True)
    command = commands.add_parser(
        "obtain", help="download and convert the default model, or repair it; prints its folder"
    )
    command.add_argument("--cache-dir", type=Path, default=None, help="where models are kept")
    arguments = parser.parse_args()
    try:
        folder = obtain(arguments.cache_dir or default_cache_dir(), report=_report)
    except ModelFilesError as error:
        _report(str(error))
        return 1
    print(folder)
    return 0


def _report(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
