"""The diagnostics section: what the language server complains about, nearest first."""

from collections.abc import Sequence

from prompt_format.budget import BYTES_PER_TOKEN, TokenCounter
from prompt_format.inputs import Diagnostic, PromptInput
from prompt_format.lines import split_lines
from prompt_format.special_tokens import contains_special_token

MAX_DIAGNOSTICS = 10
MAX_SNIPPET_TOKENS = 256
CLAMPED = "..."
FENCE = "```"


def diagnostics_section(
    prompt_input: PromptInput,
    header: str,
    max_tokens: int,
    count: TokenCounter,
    special_tokens: Sequence[str] = (),
) -> str:
    """``header`` and the nearest diagnostics that fit into ``max_tokens``; empty if none does."""
    total = count(header)
    pieces: list[str] = []
    for diagnostic in _nearest(prompt_input):
        text = _render(diagnostic)
        if contains_special_token(text, special_tokens):
            continue
        total += count(text)
        if total > max_tokens:
            break
        pieces.append(text)
    return header + "".join(pieces) if pieces else ""


def _nearest(prompt_input: PromptInput) -> list[Diagnostic]:
    diagnostics = list(prompt_input.active_buffer_diagnostics)
    if prompt_input.excerpt_start_row is not None:
        before = prompt_input.excerpt_bytes[: prompt_input.cursor_offset_in_excerpt]
        row = prompt_input.excerpt_start_row + before.count(b"\n")

        def distance(diagnostic: Diagnostic) -> int:
            rows = diagnostic.snippet_buffer_row_range
            return abs(row - rows.start) + abs(row - rows.end)

        diagnostics.sort(key=distance)
    return diagnostics[:MAX_DIAGNOSTICS]


def _render(diagnostic: Diagnostic) -> str:
    if not diagnostic.snippet:
        return f"*{diagnostic.message}*\n"
    snippet = _clamped(diagnostic.snippet)
    return f"*{diagnostic.message}*:\n{FENCE}\n{snippet}\n{FENCE}\n"


def _clamped(snippet: str) -> str:
    """As many whole lines as fit."""
    if len(snippet.encode()) // BYTES_PER_TOKEN <= MAX_SNIPPET_TOKENS:
        return snippet
    kept, size = [], 0
    for line in split_lines(snippet):
        size += len(line.encode())
        if size // BYTES_PER_TOKEN > MAX_SNIPPET_TOKENS:
            break
        kept.append(line)
    return "".join(kept) + CLAMPED
