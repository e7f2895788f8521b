"""``convert``: examples from lines to markdown files and back, by what the output is called."""

import re
from collections.abc import Iterable
from pathlib import Path

from training.examples import Example
from training.stage import MapStage, SinkStage, StageConfig

MAX_NAME_BYTES = 200


class ConvertConfig(StageConfig):
    """There is nothing to choose."""


def unchanged(example: Example, config: ConvertConfig) -> Example:
    """Reading and writing is all there is to do."""
    return example


def write_folder(rows: Iterable[Example], config: ConvertConfig, out: Path) -> list[str]:
    """A markdown file for each example, named after it; of the same names, later ones get a number.

    Markdown holds the ``spec`` only.
    """
    from training.files.markdown import write_markdown

    taken: set[str] = set()
    for row in rows:
        name = base = file_name(row.spec.name)
        number = 1
        while name.lower() in taken:
            number += 1
            name = f"{base}-{number}"
        taken.add(name.lower())
        (out / f"{name}.md").write_text(write_markdown(row), encoding="utf-8", newline="")
    return [f"{len(taken)} files"]


def file_name(name: str) -> str:
    """``name`` as the name of a file anywhere."""
    plain = re.sub(r"[^\w.-]+", "-", name).encode(errors="replace")[:MAX_NAME_BYTES]
    return plain.decode(errors="ignore").strip(".-") or "example"


TO_LINES = MapStage("convert", "examples as lines", 1, ConvertConfig, unchanged)
TO_FOLDER = SinkStage("convert", "examples as markdown files", 1, ConvertConfig, write_folder)


def converter_for(out: Path) -> MapStage | SinkStage:
    """Lines for ``.jsonl`` and ``.jsonl.zst``, else a folder of markdown files."""
    return TO_LINES if out.name.endswith((".jsonl", ".jsonl.zst")) else TO_FOLDER
