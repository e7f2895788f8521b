"""Diffs as people write them by hand, made well-formed.

Hunk headers are counted anew or added, context that lost its blank gets it back, older marks of
the cursor go inline, and a path that starts with the repository's name loses it where the other
paths of the example do not have it.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from training.eligibility.reserved import owner_and_name
from training.examples import ExampleSpec
from training.files.markdown_cursors import is_cursor_line, mark_above
from training.files.markdown_sections import Block

ACCEPTED = "// User accepted prediction:"
_OLD, _NEW, _HUNK = "--- ", "+++ ", "@@"
_START = re.compile(r"@@+ -([0-9]{1,9})(?:,([0-9]+))? \+([0-9]{1,9})(?:,([0-9]+))?")
_PATH = re.compile(r"(--- a/|\+\+\+ b/)(.*)")


def patch_of_block(text: str, path: str) -> str:
    """The diff in a block; one without file headers is of ``path``."""
    lines = _body(text)
    if not _has_header(lines):
        lines = [f"--- a/{path}", f"+++ b/{path}", *lines]
    return "".join(_mended(file) for file in _files(lines))


def history_of_blocks(blocks: Iterable[Block]) -> str:
    """The diffs of all blocks, file by file, each accepted one after its line."""
    parts: list[str] = []
    for block in blocks:
        for file in _files(_body(block.text)):
            if any(line.strip() for line in file):
                was_accepted = block.line_before == ACCEPTED or ACCEPTED in file
                diff = _mended([line for line in file if line != ACCEPTED])
                parts.append((f"{ACCEPTED}\n" if was_accepted else "") + diff)
    return "".join(parts)


def split_history(history: str) -> Iterator[tuple[bool, str]]:
    """Every file's diff, with whether its user accepted it as a prediction."""
    for file in _files(history.removesuffix("\n").split("\n")):
        diff = [line for line in file if line != ACCEPTED]
        if any(line.strip() for line in diff):
            yield ACCEPTED in file, "\n".join(diff) + "\n"


def without_repository(spec: ExampleSpec) -> ExampleSpec:
    """The shorter paths where an example has some with the repository's name before them."""
    prefix = owner_and_name(spec.repository_url)[1] + "/"
    texts = (spec.edit_history, *spec.expected_patches, spec.rejected_patch or "")
    paths = {spec.cursor_path, *(each[1] for text in texts for each in _PATH.findall(text))}
    longer = {path for path in paths if path.startswith(prefix) and path[len(prefix) :] in paths}
    if prefix == "/" or not longer:
        return spec

    def shortened(text: str) -> str:
        return "\n".join(_short(line, longer, prefix) for line in text.split("\n"))

    path = spec.cursor_path
    return spec.model_copy(
        update={
            "cursor_path": path.removeprefix(prefix) if path in longer else path,
            "edit_history": shortened(spec.edit_history),
            "expected_patches": tuple(map(shortened, spec.expected_patches)),
            "rejected_patch": spec.rejected_patch and shortened(spec.rejected_patch),
        }
    )


def _short(line: str, longer: set[str], prefix: str) -> str:
    found = _PATH.fullmatch(line)
    is_longer = found is not None and found[2] in longer
    return f"{found[1]}{found[2].removeprefix(prefix)}" if found and is_longer else line


def _body(text: str) -> list[str]:
    """Lines without empty ones at the end, which no hunk means."""
    return text.rstrip("\n").split("\n")


def _has_header(lines: Sequence[str]) -> bool:
    return any(_is_header(lines, at) for at in range(len(lines)))


def _is_header(lines: Sequence[str], at: int) -> bool:
    following = lines[at + 1] if at + 1 < len(lines) else ""
    return lines[at].startswith(_OLD) and following.startswith(_NEW)


def _files(lines: Sequence[str]) -> list[list[str]]:
    """The lines of each file's diff; what git writes before the header belongs to it."""
    files: list[list[str]] = [[]]
    for at, line in enumerate(lines):
        starts = _is_header(lines, at) or line.startswith("diff --git ") or line == ACCEPTED
        if starts and any(each.startswith(_NEW) for each in files[-1]):
            files.append([])
        files[-1].append(line)
    return files


def _mended(lines: list[str]) -> str:
    """One file's diff, well-formed."""
    head = next((at for at in range(len(lines)) if _is_header(lines, at)), None)
    if head is None:
        return "\n".join(lines) + "\n"
    header, rest = lines[: head + 2], lines[head + 2 :]
    hunks: list[tuple[str, list[str]]] = []
    for line in rest:
        if line.startswith(_HUNK):
            hunks.append((line, []))
        elif hunks or line.strip():
            if not hunks:
                hunks.append(("@@ -1 +1 @@", []))
            _add(hunks[-1][1], line)
    return "\n".join([*header, *(each for hunk in hunks for each in _hunk(*hunk))]) + "\n"


def _add(hunk: list[str], line: str) -> None:
    if is_cursor_line(line):
        mark_above(hunk, line)
    else:
        is_fine = not line or line[0] in "+- \\"
        hunk.append(line if is_fine else " " + line)


def _hunk(header: str, lines: list[str]) -> list[str]:
    while lines and not lines[-1]:
        lines = lines[:-1]
    lines = [line or " " for line in lines]
    found = _START.match(header)
    old, said_old, new, said_new = found.groups() if found else ("1", None, "1", None)
    sides = (
        _side(int(old), said_old, sum(line[0] in " -" for line in lines)),
        _side(int(new), said_new, sum(line[0] in " +" for line in lines)),
    )
    return ["@@ -{} +{} @@".format(*sides), *lines]


def _side(line_number: int, said: str | None, num_lines: int) -> str:
    """A side without lines is counted from the line before it."""
    was_empty = said is not None and not said.strip("0")
    shift = int(was_empty) - int(num_lines == 0)
    return f"{max(0, line_number + shift)},{num_lines}"
