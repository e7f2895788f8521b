"""Passages from the rows of ``training synthesize`` in its mode ``sessions``.

All rows of one typed line lead to one text; the first of them is the state to type from.
"""

from collections.abc import Iterator
from difflib import SequenceMatcher
from pathlib import Path

from benchmarks.replay.passage import Passage
from training.checks.change import text_after
from training.examples import Example
from training.history.git import ChangedBlock
from training.history.script import read_script


def passages_in(file: Path) -> Iterator[Passage]:
    """One passage for each typed line."""
    before = ("", "")
    with file.open(encoding="utf-8", newline="\n") as rows:
        for row in rows:
            example = Example.model_validate_json(row)
            assert example.prompt_inputs is not None
            after = text_after(example.prompt_inputs, example.spec.expected_patches[0])
            line = (example.session or example.spec.name, after)
            if line != before and (passage := _passage(example, after)):
                yield passage
            before = line


def _passage(example: Example, after: str) -> Passage | None:
    given = example.prompt_inputs
    assert given is not None
    old, new = given.cursor_excerpt.splitlines(), after.splitlines()
    changes = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    blocks = [
        ChangedBlock(new_row, tuple(old[first:last]), tuple(new[new_row:new_end]))
        for kind, first, last, new_row, new_end in changes
        if kind != "equal"
    ]
    script = read_script(given.cursor_path, new, blocks)
    if not script.order:
        return None
    return Passage(example.spec.name, script, 0, len(script.order), given.events)
