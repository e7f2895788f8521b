"""What Foretype's own formats share: sections ordered by how long they stay the same.

For small models with StarCoder's special tokens (SmolLM2 among them): every marker is one token of
their vocabulary. Sections that a keystroke leaves as they are come first, so that an engine need
not read them again; the text at the cursor comes last.

    <file_sep>shop/cart.py
    rows far above the cursor<jupyter_text>rest of the cursor's line
    rows below
    <jupyter_script>the latest edits, newest last
    <jupyter_code>the rows that the format shows last

All windows begin at rows that are multiples of eight, so that they do not move with every line.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass

from prompt_format.budget import TokenBudget, TokenCounter
from prompt_format.formats.foretype_history import FILE, HISTORY, history_section
from prompt_format.inputs import PromptInput, TextRange
from prompt_format.lines import LineIndex
from prompt_format.outputs import Edit, NoEdit, ParseReason, RenderedPrompt
from prompt_format.special_tokens import refuse_special_tokens

BELOW = "<jupyter_text>"
NEAR = "<jupyter_code>"
CURSOR = "<jupyter_output>"
QUIET = "<empty_output>"
OLD = "<issue_start>"
NEW = "<issue_comment>"
END = "<|endoftext|>"
SPECIAL_TOKENS = (FILE, BELOW, HISTORY, NEAR, CURSOR, QUIET, OLD, NEW, END)

PROMPT_TOKENS = 768
NEAR_TOKENS = 256
BELOW_TOKENS = 160

ANCHOR_ROWS = 8
REGION_ROWS = 24
FAR_ROWS = 16


@dataclass(frozen=True, slots=True)
class Window:
    """What is shown of the file, in rows of the excerpt: far, near and below the cursor's row."""

    index: LineIndex
    cursor_row: int
    far: int
    near: int
    end: int

    @property
    def region(self) -> TextRange:
        """From the first near row to the last one below, without its newline."""
        return TextRange(start=self.index.starts[self.near], end=self.index.end(self.end - 1))


@dataclass(frozen=True, slots=True)
class ForetypeFormat(ABC):
    """A format of our own: says which rows come last, and how an answer is written."""

    name: str
    description: str
    aliases: tuple[str, ...] = ()
    stop: tuple[str, ...] = (END,)
    special_tokens: tuple[str, ...] = SPECIAL_TOKENS

    @abstractmethod
    def below(self, text: bytes, cursor: int, window: Window) -> str:
        """The section of what stands behind the cursor."""

    @abstractmethod
    def last(self, text: bytes, cursor: int, window: Window) -> str:
        """The section that the answer follows."""

    @abstractmethod
    def reference(self, region: str) -> str:
        """What the answer is likely to repeat from its start on."""

    @abstractmethod
    def parse(self, output: str, rendered: RenderedPrompt) -> Edit | NoEdit: ...

    @abstractmethod
    def text_so_far(self, output: str, rendered: RenderedPrompt) -> str | None: ...

    @abstractmethod
    def expected_output(self, rendered: RenderedPrompt, edit: Edit) -> str: ...

    def render(self, prompt_input: PromptInput, budget: TokenBudget) -> RenderedPrompt | NoEdit:
        refuse_special_tokens(prompt_input, self.special_tokens)
        text, cursor = prompt_input.excerpt_bytes, prompt_input.cursor_offset_in_excerpt
        limit = budget.limit(PROMPT_TOKENS)
        window = _window(prompt_input, limit, budget.count)
        if window is None:
            message = f"the cursor's line exceeds {min(limit, NEAR_TOKENS)} tokens"
            return NoEdit(ParseReason.PROMPT_TOO_LONG, message)
        starts = window.index.starts
        history = history_section(prompt_input, budget.count, self.special_tokens)
        head = f"{FILE}{prompt_input.cursor_path}\n"
        tail = self.below(text, cursor, window) + history + self.last(text, cursor, window)
        far = self._far(text, window, limit - budget.count(head + tail), budget.count)
        if far is None:
            return NoEdit(ParseReason.PROMPT_TOO_LONG, f"the prompt exceeds {limit} tokens")
        span = window.region
        region = text[span.start : span.end].decode()
        return RenderedPrompt(
            text=head + text[starts[far] : span.start].decode() + tail,
            context_range=TextRange(start=starts[far], end=span.end),
            editable_range=span,
            cursor_offset=cursor,
            region=region,
            reference=self.reference(region),
            stop=self.stop,
            special_tokens=self.special_tokens,
        )

    def _far(self, text: bytes, window: Window, room: int, count: TokenCounter) -> int | None:
        """The first row that still fits into ``room`` tokens, in steps of four rows."""
        starts = window.index.starts
        for far in range(window.far, window.near + 1, ANCHOR_ROWS // 2):
            if count(text[starts[far] : starts[window.near]].decode()) <= room:
                return far
        return window.near if room >= 0 else None


def _window(prompt_input: PromptInput, limit: int, count: TokenCounter) -> Window | None:
    """Rows around the cursor, fewer where they are long; None if its own row is too long."""
    text = prompt_input.excerpt_bytes
    index = LineIndex(text)
    row = index.row(prompt_input.cursor_offset_in_excerpt)
    first_row = prompt_input.excerpt_start_row or 0
    anchored = (first_row + row - ANCHOR_ROWS) // ANCHOR_ROWS * ANCHOR_ROWS - first_row
    near, end = max(0, anchored), min(len(index), max(anchored, 0) + REGION_ROWS)

    def tokens(first: int, last: int) -> int:
        return count(text[index.starts[first] : index.end(last - 1)].decode())

    while near < row and tokens(near, row + 1) > min(limit // 2, NEAR_TOKENS):
        near += 1
    if tokens(row, row + 1) > min(limit // 2, NEAR_TOKENS):
        return None
    while end > row + 1 and tokens(row + 1, end) > min(limit // 4, BELOW_TOKENS):
        end -= 1
    return Window(index, row, max(0, anchored - FAR_ROWS), near, end)
