"""Folders that ``evaluate`` wrote, read; and folders written whole."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from training.errors import RunError
from training.evaluation.rows import EvaluatedRow
from training.files.replacing import replace_folder

SUMMARY_FILE = "summary.json"
ROWS_FILE = "rows.jsonl"
CASES_FILE = "cases.json"

Value = TypeVar("Value", bound=BaseModel)


def read_value(folder: Path, name: str, kind: type[Value]) -> Value:
    """The JSON file ``name`` of an evaluation. Raises ``RunError``."""
    try:
        return kind.model_validate_json((folder / name).read_bytes())
    except (OSError, ValidationError):
        raise _unreadable(folder, name) from None


def read_rows(folder: Path) -> Iterator[EvaluatedRow]:
    """The examples of an evaluation, one by one. Raises ``RunError``."""
    try:
        with (folder / ROWS_FILE).open("rb") as lines:
            for line in lines:
                yield EvaluatedRow.model_validate_json(line)
    except (OSError, ValidationError):
        raise _unreadable(folder, ROWS_FILE) from None


@contextmanager
def whole_folder(out: Path, main_file: str) -> Iterator[Path]:
    """A folder to fill; what is in it gets the name ``out`` at the end, if there is no error.

    A folder of that name is replaced if it holds ``main_file``, as an earlier one of its kind does,
    or nothing. Raises ``RunError`` for any other: it may be dear to someone.
    """
    if out.is_dir() and any(out.iterdir()) and not (out / main_file).is_file():
        raise RunError(f"{out} exists and holds no {main_file}; name another folder")
    made = out.with_name(f".{out.name}.made")
    shutil.rmtree(made, ignore_errors=True)
    made.mkdir(parents=True)
    yield made
    replace_folder(made, out)


def _unreadable(folder: Path, name: str) -> RunError:
    return RunError(f"{folder / name} cannot be read; is {folder} what evaluate wrote?")
