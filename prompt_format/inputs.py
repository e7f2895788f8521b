"""What an editor knows at a keystroke: the values every prompt format is rendered from.

Field names, nesting and defaults follow Zed's ``predict_edits`` v3 body, so that a request, a log
line and a training example read the same. Every offset counts UTF-8 bytes, every row starts at 0,
every text uses ``\\n`` line endings. Unknown fields are ignored: clients of other versions send
more.
"""

from functools import cached_property
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from prompt_format.errors import InvalidRange


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class TextRange(_Value):
    """Half-open range of UTF-8 byte offsets, or of rows where the field's name says so."""

    start: int = Field(ge=0)
    end: int = Field(ge=0)

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.end < self.start:
            raise InvalidRange("range ends before it starts")
        return self

    def __len__(self) -> int:
        return self.end - self.start

    def contains(self, other: "TextRange") -> bool:
        return self.start <= other.start and other.end <= self.end

    def shifted(self, by: int) -> "TextRange":
        return TextRange(start=self.start + by, end=self.end + by)


class EditEvent(_Value):
    """One coalesced buffer change as a unified diff; ``predicted`` marks an accepted prediction."""

    event: Literal["BufferChange"] = "BufferChange"
    path: str
    old_path: str = ""
    diff: str
    predicted: bool = False
    in_open_source_repo: bool = False

    @model_validator(mode="after")
    def _old_path_defaults_to_path(self) -> Self:
        if not self.old_path:
            object.__setattr__(self, "old_path", self.path)
        return self

    def is_of(self, path: str) -> bool:
        """Whether it changed that file. Editors put the project's name before an event's path."""
        return path in (self.path, self.path.partition("/")[2])


class RelatedExcerpt(_Value):
    """Rows of another file that help at the cursor; ``order`` 0 is the most relevant."""

    row_range: TextRange
    text: str
    order: int = 0
    context_source: str = "lsp"


class RelatedFile(_Value):
    """Other-file context; ``max_row`` is the row index of the file's last row."""

    path: str
    max_row: int = Field(ge=0)
    excerpts: tuple[RelatedExcerpt, ...] = ()
    in_open_source_repo: bool = False


class Diagnostic(_Value):
    """A language-server diagnostic. Severity: 1 error, 2 warning, 3 info, 4 hint."""

    severity: int | None = None
    message: str
    snippet: str = ""
    snippet_buffer_row_range: TextRange
    diagnostic_range_in_snippet: TextRange


class ExcerptRanges(_Value):
    """Editable and context ranges that the client computed, named by their token limits."""

    editable_150: TextRange
    editable_180: TextRange
    editable_350: TextRange
    editable_150_context_350: TextRange
    editable_180_context_350: TextRange
    editable_350_context_150: TextRange
    editable_512: TextRange | None = None
    editable_350_context_512: TextRange | None = None
    editable_350_context_1024: TextRange | None = None
    context_4096: TextRange | None = None
    context_8192: TextRange | None = None


class PromptInput(_Value):
    """Everything present at prediction time. Raises ``InvalidRange`` for an offset off the text."""

    cursor_path: str
    cursor_excerpt: str
    cursor_offset_in_excerpt: int
    excerpt_start_row: int | None = None
    events: tuple[EditEvent, ...] = ()
    related_files: tuple[RelatedFile, ...] | None = None
    active_buffer_diagnostics: tuple[Diagnostic, ...] = ()
    excerpt_ranges: ExcerptRanges | None = None
    syntax_ranges: tuple[TextRange, ...] | None = None
    in_open_source_repo: bool = False
    can_collect_data: bool = False
    repo_url: str | None = None

    @cached_property
    def excerpt_bytes(self) -> bytes:
        """The excerpt as UTF-8; offsets and ranges index this."""
        return self.cursor_excerpt.encode()

    @model_validator(mode="after")
    def _offsets_lie_on_the_text(self) -> Self:
        self.check_offset(self.cursor_offset_in_excerpt, "cursor_offset_in_excerpt")
        for index, syntax_range in enumerate(self.syntax_ranges or ()):
            self.check_range(syntax_range, f"syntax_ranges[{index}]")
        if self.excerpt_ranges is not None:
            for name in ExcerptRanges.model_fields:
                given = getattr(self.excerpt_ranges, name)
                if given is not None:
                    self.check_range(given, f"excerpt_ranges.{name}")
        return self

    def check_offset(self, offset: int, name: str) -> None:
        """Raise ``InvalidRange`` unless ``offset`` is a character boundary of the excerpt."""
        text = self.excerpt_bytes
        if not 0 <= offset <= len(text):
            raise InvalidRange(f"{name} lies outside the text")
        if offset < len(text) and text[offset] & 0xC0 == 0x80:
            raise InvalidRange(f"{name} lies inside a character")

    def check_range(self, given: TextRange, name: str) -> None:
        """Raise ``InvalidRange`` unless both ends are character boundaries of the excerpt."""
        self.check_offset(given.start, f"{name}.start")
        self.check_offset(given.end, f"{name}.end")
