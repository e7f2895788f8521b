"""From a request's shapes to the values that prompts are rendered from.

Raises ``InvalidRange`` for a place that lies outside the text or splits a character.
"""

from dataclasses import dataclass

from prompt_format import (
    Diagnostic,
    EditEvent,
    InvalidRange,
    PromptInput,
    RelatedExcerpt,
    RelatedFile,
    TextRange,
    cursor_excerpt_range,
)
from server.predictions import Ask, Caller, Consent, Document
from server.source_text import SourceText
from server.wire.predict import (
    DiagnosticAt,
    Place,
    PlaceRange,
    PredictRequest,
    RecentEdit,
    RelatedFileRows,
    RowColumn,
)


@dataclass(frozen=True, slots=True)
class Received:
    """A request in our terms, and what is needed to answer in the client's."""

    ask: Ask
    source: SourceText
    excerpt_start: int
    """Byte offset in ``source.text`` of the excerpt that the ask holds."""


def receive(request: PredictRequest, request_id: str, deadline: float) -> Received:
    """Translate a request. ``deadline`` is an instant of the monotonic clock."""
    source = SourceText(request.text, request.unit, request.excerpt_start_row)
    cursor = _byte_offset(source, request.cursor, "cursor")
    text = source.encoded
    excerpt = cursor_excerpt_range(text, cursor)
    excerpt_text = text[excerpt.start : excerpt.end].decode()
    prompt_input = PromptInput(
        cursor_path=request.path,
        cursor_excerpt=excerpt_text,
        cursor_offset_in_excerpt=cursor - excerpt.start,
        excerpt_start_row=request.excerpt_start_row + text.count(b"\n", 0, excerpt.start),
        events=tuple(_event(event, request.in_open_source_repo) for event in request.events),
        related_files=tuple(
            _related_file(file, request.in_open_source_repo) for file in request.related_files
        ),
        active_buffer_diagnostics=tuple(
            _diagnostic(source, text, diagnostic, f"diagnostics.{index}")
            for index, diagnostic in enumerate(request.diagnostics)
        ),
        syntax_ranges=_syntax_ranges(source, request.syntax_ranges, excerpt),
        in_open_source_repo=request.in_open_source_repo,
        can_collect_data=request.can_collect_data,
        repo_url=request.repo_url,
    )
    caller = Caller(
        user=request.user,
        session=request.session,
        project=request.project if request.project is not None else request.repo_url or "",
        consent=Consent(request.can_collect_data, request.in_open_source_repo),
    )
    ask = Ask(
        request_id=request_id,
        prompt_input=prompt_input,
        caller=caller,
        deadline=deadline,
        experiment=request.experiment,
        prompt_format=request.prompt_format,
        document=None if request.reports_settled else _document(request, source, excerpt),
    )
    return Received(ask=ask, source=source, excerpt_start=excerpt.start)


def _byte_offset(source: SourceText, place: Place, name: str) -> int:
    if isinstance(place, RowColumn):
        return source.byte_offset_at(place.row, place.column, name)
    return source.byte_offset(place, name)


def _byte_range(source: SourceText, places: PlaceRange, name: str) -> TextRange:
    start = _byte_offset(source, places.start, f"{name}.start")
    end = _byte_offset(source, places.end, f"{name}.end")
    if end < start:
        raise InvalidRange(f"{name} ends before it starts")
    return TextRange(start=start, end=end)


def _syntax_ranges(
    source: SourceText, ranges: list[PlaceRange] | None, excerpt: TextRange
) -> tuple[TextRange, ...] | None:
    """Clipped to the excerpt and relative to it; those outside say nothing about the cursor."""
    if ranges is None:
        return None
    clipped = []
    for index, places in enumerate(ranges):
        given = _byte_range(source, places, f"syntax_ranges.{index}")
        start, end = max(given.start, excerpt.start), min(given.end, excerpt.end)
        if start < end:
            clipped.append(TextRange(start=start - excerpt.start, end=end - excerpt.start))
    return tuple(clipped)


def _unix(text: str) -> str:
    return text.replace("\r\n", "\n")


def _document(request: PredictRequest, source: SourceText, excerpt: TextRange) -> Document:
    return Document(source.text, excerpt.start, request.excerpt_start_row, request.version)


def _event(event: RecentEdit, in_open_source_repo: bool) -> EditEvent:
    """Without the file header that some clients send before the first hunk."""
    diff = _unix(event.diff)
    first_hunk = 0 if diff.startswith("@@") else diff.find("\n@@") + 1
    diff = diff[first_hunk:]
    if diff and not diff.endswith("\n"):
        diff += "\n"
    return EditEvent(
        path=event.path,
        old_path=event.old_path or event.path,
        diff=diff,
        predicted=event.predicted,
        in_open_source_repo=in_open_source_repo,
    )


def _related_file(file: RelatedFileRows, in_open_source_repo: bool) -> RelatedFile:
    excerpts = []
    for rows in file.excerpts:
        text = _unix(rows.text)
        num_rows = text.count("\n") + (not text.endswith("\n"))
        row_range = TextRange(start=rows.start_row, end=rows.start_row + num_rows)
        excerpts.append(RelatedExcerpt(row_range=row_range, text=text, order=rows.order))
    last_row = max((excerpt.row_range.end for excerpt in excerpts), default=0)
    max_row = last_row if file.max_row is None else file.max_row
    return RelatedFile(
        path=file.path,
        max_row=max_row,
        excerpts=tuple(excerpts),
        in_open_source_repo=in_open_source_repo,
    )


def _diagnostic(source: SourceText, text: bytes, given: DiagnosticAt, name: str) -> Diagnostic:
    """With the rows it lies on as its snippet."""
    place = _byte_range(source, given.range, f"{name}.range")
    start = text.rfind(b"\n", 0, place.start) + 1
    line_end = text.find(b"\n", place.end)
    end = line_end if line_end >= 0 else len(text)
    first_row = source.start_row + text.count(b"\n", 0, place.start)
    last_row = source.start_row + text.count(b"\n", 0, place.end)
    return Diagnostic(
        severity=given.severity,
        message=_unix(given.message),
        snippet=text[start:end].decode(),
        snippet_buffer_row_range=TextRange(start=first_row, end=last_row),
        diagnostic_range_in_snippet=place.shifted(-start),
    )
