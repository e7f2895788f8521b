"""``sweep``: Sweep's next-edit models; the rows around the cursor before, now, and as they will be.

    <|file_sep|>item.py
    class Item: …
    <|file_sep|>cart.py
    more of the file, before the latest edits
    <|file_sep|>cart.py:1:1
    original:
    TAX = 0.1
    updated:
    TAX = 0.2
    <|file_sep|>original/cart.py:12:14
    def grand_total(items):

    <|file_sep|>current/cart.py:12:14
    def grand_total(items):
        ret<|cursor|>
    <|file_sep|>updated/cart.py:12:14

Expected output:

    def grand_total(items):
        return subtotal(items)
    <|file_sep|>

Sections and markers are those that Sweep's own server and other clients send; the rows before the
latest edits are found by undoing what of them stands in the rows shown.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from prompt_format.anchored_window import MAX_BYTES_PER_TOKEN
from prompt_format.budget import TokenBudget, TokenCounter
from prompt_format.errors import InvalidPatch
from prompt_format.inputs import EditEvent, PromptInput, TextRange
from prompt_format.lines import LineIndex
from prompt_format.outputs import Edit, NoEdit, ParseReason, RenderedPrompt
from prompt_format.related import related_section
from prompt_format.special_tokens import contains_special_token, refuse_special_tokens
from prompt_format.text_so_far import without_markers
from prompt_format.udiff import Hunk, read_hunks

SECTION = "<|file_sep|>"
CURSOR = "<|cursor|>"
END = "<|endoftext|>"

PROMPT_TOKENS = 3072
RELATED_TOKENS = 768
HISTORY_TOKENS = 512
MAX_HUNKS = 6
ROWS_ABOVE, ROWS_BELOW = 2, 5
ANCHOR_ROWS = 16


@dataclass(frozen=True, slots=True)
class Sweep:
    """See the module."""

    name: str = "sweep"
    aliases: tuple[str, ...] = ()
    description: str = "Sweep's next-edit models: the rows around the cursor before, now and next"
    stop: tuple[str, ...] = (SECTION,)
    special_tokens: tuple[str, ...] = (SECTION, CURSOR, END)

    def render(self, prompt_input: PromptInput, budget: TokenBudget) -> RenderedPrompt | NoEdit:
        refuse_special_tokens(prompt_input, self.special_tokens)
        limit = budget.limit(PROMPT_TOKENS)
        region = _region(prompt_input)
        tail = self._history(prompt_input, budget.count) + _versions(prompt_input, region)
        left = limit - budget.count(tail)
        if left < 0:
            return NoEdit(ParseReason.PROMPT_TOO_LONG, f"the prompt exceeds {limit} tokens")
        files = related_section(
            prompt_input.related_files or (),
            SECTION,
            min(RELATED_TOKENS, left),
            budget.count,
            self.special_tokens,
        )
        context = _context(prompt_input, region, left - budget.count(files), budget.count)
        text = prompt_input.excerpt_bytes
        around = _undone(prompt_input, text[context.start : context.end].decode())
        head = f"{SECTION}{prompt_input.cursor_path}\n{around}\n"
        if budget.count(files + head + tail) > limit:
            files, head, context = "", "", region
        return RenderedPrompt(
            text=files + head + tail,
            context_range=context,
            editable_range=region,
            cursor_offset=prompt_input.cursor_offset_in_excerpt,
            region=text[region.start : region.end].decode(),
            reference=text[region.start : region.end].decode(),
            stop=self.stop,
            special_tokens=self.special_tokens,
        )

    def parse(self, output: str, rendered: RenderedPrompt) -> Edit | NoEdit:
        text = output.partition(SECTION)[0].partition(END)[0]
        before, marker, after = text.partition(CURSOR)
        if CURSOR in after:
            return NoEdit(ParseReason.MARKERS_OUT_OF_ORDER, "the cursor stands in two places")
        cursor = len(before.encode()) if marker else None
        return Edit(rendered.editable_range, before + after, cursor)

    def text_so_far(self, output: str, _rendered: RenderedPrompt) -> str | None:
        return without_markers(output, self.special_tokens)

    def expected_output(self, rendered: RenderedPrompt, edit: Edit) -> str:
        text = edit.new_text
        return (text if text.endswith("\n") or not text else text + "\n") + SECTION

    def _history(self, prompt_input: PromptInput, count: TokenCounter) -> str:
        """The newest hunks that fit, oldest first."""
        sections: list[str] = []
        left = HISTORY_TOKENS
        for event, hunk in _hunks_newest_first(prompt_input.events):
            old, new = ("".join(lines).strip("\n") for lines in (hunk.old_lines, hunk.new_lines))
            rows = f"{hunk.new_row + 1}:{hunk.new_row + len(hunk.new_lines)}"
            section = f"{SECTION}{event.path}:{rows}\noriginal:\n{old}\nupdated:\n{new}\n"
            if contains_special_token(event.path + old + new, self.special_tokens):
                continue
            left -= count(section)
            if left < 0 or len(sections) == MAX_HUNKS:
                break
            sections.append(section)
        return "".join(reversed(sections))


def _region(prompt_input: PromptInput) -> TextRange:
    """Whole rows around the cursor, without the last one's newline."""
    index = LineIndex(prompt_input.excerpt_bytes)
    row = index.row(prompt_input.cursor_offset_in_excerpt)
    last = min(len(index) - 1, row + ROWS_BELOW)
    return TextRange(start=index.starts[max(0, row - ROWS_ABOVE)], end=index.end(last))


def _context(
    prompt_input: PromptInput, region: TextRange, limit: int, count: TokenCounter
) -> TextRange:
    """Rows around the region, in steps that hold still while rows are typed, as many as fit."""
    text = prompt_input.excerpt_bytes
    index = LineIndex(text)
    first, last = index.row(region.start), index.row(region.end)
    offset = (prompt_input.excerpt_start_row or 0) % ANCHOR_ROWS
    context, left = region, limit - count(text[region.start : region.end].decode())
    while context.start > 0 or context.end < len(text):
        first = max(0, (first + offset - 1) // ANCHOR_ROWS * ANCHOR_ROWS - offset)
        last = (last + offset + 1) // ANCHOR_ROWS * ANCHOR_ROWS + ANCHOR_ROWS - 1 - offset
        last = min(len(index) - 1, last)
        wider = TextRange(start=index.starts[first], end=index.end(last))
        added = text[wider.start : context.start] + text[context.end : wider.end]
        if len(added) > MAX_BYTES_PER_TOKEN * left:
            break
        left -= count(added.decode())
        if left < 0:
            break
        context = wider
    return context


def _versions(prompt_input: PromptInput, region: TextRange) -> str:
    """The region before the latest edits and now, and the head of what it will be."""
    text, cursor = prompt_input.excerpt_bytes, prompt_input.cursor_offset_in_excerpt
    first = (prompt_input.excerpt_start_row or 0) + text.count(b"\n", 0, region.start) + 1
    now = text[region.start : region.end]
    last = first + now.count(b"\n")
    place = f"{prompt_input.cursor_path}:{first}:{last}"
    before, after = now[: cursor - region.start].decode(), now[cursor - region.start :].decode()
    return (
        f"{SECTION}original/{place}\n{_undone(prompt_input, now.decode())}\n"
        f"{SECTION}current/{place}\n{before}{CURSOR}{after}\n"
        f"{SECTION}updated/{place}\n"
    )


def _undone(prompt_input: PromptInput, rows: str) -> str:
    """``rows`` before the newest edits of the file, as far as what they made stands in them."""
    text = f"\n{rows}\n"
    for event, hunk in _hunks_newest_first(prompt_input.events):
        if not event.is_of(prompt_input.cursor_path):
            break
        for old, new in _runs(hunk):
            if f"\n{new}" in text:
                text = text.replace(f"\n{new}", f"\n{old}", 1)
    return text[1:-1]


def _runs(hunk: Hunk) -> Iterator[tuple[str, str]]:
    """Each run of changed lines before and after, with a line of context on either side."""
    start = 0
    for is_changed, group in groupby(hunk.lines, key=lambda line: line[0] != " "):
        end = start + len(list(group))
        if is_changed:
            lines = hunk.lines[max(0, start - 1) : end + 1]
            yield (
                "".join(line[1:] for line in lines if line[0] in " -"),
                "".join(line[1:] for line in lines if line[0] in " +"),
            )
        start = end


def _hunks_newest_first(events: tuple[EditEvent, ...]) -> Iterator[tuple[EditEvent, Hunk]]:
    for event in reversed(events):
        try:
            hunks = read_hunks(event.diff)
        except InvalidPatch:
            continue  # a client's events are shown as they come, or not at all
        for hunk in reversed(hunks):
            yield event, hunk
