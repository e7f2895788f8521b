"""Markers of a prompt format must never act from within the user's text."""

from collections.abc import Sequence

from prompt_format.errors import SpecialTokenInInput
from prompt_format.inputs import PromptInput


def contains_special_token(text: str, special_tokens: Sequence[str]) -> bool:
    """Whether ``text`` holds one of them; one that ends in a newline only counts as a line."""
    return any(
        _has_line(text, token.removesuffix("\n")) if token.endswith("\n") else token in text
        for token in special_tokens
    )


def _has_line(text: str, line: str) -> bool:
    return line in text and f"\n{line}\n" in f"\n{text}\n"


def refuse_special_tokens(prompt_input: PromptInput, special_tokens: Sequence[str]) -> None:
    """Raise ``SpecialTokenInInput`` if the excerpt or the path holds one: there is no prompt then.

    Events, related files and diagnostics that hold one are merely left out of the prompt.
    """
    if contains_special_token(prompt_input.cursor_excerpt, special_tokens):
        raise SpecialTokenInInput("the text contains a marker of the prompt format")
    if contains_special_token(prompt_input.cursor_path, special_tokens):
        raise SpecialTokenInInput("the path contains a marker of the prompt format")
