"""Inputs, ranges, budgets, formats, parsing and text edits: pure functions, no I/O, no clock."""

from prompt_format.budget import TokenBudget, TokenCounter, estimate_tokens
from prompt_format.errors import (
    InvalidPatch,
    InvalidRange,
    PromptFormatError,
    SpecialTokenInInput,
    UnknownPromptFormat,
)
from prompt_format.formats.base import PromptFormat
from prompt_format.formats.registry import FORMATS, find_format
from prompt_format.inputs import (
    Diagnostic,
    EditEvent,
    ExcerptRanges,
    PromptInput,
    RelatedExcerpt,
    RelatedFile,
    TextRange,
)
from prompt_format.observation import Observation
from prompt_format.outputs import Edit, NoEdit, ParseReason, RenderedPrompt
from prompt_format.regions import cursor_excerpt_range, excerpt_ranges
from prompt_format.text_edits import TextEdit, apply_edits, diff_edits, minimal_edits

__all__ = [
    "FORMATS",
    "Diagnostic",
    "Edit",
    "EditEvent",
    "ExcerptRanges",
    "InvalidPatch",
    "InvalidRange",
    "NoEdit",
    "Observation",
    "ParseReason",
    "PromptFormat",
    "PromptFormatError",
    "PromptInput",
    "RelatedExcerpt",
    "RelatedFile",
    "RenderedPrompt",
    "SpecialTokenInInput",
    "TextEdit",
    "TextRange",
    "TokenBudget",
    "TokenCounter",
    "UnknownPromptFormat",
    "apply_edits",
    "cursor_excerpt_range",
    "diff_edits",
    "estimate_tokens",
    "excerpt_ranges",
    "find_format",
    "minimal_edits",
]
