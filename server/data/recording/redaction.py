"""Secrets out of a snapshot, before it is written anywhere.

One in the editable region, or in what the model made of it, drops the snapshot: what would be
learnt there is the secret. Elsewhere each is replaced by ``<rule>``, wherever it stands, and every
offset is moved along. Rows stay rows, so that a hunk still has as many lines as its header says.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from eventlog import Snapshot
from eventlog.privacy.secrets import SecretHit, SecretScanner
from prompt_format import Diagnostic, EditEvent, ExcerptRanges, RelatedFile
from server.data.recording.replacing import MappedText, Replacement

SCAN_SEPARATOR = "\n\n"
MIN_ROW_CHARS = 8
"""A shorter row of a key tells nothing, and may stand anywhere."""


@dataclass(frozen=True, slots=True)
class Redacted:
    """A snapshot that may be kept, or None; and what was found in it, by rule."""

    snapshot: Snapshot | None
    num_hits: Mapping[str, int]


def redact(snapshot: Snapshot, scanner: SecretScanner) -> Redacted:
    """The snapshot without its secrets."""
    hits = _hits(snapshot, scanner)
    if not hits:
        return Redacted(snapshot, {})
    num_hits = Counter(hits.values())
    region = snapshot.editable_range
    text = snapshot.prompt_input.excerpt_bytes
    inside = b"" if region is None else text[region.start : region.end]
    predicted = (inside.decode(), snapshot.output, snapshot.new_text or "")
    if any(secret in part for part in predicted for secret in hits):
        return Redacted(None, num_hits)
    return Redacted(_without(snapshot, Replacement(hits)), num_hits)


def _hits(snapshot: Snapshot, scanner: SecretScanner) -> dict[str, str]:
    """Each secret with its rule. All texts are looked through at once: a call has its price."""
    found: dict[str, str] = {}
    for hit in scanner.scan(SCAN_SEPARATOR.join(_texts(snapshot))):
        found.update((part, hit.rule) for part in _parts(hit))
    return found


def _parts(hit: SecretHit) -> Iterable[str]:
    """The secret; of one with several rows, each row by itself, since a diff has signs between."""
    rows = [row.strip().lstrip("+- ") for row in hit.secret.splitlines()]
    return [row for row in rows if len(row) >= MIN_ROW_CHARS] if len(rows) > 1 else [hit.secret]


def _texts(snapshot: Snapshot) -> Iterable[str]:
    given = snapshot.prompt_input
    yield given.cursor_excerpt
    yield snapshot.output
    yield snapshot.new_text or ""
    yield given.repo_url or ""
    for event in given.events:
        yield event.diff
    for file in given.related_files or ():
        for excerpt in file.excerpts:
            yield excerpt.text
    for diagnostic in given.active_buffer_diagnostics:
        yield diagnostic.message
        yield diagnostic.snippet


def _without(snapshot: Snapshot, replacement: Replacement) -> Snapshot:
    given = snapshot.prompt_input
    excerpt = replacement.mapped(given.cursor_excerpt)
    ranges = given.excerpt_ranges
    region = snapshot.editable_range
    redacted = given.model_copy(
        update={
            "cursor_excerpt": excerpt.text,
            "cursor_offset_in_excerpt": excerpt.offset(given.cursor_offset_in_excerpt),
            "events": tuple(_event(event, replacement) for event in given.events),
            "related_files": _related(given.related_files, replacement),
            "active_buffer_diagnostics": tuple(
                _diagnostic(each, replacement) for each in given.active_buffer_diagnostics
            ),
            "excerpt_ranges": None if ranges is None else _ranges(ranges, excerpt),
            "syntax_ranges": None
            if given.syntax_ranges is None
            else tuple(map(excerpt.range, given.syntax_ranges)),
            "repo_url": None if given.repo_url is None else replacement.text(given.repo_url),
        }
    )
    return snapshot.model_copy(
        update={
            # Copies keep cached values; this one must be computed anew.
            "prompt_input": type(given).model_validate(redacted.model_dump()),
            "editable_range": None if region is None else excerpt.range(region),
        }
    )


def _event(event: EditEvent, replacement: Replacement) -> EditEvent:
    return event.model_copy(update={"diff": replacement.text(event.diff)})


def _related(
    files: tuple[RelatedFile, ...] | None, replacement: Replacement
) -> tuple[RelatedFile, ...] | None:
    if files is None:
        return None
    return tuple(
        file.model_copy(
            update={
                "excerpts": tuple(
                    each.model_copy(update={"text": replacement.text(each.text)})
                    for each in file.excerpts
                )
            }
        )
        for file in files
    )


def _diagnostic(diagnostic: Diagnostic, replacement: Replacement) -> Diagnostic:
    snippet = replacement.mapped(diagnostic.snippet)
    return diagnostic.model_copy(
        update={
            "message": replacement.text(diagnostic.message),
            "snippet": snippet.text,
            "diagnostic_range_in_snippet": snippet.range(diagnostic.diagnostic_range_in_snippet),
        }
    )


def _ranges(ranges: ExcerptRanges, excerpt: MappedText) -> ExcerptRanges:
    return ranges.model_copy(
        update={
            name: excerpt.range(given)
            for name in ExcerptRanges.model_fields
            if (given := getattr(ranges, name)) is not None
        }
    )
