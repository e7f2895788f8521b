"""What all formats for Seed-Coder share: the order of sections and who gets which budget.

    <[fim-suffix]>text after the editable region
    <[fim-prefix]><filename>related/file.py
    …
    <filename>edit_history
    …
    <filename>the/open/file.py
    text before the editable region, and the region in the format's own way
    <[fim-middle]>

The suffix comes first: what stands after ``<[fim-middle]>`` is the model's. Budgets are given to
the open file, then to the history, then to related files.
"""

from collections.abc import Callable
from dataclasses import dataclass

from prompt_format.budget import TokenBudget
from prompt_format.events import history_section
from prompt_format.inputs import PromptInput, TextRange
from prompt_format.lines import with_newline
from prompt_format.outputs import Edit, NoEdit, ParseReason
from prompt_format.related import related_section, without_context_excerpts

FIM_SUFFIX = "<[fim-suffix]>"
FIM_PREFIX = "<[fim-prefix]>"
FIM_MIDDLE = "<[fim-middle]>"
FILE_MARKER = "<filename>"
CURSOR_MARKER = "<|user_cursor|>"
END_OF_SENTENCE = "<[end▁of▁sentence]>"
HISTORY_HEADER = f"{FILE_MARKER}edit_history\n"

SPECIAL_TOKENS = (FIM_SUFFIX, FIM_PREFIX, FIM_MIDDLE, FILE_MARKER, CURSOR_MARKER)

EDITABLE_TOKENS = 350
CONTEXT_TOKENS = 150
PROMPT_TOKENS = 4096
_SAFETY = 0.9

ExtraSection = Callable[[int, TokenBudget], str]
"""Renders a section of a format's own within a number of tokens."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The context split at the editable region, and the cursor within the region."""

    before: str
    region: str
    after: str
    cursor: int

    def region_with_cursor(self) -> str:
        return insert_cursor(self.region, self.cursor)


def surroundings(
    prompt_input: PromptInput, editable: TextRange, context: TextRange
) -> Surroundings:
    """Cut the excerpt. The cursor is in bytes of the region, clipped to it."""
    text = prompt_input.excerpt_bytes
    cursor = min(max(prompt_input.cursor_offset_in_excerpt, editable.start), editable.end)
    return Surroundings(
        before=text[context.start : editable.start].decode(),
        region=text[editable.start : editable.end].decode(),
        after=text[editable.end : context.end].decode(),
        cursor=cursor - editable.start,
    )


def insert_cursor(text: str, cursor: int) -> str:
    """``text`` with the cursor marker at byte ``cursor``."""
    encoded = text.encode()
    return encoded[:cursor].decode() + CURSOR_MARKER + encoded[cursor:].decode()


def take_cursor(text: str) -> tuple[str, int | None]:
    """``text`` without its first cursor marker, and where that stood, in bytes."""
    before, marker, after = text.partition(CURSOR_MARKER)
    return before + after, len(before.encode()) if marker else None


def assemble(
    prompt_input: PromptInput,
    context: TextRange,
    after: str,
    cursor_section: str,
    budget: TokenBudget,
    *,
    special_tokens: tuple[str, ...],
    format_limit: int = PROMPT_TOKENS,
    extra: ExtraSection | None = None,
) -> str | NoEdit:
    """The whole prompt, or the reason that it does not fit.

    ``extra`` gets what the history leaves and stands first among the sections.
    """
    limit = budget.limit(format_limit)
    count = budget.count
    suffix_section = with_newline(FIM_SUFFIX + after)
    left = int(limit * _SAFETY)
    left = max(0, left - count(suffix_section + FIM_PREFIX))
    left = max(0, left - count(cursor_section + FIM_MIDDLE))
    history = history_section(prompt_input.events, HISTORY_HEADER, left, count, special_tokens)
    left = max(0, left - count(history + "\n"))
    extra_section = ""
    if extra is not None:
        extra_section = extra(left, budget)
        left = max(0, left - count(extra_section + "\n"))
    files = without_context_excerpts(prompt_input, context)
    related = related_section(files, FILE_MARKER, left, count, special_tokens)
    sections = (section + "\n" for section in (extra_section, related, history) if section)
    prompt = suffix_section + FIM_PREFIX + "".join(sections) + cursor_section + FIM_MIDDLE
    if count(prompt) > limit:
        return NoEdit(ParseReason.PROMPT_TOO_LONG, f"the prompt exceeds {limit} tokens")
    return prompt


def edit_of(region_text: str, editable: TextRange) -> Edit:
    """The edit that replaces the region by ``region_text``, its cursor marker taken out."""
    new_text, cursor = take_cursor(region_text)
    return Edit(editable, new_text, cursor)
