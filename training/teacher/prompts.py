"""What the teacher is shown of an example: history, related files, the open file, diagnostics.

Tags of the template must not act from within user code: an open file that holds one gives no
prompt, other pieces that hold one are left out. Code blocks are fenced by more backticks than any
text in them has.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pydantic import Field

from prompt_format import EditEvent, InvalidRange, PromptInput, TextRange
from prompt_format.budget import estimate_tokens
from prompt_format.cursor_region import CURSOR_MARKER, surroundings
from prompt_format.diagnostics import diagnostics_section
from prompt_format.events import render_event
from prompt_format.lines import split_lines
from prompt_format.regions import editable_and_context
from prompt_format.related import related_section, without_context_excerpts
from prompt_format.special_tokens import contains_special_token, refuse_special_tokens
from training.errors import InvalidRow
from training.stage import StageConfig
from training.teacher.templates import Template
from training.teacher.values import Message

REGION_START = "<|editable_region_start|>"
REGION_END = "<|editable_region_end|>"
TAGS = (REGION_START, REGION_END, CURSOR_MARKER)

SHORTEST_FENCE = 5
_EXCERPT_MARKER = "// file: "
_BACKTICKS = re.compile(r"`+")


class PromptConfig(StageConfig):
    """How much the teacher sees, and of what. Token counts are estimates of a third of the bytes.

    ``editable_tokens`` and ``region_context_tokens`` choose the region as a prompt format does: by
    default that of the formats that rewrite a region.
    """

    template: str = Field(default="teacher", description="A template's name, or its .md file.")
    editable_tokens: int = Field(default=350, ge=1)
    region_context_tokens: int = Field(default=150, ge=0)
    file_tokens: int = Field(default=2048, ge=0, description="Shown around the region.")
    history_lines: int = Field(default=128, ge=0)
    related_tokens: int = Field(default=1024, ge=0)
    diagnostics_tokens: int = Field(default=1024, ge=0)


@dataclass(frozen=True, slots=True)
class TeacherPrompt:
    """A prompt, and the region of the excerpt that the answer replaces."""

    message: Message
    template: str
    editable: TextRange
    region: str


def teacher_prompt(
    prompt_input: PromptInput, template: Template, config: PromptConfig
) -> TeacherPrompt:
    """The prompt for an example.

    Raises ``SpecialTokenInInput`` if the open file holds a tag, ``InvalidRow`` for ranges that do
    not fit together.
    """
    refuse_special_tokens(prompt_input, TAGS)
    editable, shown = _ranges(prompt_input, config)
    around = surroundings(prompt_input, editable, shown)
    files = without_context_excerpts(prompt_input, shown)
    values = {
        "history": _history(prompt_input.events, config.history_lines),
        "related": related_section(
            files, _EXCERPT_MARKER, config.related_tokens, estimate_tokens, TAGS
        ).rstrip("\n"),
        "path": prompt_input.cursor_path,
        "before": around.before,
        "region": around.region_with_cursor(),
        "after": around.after,
        "diagnostics": diagnostics_section(
            prompt_input, "", config.diagnostics_tokens, estimate_tokens, TAGS
        ).rstrip("\n"),
    }
    text = template.render(fence=fence_for(values.values()), **values)
    return TeacherPrompt(Message("user", text), template.label, editable, around.region)


def editable_range(prompt_input: PromptInput, editable_tokens: int, context: int) -> TextRange:
    """The region by the given budgets. Raises ``InvalidRow`` for ranges that do not fit."""
    try:
        return editable_and_context(prompt_input, editable_tokens, context)[0]
    except InvalidRange as error:
        raise InvalidRow(str(error)) from None


def fence_for(texts: Iterable[str]) -> str:
    """As many backticks as no text has in a row, at least five."""
    longest = max((len(run) for text in texts for run in _BACKTICKS.findall(text)), default=0)
    return "`" * max(SHORTEST_FENCE, longest + 1)


def _ranges(prompt_input: PromptInput, config: PromptConfig) -> tuple[TextRange, TextRange]:
    """The region as a prompt format has it, and a wider part of the file around it."""
    editable = editable_range(prompt_input, config.editable_tokens, config.region_context_tokens)
    without_ranges = prompt_input.model_copy(update={"excerpt_ranges": None})
    _, wide = editable_and_context(without_ranges, config.editable_tokens, config.file_tokens)
    shown = TextRange(start=min(wide.start, editable.start), end=max(wide.end, editable.end))
    return editable, shown


def _history(events: Sequence[EditEvent], max_lines: int) -> str:
    """The newest edits that fit, oldest first; of a newest one that is too long, its end."""
    chosen: list[str] = []
    left = max_lines
    for event in reversed(events):
        text = render_event(event)
        if contains_special_token(text, TAGS):
            continue
        lines = split_lines(text if text.endswith("\n") else text + "\n")
        if len(lines) > left:
            if not chosen and left:
                chosen.append("".join(lines[-left:]))
            break
        left -= len(lines)
        chosen.append("".join(lines))
    return "".join(reversed(chosen)).rstrip("\n")
