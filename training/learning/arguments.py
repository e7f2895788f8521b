"""The command line of ``training.learning.train``: one option for each parameter."""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from training.errors import RunError
from training.learning.settings import TrainConfig


def parsed(arguments: Sequence[str]) -> tuple[Path, Path, TrainConfig]:
    """The folder of packed rows, the folder to write, the parameters. Raises ``RunError``.

    ``--config FILE`` holds parameters as a JSON object; options override it. Lists are written
    with commas.
    """
    parser = argparse.ArgumentParser(prog="python -m training.learning.train")
    parser.add_argument("packed", type=Path, help="folder that pack wrote")
    parser.add_argument("-o", "--output", type=Path, required=True, help="folder to write")
    parser.add_argument("--config", type=Path, help="JSON file of parameters")
    for name, field in TrainConfig.model_fields.items():
        shown = "" if field.is_required() else f" (default: {field.default})"
        option = "--" + name.replace("_", "-")
        parser.add_argument(option, dest=name, help=(field.description or "") + shown)
    values = vars(parser.parse_args(arguments))
    packed, out, file = values.pop("packed"), values.pop("output"), values.pop("config")
    given = {name: _value(name, text) for name, text in values.items() if text is not None}
    try:
        return packed, out, TrainConfig(**(_read(file) | given))
    except ValidationError as error:
        first = error.errors()[0]
        raise RunError(f"--{'.'.join(map(str, first['loc']))}: {first['msg']}") from None


def _read(file: Path | None) -> dict[str, Any]:
    if file is None:
        return {}
    try:
        values = json.loads(file.read_text())
    except (OSError, ValueError) as error:
        raise RunError(f"{file} cannot be read: {error}") from None
    if not isinstance(values, dict):
        raise RunError(f"{file} holds no JSON object")
    return values


def _value(name: str, text: str) -> object:
    if isinstance(TrainConfig.model_fields[name].default, tuple):
        return tuple(text.split(","))
    return None if text == "none" and name != "tracker" else text
