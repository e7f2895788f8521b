"""``python -m prompt_format COMMAND``: one JSON object per line in, one per line out.

    formats                                    the registered formats
    ranges           {input}                   editable and context ranges
    render           {format, input}           the prompt
    parse            {format, input, output}   the edit in a model's output, and as a patch
    expected-output  {format, input, patch}    what a perfect model answers

A line that cannot be used is answered by ``{"error": {"code", "message"}}``, and the next one read.
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from pydantic import ValidationError

from prompt_format.budget import TokenBudget
from prompt_format.errors import PromptFormatError
from prompt_format.formats.registry import FORMATS, find_format
from prompt_format.inputs import PromptInput, TextRange
from prompt_format.outputs import NoEdit, RenderedPrompt
from prompt_format.patches import edit_of_patch, patch_of
from prompt_format.regions import excerpt_ranges

Record = dict[str, Any]


def ranges(record: Record) -> Record:
    """Every range by its name, as ``[start, end]``."""
    found = excerpt_ranges(_input(record))
    return {name: _pair(getattr(found, name)) for name in type(found).model_fields}


def render(record: Record) -> Record:
    """The prompt with its prefill and ranges."""
    rendered = _rendered(record)
    if isinstance(rendered, NoEdit):
        return _error(rendered.reason, rendered.message)
    return {
        "prompt": rendered.text,
        "prefill": rendered.prefill,
        "context_range": _pair(rendered.context_range),
        "editable_range_in_context": _pair(rendered.editable_range_in_context),
        "cursor_offset_in_context": rendered.cursor_offset_in_context,
    }


def parse(record: Record) -> Record:
    """The new region and the patch that makes it."""
    rendered = _rendered(record)
    if isinstance(rendered, NoEdit):
        return _error(rendered.reason, rendered.message)
    edit = find_format(_text(record, "format")).parse(_text(record, "output"), rendered)
    if isinstance(edit, NoEdit):
        return _error(edit.reason, edit.message)
    return {
        "result": {
            "new_editable_region": edit.new_text,
            "range_in_excerpt": edit.editable_range.model_dump(),
            "cursor_offset_in_new_editable_region": edit.cursor_offset,
        },
        "patch": patch_of(_input(record), rendered, edit),
    }


def expected_output(record: Record) -> Record:
    """The output that parses to the patch."""
    rendered = _rendered(record)
    if isinstance(rendered, NoEdit):
        return _error(rendered.reason, rendered.message)
    edit = edit_of_patch(_input(record), rendered, _text(record, "patch"))
    prompt_format = find_format(_text(record, "format"))
    return {"expected_output": prompt_format.expected_output(rendered, edit)}


COMMANDS: Mapping[str, Callable[[Record], Record]] = MappingProxyType(
    {"ranges": ranges, "render": render, "parse": parse, "expected-output": expected_output}
)


def answers(command: str, lines: Iterable[str]) -> Iterator[str]:
    """The JSON line that answers each of ``lines``."""
    for line in lines:
        if line.strip():
            yield json.dumps(_answer(COMMANDS[command], line), ensure_ascii=False)


def _answer(command: Callable[[Record], Record], line: str) -> Record:
    try:
        record = json.loads(line)
        json.dumps(record, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return _error("invalid_request", "the line holds half a surrogate pair or is not UTF-8")
    except (ValueError, RecursionError):
        return _error("invalid_json", "the line is not JSON")
    if not isinstance(record, dict):
        return _error("invalid_request", "the line is not a JSON object")
    try:
        return command(record)
    except ValidationError as error:
        fields = (".".join(map(str, p["loc"])) + f": {p['msg']}" for p in error.errors())
        return _error("invalid_request", "; ".join(fields))
    except PromptFormatError as error:
        return _error(error.code, str(error))


def _error(code: str, message: str) -> Record:
    return {"error": {"code": code, "message": message}}


def _input(record: Record) -> PromptInput:
    return PromptInput.model_validate(record.get("input"))


def _text(record: Record, name: str) -> str:
    value = record.get(name)
    if not isinstance(value, str):
        raise InvalidField(f"{name} must be a string")
    return value


class InvalidField(PromptFormatError):
    """A field of a line is missing or of the wrong type."""

    code = "invalid_request"


def _rendered(record: Record) -> RenderedPrompt | NoEdit:
    prompt_format = find_format(_text(record, "format"))
    return prompt_format.render(_input(record), TokenBudget())


def _pair(given: TextRange | None) -> list[int] | None:
    return None if given is None else [given.start, given.end]


def main() -> None:
    """Run the command that the arguments name on standard input."""
    parser = argparse.ArgumentParser(prog="python -m prompt_format", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("command", choices=["formats", *COMMANDS])
    command = parser.parse_args().command
    if command == "formats":
        for each in FORMATS.values():
            print(f"{each.name:<24}{', '.join(each.aliases):<10}{each.description}")
        return
    lines = (line.decode(errors="surrogateescape") for line in sys.stdin.buffer)
    for answer in answers(command, lines):
        sys.stdout.buffer.write(answer.encode() + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
