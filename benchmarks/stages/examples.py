"""So many examples as are wanted out of those that there are: evenly chosen, or varied copies."""

import keyword
import re
import zlib
from collections.abc import Iterator
from pathlib import Path

from prompt_format import PromptInput
from prompt_format.cursor_region import CURSOR_MARKER, insert_cursor
from training.examples import Example

WORD = re.compile(r"(?<![A-Za-z_])[A-Za-z_]{4,}(?![A-Za-z_])")
KEPT_WORDS = {
    *keyword.kwlist,
    *("async", "await", "case", "catch", "const", "default", "enum", "export", "extends", "func"),
    *("function", "impl", "import", "interface", "match", "package", "private", "public", "static"),
    *("string", "struct", "switch", "this", "throw", "type", "undefined", "void"),
    *CURSOR_MARKER.strip("<|>").split(),
}
ONE_WORD_IN = 4
HEADERS = ("--- ", "+++ ", "@@ ", "// ")


def count_lines(file: Path) -> int:
    """Rows of a file of rows."""
    with file.open("rb") as lines:
        return sum(1 for _line in lines)


def read_lines(file: Path, count: int) -> Iterator[str]:
    """``count`` rows of examples: evenly chosen of ``file``, or all of them, then varied copies."""
    num_given = count_lines(file)
    if not num_given:
        raise ValueError(f"{file} holds no row")
    if num_given >= count:
        yield from _evenly(file, count, num_given)
        return
    for number in range(0, count, num_given):
        copy = number // num_given
        for line in _evenly(file, min(num_given, count - number), num_given):
            if copy:
                line = varied(Example.model_validate_json(line), copy).model_dump_json() + "\n"
            yield line


def read_examples(file: Path, count: int) -> Iterator[Example]:
    """The rows of ``read_lines`` as examples."""
    return map(Example.model_validate_json, read_lines(file, count))


def _evenly(file: Path, count: int, num_given: int) -> Iterator[str]:
    with file.open(encoding="utf-8", newline="\n") as lines:
        for number, line in enumerate(lines):
            if number * count // num_given != (number + 1) * count // num_given:
                yield line


def varied(example: Example, copy: int) -> Example:
    """``example`` under another name, with a quarter of its words replaced by ones as long.

    A word becomes the same other word everywhere, so that offsets still fit and patches apply.
    """
    given, spec = example.prompt_inputs, example.spec
    if given is not None:
        given = _varied_input(given, copy)
    changes = {
        "name": f"{spec.name}-copy-{copy}",
        "edit_history": _varied_diff(spec.edit_history, copy),
        "expected_patches": tuple(_varied_diff(each, copy) for each in spec.expected_patches),
    }
    if given is not None:
        changes["cursor_position"] = insert_cursor(
            given.cursor_excerpt, given.cursor_offset_in_excerpt
        )
    return example.model_copy(
        update={"spec": spec.model_copy(update=changes), "prompt_inputs": given}
    )


def _varied_input(given: PromptInput, copy: int) -> PromptInput:
    events = tuple(
        each.model_copy(update={"diff": _varied_diff(each.diff, copy)}) for each in given.events
    )
    fields = dict(given) | {"cursor_excerpt": _varied(given.cursor_excerpt, copy), "events": events}
    return PromptInput(**fields)


def _varied_diff(diff: str, copy: int) -> str:
    """Paths stay as they are."""
    lines = diff.split("\n")
    return "\n".join(each if each.startswith(HEADERS) else _varied(each, copy) for each in lines)


def _varied(text: str, copy: int) -> str:
    def other(match: re.Match[str]) -> str:
        word = match[0]
        if word in KEPT_WORDS or zlib.crc32(f"{copy}:{word}".encode()) % ONE_WORD_IN:
            return word
        return "".join(_rotated(letter, copy) for letter in word)

    return WORD.sub(other, text)


def _rotated(letter: str, copy: int) -> str:
    if letter == "_":
        return letter
    first = ord("a") if letter.islower() else ord("A")
    return chr(first + (ord(letter) - first + 1 + copy % 25) % 26)
