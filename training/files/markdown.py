"""Examples as markdown: a front matter, then a section for each part of the ``spec``.

Written: fields that markdown has a section for; every block ends in a newline, the cursor stands
inline. Read besides: older marks of the cursor, and diffs as people write them by hand
(``training.files.markdown_diffs``). Unknown sections and front matter are passed over.
"""

import json
import tomllib
from collections.abc import Iterator
from typing import Any

from prompt_format.cursor_region import insert_cursor
from training.errors import InvalidRow
from training.examples import Example, ExampleSpec, OpenedFile
from training.files.markdown_cursors import inline_cursor
from training.files.markdown_diffs import (
    ACCEPTED,
    history_of_blocks,
    patch_of_block,
    split_history,
    without_repository,
)
from training.files.markdown_sections import Section, fence, read_sections

ROLLBACK = "uncommitted_diff_requires_edit_history_rollback"
_FRONT = "+++"


def read_markdown(text: str, name: str) -> Example:
    """The example in a file; ``name`` is its name if it has no heading.

    Raises ``InvalidRow`` for what is no such file, ``pydantic.ValidationError`` for a wrong type.
    """
    front, body = _front_matter(text.removeprefix("\ufeff").replace("\r\n", "\n"))
    title, sections = read_sections(body)
    given: dict[str, Any] = {
        "name": title or name,
        "repository_url": front.get("repository_url", ""),
        "revision": front.get("revision", ""),
        "tags": front.get("tags", ()),
        "uncommitted_diff_contains_edit_history": front.get(ROLLBACK, False),
    }
    for section in sections:
        given |= _fields(section, given)
    if "cursor_position" not in given:
        raise InvalidRow("there is no section Cursor Position")
    patches = [patch_of_block(each, given["cursor_path"]) for each in given.pop("patches", ())]
    rejected = given.pop("rejected", None)
    if rejected is not None:
        given["rejected_patch"] = patch_of_block(rejected, given["cursor_path"])
    spec = ExampleSpec(**given, expected_patches=tuple(patches))
    return Example(spec=without_repository(spec))


def write_markdown(example: Example) -> str:
    """The ``spec`` of ``example``; the other sections of the record have no place in markdown.

    Where the spec says nothing of the cursor or the history, ``prompt_inputs`` do.
    """
    return "\n".join(_parts(_completed(example)))


def _completed(example: Example) -> ExampleSpec:
    spec, given = example.spec, example.prompt_inputs
    if given is None:
        return spec
    marked = insert_cursor(given.cursor_excerpt, given.cursor_offset_in_excerpt)
    history = "".join(
        (f"{ACCEPTED}\n" if event.predicted else "")
        + patch_of_block(f"--- a/{event.old_path}\n+++ b/{event.path}\n{event.diff}", event.path)
        for event in given.events
    )
    return spec.model_copy(
        update={
            "cursor_path": spec.cursor_path or given.cursor_path,
            "cursor_position": spec.cursor_position or marked,
            "edit_history": spec.edit_history or history,
        }
    )


def _fields(section: Section, given: dict[str, Any]) -> dict[str, Any]:
    """What a section says, by field of the spec; patches under names of their own."""
    blocks = section.blocks
    match section.title:
        case "reasoning":
            is_block = bool(blocks) and not section.text
            reasoning = blocks[0].text.removesuffix("\n") if is_block else section.text
            return {"reasoning": reasoning or None}
        case "uncommitted diff":
            return {"uncommitted_diff": "".join(block.text for block in blocks)}
        case "recently opened files":
            return {"recently_opened_files": _opened(section)}
        case "recently viewed files":
            return {"recently_viewed_files": _opened(section)}
        case "edit history":
            history = given.get("edit_history", "")
            return {"edit_history": history + history_of_blocks(blocks)}
        case "cursor position":
            if not blocks:
                raise InvalidRow("Cursor Position has no block")
            text = inline_cursor(blocks[0].text)
            return {"cursor_path": blocks[0].info, "cursor_position": text}
        case "expected patch":
            return {"patches": [*given.get("patches", ()), *(block.text for block in blocks)]}
        case "rejected patch" if blocks:
            return {"rejected": blocks[0].text}
    return {}


def _front_matter(text: str) -> tuple[dict[str, Any], str]:
    lines = text.lstrip("\n").split("\n")
    if lines[0].rstrip() != _FRONT:
        return {}, text
    end = next((at for at, line in enumerate(lines[1:], 1) if line.rstrip() == _FRONT), None)
    if end is None:
        raise InvalidRow("the front matter has no end")
    try:
        return tomllib.loads("\n".join(lines[1:end])), "\n".join(lines[end + 1 :])
    except tomllib.TOMLDecodeError:
        raise InvalidRow("the front matter is no TOML") from None


def _opened(section: Section) -> list[OpenedFile]:
    text = "\n".join([*(block.text for block in section.blocks), section.text])
    found = []
    for line in text.split("\n"):
        path, tab, offset = line.rpartition("\t")
        if tab and offset.strip().isdecimal():
            found.append(OpenedFile(path=path, cursor_position=int(offset)))
        elif line.strip():
            found.append(OpenedFile(path=line.rstrip("\t")))
    return found


def _parts(spec: ExampleSpec) -> Iterator[str]:
    yield _FRONT
    yield f"repository_url = {_toml(spec.repository_url)}"
    yield f"revision = {_toml(spec.revision)}"
    if spec.tags:
        yield f"tags = [{', '.join(map(_toml, spec.tags))}]"
    if spec.uncommitted_diff_contains_edit_history:
        yield f"{ROLLBACK} = true"
    yield f"{_FRONT}\n"
    if spec.name.strip():
        yield f"# {' '.join(spec.name.split())}\n"
    if spec.reasoning:
        yield f"## Reasoning\n\n{fence(spec.reasoning + chr(10), 'text')}"
    if spec.uncommitted_diff:
        yield f"## Uncommitted Diff\n\n{fence(spec.uncommitted_diff, 'diff')}"
    for title, files in (
        ("Recently Opened Files", spec.recently_opened_files),
        ("Recently Viewed Files", spec.recently_viewed_files),
    ):
        if files:
            lines = (f"{file.path}\t{_offset(file)}".rstrip("\t") for file in files)
            yield f"## {title}\n\n{fence(chr(10).join(lines), 'text')}"
    if spec.edit_history:
        yield "## Edit History\n"
        for was_accepted, diff in split_history(spec.edit_history):
            yield (f"{ACCEPTED}\n\n" if was_accepted else "") + fence(diff, "diff")
    yield f"## Cursor Position\n\n{fence(spec.cursor_position, spec.cursor_path)}"
    if spec.expected_patches:
        yield "## Expected Patch\n"
        yield from (fence(patch, "diff") for patch in spec.expected_patches)
    if spec.rejected_patch:
        yield f"## Rejected Patch\n\n{fence(spec.rejected_patch, 'diff')}"


def _offset(file: OpenedFile) -> str:
    return "" if file.cursor_position is None else str(file.cursor_position)


def _toml(text: str) -> str:
    """A basic string: JSON's escapes, and the one that JSON leaves out."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
