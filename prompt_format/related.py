"""The related-files section: the most relevant excerpts of other files that fit."""

from collections.abc import Sequence

from prompt_format.budget import TokenCounter
from prompt_format.inputs import PromptInput, RelatedExcerpt, RelatedFile, TextRange
from prompt_format.lines import with_newline
from prompt_format.special_tokens import contains_special_token

OMITTED_LINE = "...\n"


def related_section(
    files: Sequence[RelatedFile],
    file_marker: str,
    max_tokens: int,
    count: TokenCounter,
    special_tokens: Sequence[str] = (),
) -> str:
    """Files under a ``file_marker`` line each, in their own order, rows left out shown as ``...``.

    Excerpts are taken by relevance until the first that does not fit into ``max_tokens``. What
    holds one of ``special_tokens`` is left out.
    """
    plain = [_without(file, special_tokens) for file in files]
    by_relevance = sorted(
        (excerpt.order, file_at, excerpt_at)
        for file_at, file in enumerate(plain)
        for excerpt_at, excerpt in enumerate(file.excerpts)
    )
    chosen: dict[int, set[int]] = {}
    total = 0
    for _order, file_at, excerpt_at in by_relevance:
        file, excerpt = plain[file_at], plain[file_at].excerpts[excerpt_at]
        if file_at not in chosen:
            total += count(_header(file, file_marker))
        total += count(_longest_form(excerpt, file))
        if total > max_tokens:
            break
        chosen.setdefault(file_at, set()).add(excerpt_at)
    return "".join(_render(plain[at], chosen[at], file_marker) for at in sorted(chosen))


def without_context_excerpts(
    prompt_input: PromptInput, context: TextRange
) -> tuple[RelatedFile, ...]:
    """Related files less those excerpts of the cursor's file that lie within ``context`` anyway."""
    files = prompt_input.related_files or ()
    if prompt_input.excerpt_start_row is None:
        return files
    text = prompt_input.excerpt_bytes
    inside = text[context.start : context.end]
    first = prompt_input.excerpt_start_row + text.count(b"\n", 0, context.start)
    end = first + inside.count(b"\n") + (not inside.endswith(b"\n"))

    def is_shown(excerpt: RelatedExcerpt) -> bool:
        return excerpt.row_range.start >= first and excerpt.row_range.end <= end

    kept = []
    for file in files:
        if file.path == prompt_input.cursor_path:
            excerpts = tuple(excerpt for excerpt in file.excerpts if not is_shown(excerpt))
            file = file.model_copy(update={"excerpts": excerpts})
        if file.excerpts:
            kept.append(file)
    return tuple(kept)


def _without(file: RelatedFile, special_tokens: Sequence[str]) -> RelatedFile:
    if contains_special_token(file.path, special_tokens):
        return file.model_copy(update={"excerpts": ()})
    excerpts = tuple(
        excerpt
        for excerpt in file.excerpts
        if not contains_special_token(excerpt.text, special_tokens)
    )
    return file.model_copy(update={"excerpts": excerpts})


def _header(file: RelatedFile, file_marker: str) -> str:
    return f"{file_marker}{file.path}\n"


def _longest_form(excerpt: RelatedExcerpt, file: RelatedFile) -> str:
    omitted = OMITTED_LINE if excerpt.row_range.end < file.max_row else ""
    return with_newline(excerpt.text) + omitted


def _render(file: RelatedFile, chosen: set[int], file_marker: str) -> str:
    excerpts = [excerpt for at, excerpt in enumerate(file.excerpts) if at in chosen]
    next_starts = [excerpt.row_range.start for excerpt in excerpts[1:]]
    pieces = [_header(file, file_marker)]
    for excerpt, following in zip(excerpts, [*next_starts, file.max_row], strict=True):
        pieces.append(with_newline(excerpt.text))
        if excerpt.row_range.end < following:
            pieces.append(OMITTED_LINE)
    return "".join(pieces)
