"""Which part of a file goes into a prompt, and which part of that the model may rewrite.

Zed's algorithm: whole rows around the cursor by an estimated token budget, first evenly, then along
syntax nodes, then row by row. All offsets are UTF-8 bytes, all budgets estimated tokens.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from prompt_format.budget import BYTES_PER_TOKEN
from prompt_format.errors import InvalidRange
from prompt_format.inputs import ExcerptRanges, PromptInput, TextRange
from prompt_format.lines import LineIndex

EXCERPT_TOKENS = 8192

_MAX_ROW_BYTES_PER_TOKEN = 6
"""A row of five bytes and its newline costs one token; no row has more bytes for its cost."""


@dataclass(frozen=True, slots=True)
class _Span:
    """Rows ``first`` to ``last``, both included, and the budget left after taking them."""

    first: int
    last: int
    budget: int

    def rows_beyond(self, first: int, last: int) -> tuple[range, range]:
        """The rows above and below this span that ``first`` to ``last`` would add."""
        return range(first, self.first), range(self.last + 1, last + 1)


class _Rows:
    """The rows around a cursor with what each costs.

    Only what ``max_tokens`` can reach is looked at, however long the text is. Where that ends
    within a row, or a node lies beyond it, neither can be afforded: the rows before cost too much.
    """

    def __init__(self, text: bytes, cursor: int, max_tokens: int) -> None:
        row_start = text.rfind(b"\n", 0, cursor) + 1
        row_end = text.find(b"\n", cursor)
        row_end = len(text) if row_end < 0 else row_end
        reach = _MAX_ROW_BYTES_PER_TOKEN * max_tokens + 1
        self.offset = max(0, row_start - reach)
        self.index = LineIndex(text[self.offset : row_end + reach])
        self.costs = [max(1, length // BYTES_PER_TOKEN) for length in self.index.lengths]
        self.cursor_row = self.index.row(cursor - self.offset)

    def range(self, span: _Span) -> TextRange:
        found = TextRange(start=self.index.starts[span.first], end=self.index.end(span.last))
        return found.shifted(self.offset)

    def evenly(self, budget: int) -> _Span:
        """From the cursor's row, one row down and one up in turn, until one does not fit."""
        costs, last_row = self.costs, len(self.costs) - 1
        first = last = self.cursor_row
        budget -= costs[self.cursor_row]
        while budget > 0 and (first > 0 or last < last_row):
            if last < last_row:
                if costs[last + 1] > budget:
                    break
                last += 1
                budget -= costs[last]
            if first > 0 and budget > 0:
                if costs[first - 1] > budget:
                    break
                first -= 1
                budget -= costs[first]
        return _Span(first, last, max(0, budget))

    def along_syntax(self, span: _Span, nodes: Sequence[TextRange]) -> _Span:
        """Node by node, innermost first, until one does not fit."""
        for first, last in self._larger_nodes(span, nodes):
            above, below = span.rows_beyond(first, last)
            cost = sum(self.costs[row] for row in (*above, *below))
            if cost > span.budget:
                break
            span = _Span(min(first, span.first), max(last, span.last), span.budget - cost)
        return span

    def _larger_nodes(self, span: _Span, nodes: Sequence[TextRange]) -> Iterator[tuple[int, int]]:
        previous = None
        for node in nodes:
            rows = (
                self.index.row(node.start - self.offset),
                self.index.row(node.end - self.offset),
            )
            if (rows[0] < span.first or rows[1] > span.last) and rows != previous:
                previous = rows
                yield rows

    def row_by_row(self, span: _Span, *, prefer_up: bool) -> _Span:
        """One row in the preferred direction, then one in the other, skipping what does not fit."""
        first, last, budget = span.first, span.last, span.budget
        is_stuck = False
        while budget > 0 and not is_stuck:
            is_stuck = True
            for up in (prefer_up, not prefer_up):
                row = first - 1 if up else last + 1
                if 0 <= row < len(self.costs) and self.costs[row] <= budget:
                    budget -= self.costs[row]
                    first, last = (row, last) if up else (first, row)
                    is_stuck = False
        return _Span(first, last, budget)

    def editable(self, nodes: Sequence[TextRange], tokens: int) -> _Span:
        even_share = tokens * 3 // 4
        even = self.evenly(even_share)
        even = _Span(even.first, even.last, even.budget + tokens - even_share)
        grown = self.along_syntax(even, nodes)
        prefer_up = even.first - grown.first <= grown.last - even.last
        return self.row_by_row(grown, prefer_up=prefer_up)

    def context(self, editable: _Span, nodes: Sequence[TextRange], tokens: int) -> _Span:
        span = _Span(editable.first, editable.last, tokens)
        grown = self.along_syntax(span, nodes)
        return grown if grown != span else self.row_by_row(span, prefer_up=True)


def cursor_excerpt_range(text: bytes, cursor: int, max_tokens: int = EXCERPT_TOKENS) -> TextRange:
    """The whole rows around ``cursor`` that an editor sends: up to 8192 estimated tokens.

    The cursor's own row is always part of it, however long it is.
    """
    rows = _Rows(text, cursor, max_tokens)
    return rows.range(rows.evenly(max_tokens))


def editable_and_context(
    prompt_input: PromptInput, editable_tokens: int, context_tokens: int
) -> tuple[TextRange, TextRange]:
    """What may be rewritten and what is shown around it, by the given budgets.

    Syntax ranges rule; without them, ranges that the client computed for these budgets are taken.
    Raises ``InvalidRange`` if the latter do not lie within each other.
    """
    nodes = prompt_input.syntax_ranges
    given = prompt_input.excerpt_ranges
    if nodes is None and given is not None:
        editable = getattr(given, f"editable_{editable_tokens}", None)
        context = getattr(given, f"editable_{editable_tokens}_context_{context_tokens}", None)
        if isinstance(editable, TextRange) and isinstance(context, TextRange):
            if not context.contains(editable):
                raise InvalidRange("an editable range of excerpt_ranges lies outside its context")
            return editable, context
    cursor = prompt_input.cursor_offset_in_excerpt
    rows = _Rows(prompt_input.excerpt_bytes, cursor, editable_tokens + context_tokens)
    editable_span = rows.editable(nodes or (), editable_tokens)
    context_span = rows.context(editable_span, nodes or (), context_tokens)
    return rows.range(editable_span), rows.range(context_span)


def excerpt_ranges(prompt_input: PromptInput) -> ExcerptRanges:
    """All the ranges that Zed's clients send, by their names; given ones are passed through."""
    if prompt_input.syntax_ranges is None and prompt_input.excerpt_ranges is not None:
        return prompt_input.excerpt_ranges
    cursor = prompt_input.cursor_offset_in_excerpt
    rows = _Rows(prompt_input.excerpt_bytes, cursor, 350 + 8192)
    nodes = prompt_input.syntax_ranges or ()
    spans = {tokens: rows.editable(nodes, tokens) for tokens in (150, 180, 350, 512)}

    def context(editable: int, tokens: int) -> TextRange:
        return rows.range(rows.context(spans[editable], nodes, tokens))

    return ExcerptRanges(
        editable_150=rows.range(spans[150]),
        editable_180=rows.range(spans[180]),
        editable_350=rows.range(spans[350]),
        editable_150_context_350=context(150, 350),
        editable_180_context_350=context(180, 350),
        editable_350_context_150=context(350, 150),
        editable_512=rows.range(spans[512]),
        editable_350_context_512=context(350, 512),
        editable_350_context_1024=context(350, 1024),
        context_4096=context(350, 4096),
        context_8192=context(350, 8192),
    )
