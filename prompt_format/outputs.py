"""What rendering and parsing answer: a prompt, an edit, or a reason why there is none."""

from dataclasses import dataclass
from enum import StrEnum

from prompt_format.inputs import TextRange


class ParseReason(StrEnum):
    """Why no prompt could be rendered, or no edit read from the model's output."""

    PROMPT_TOO_LONG = "prompt_too_long"
    EMPTY_CONTEXT = "empty_context"
    CODE_AFTER_CURSOR = "code_after_cursor"
    EMPTY_OUTPUT = "empty_output"
    UNCLOSED_BRACKET = "unclosed_bracket"
    MARKERS_MISSING = "markers_missing"
    MARKERS_OUT_OF_RANGE = "markers_out_of_range"
    MARKERS_OUT_OF_ORDER = "markers_out_of_order"


@dataclass(frozen=True, slots=True)
class NoEdit:
    """There is nothing to show. ``message`` explains the reason to a person, without user code."""

    reason: ParseReason
    message: str


@dataclass(frozen=True, slots=True)
class Edit:
    """New text for a range of the excerpt: whole-region form, possibly unchanged text.

    ``editable_range`` is in bytes of the excerpt; ``cursor_offset``, the predicted cursor, in bytes
    of ``new_text``.
    """

    editable_range: TextRange
    new_text: str
    cursor_offset: int | None = None

    def ending_like(self, region: str) -> "Edit":
        """The edit with a final newline just where ``region``, the text it replaces, has one.

        Regions end before a line's newline, while models end every line with one.
        """
        text = self.new_text
        if text.endswith("\n") and not region.endswith("\n"):
            text = text[:-1]
        elif text and region.endswith("\n") and not text.endswith("\n"):
            text += "\n"
        cursor = self.cursor_offset
        if cursor is not None:
            cursor = min(cursor, len(text.encode()))
        return Edit(self.editable_range, text, cursor)


@dataclass(frozen=True, slots=True)
class RenderedPrompt:
    """A prompt and all that is needed to read the answer to it.

    ``text`` is what the model sees (without ``prefill``, the forced start of its output). Ranges
    are in bytes of the excerpt. ``special_tokens`` are the format's markers that the tokenizer must
    encode as single tokens where it knows them; everything else in ``text`` is plain. ``reference``
    is the text a draft may copy from. ``continues_text``: the output goes on from within a text,
    perhaps from within a word.
    """

    text: str
    context_range: TextRange
    editable_range: TextRange
    cursor_offset: int
    region: str
    reference: str
    stop: tuple[str, ...] = ()
    special_tokens: tuple[str, ...] = ()
    prefill: str = ""
    continues_text: bool = False

    @property
    def model_input(self) -> str:
        """All that the model reads before it goes on."""
        return self.text + self.prefill

    @property
    def editable_range_in_context(self) -> TextRange:
        return self.editable_range.shifted(-self.context_range.start)

    @property
    def around_cursor(self) -> tuple[str, str]:
        """The region's text before and behind the cursor; on one side if that lies outside."""
        region = self.region.encode()
        cursor = max(0, self.cursor_offset - self.editable_range.start)
        return region[:cursor].decode(), region[cursor:].decode()

    @property
    def cursor_offset_in_context(self) -> int:
        return self.cursor_offset - self.context_range.start
