"""What can be wrong with a caller's input, one class for each thing a caller would treat
differently.

None derives from ``ValueError``: pydantic would swallow it into a ``ValidationError``, and the code
that a client can act on would be lost.
"""

from typing import ClassVar


class PromptFormatError(Exception):
    """Base class. ``code`` is the stable name for programs; the message never holds user code."""

    code: ClassVar[str] = "prompt_format_error"


class InvalidRange(PromptFormatError):
    """An offset or range lies outside its text, is reversed, or splits a character."""

    code = "invalid_range"


class SpecialTokenInInput(PromptFormatError):
    """The user's text contains a marker of the prompt format, which must never act as one."""

    code = "special_token_in_input"


class UnknownPromptFormat(PromptFormatError):
    """No registered format has the requested name, or the abbreviation is ambiguous."""

    code = "unknown_prompt_format"


class InvalidPatch(PromptFormatError):
    """A unified diff is malformed or does not apply to the text it was given for."""

    code = "invalid_patch"
