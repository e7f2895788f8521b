"""The words of prompt formats and tokenizers that no editor's user writes, and no edit may hold."""

import re
from collections.abc import Sequence

from prompt_format.special_tokens import contains_special_token

MARKER = re.compile(
    r"<\|/?(?:marker[_+-]|user_cursor|editable_region|fim_)[\w+-]*(?:\|>)?"
    r"|<\|/?(?:start_of_file|cursor|code_to_edit|current_file_content|edit_diff_history"
    r"|recently_viewed_code_snippets?|file_sep|repo_name|set|set_range|insert|no_edits"
    r"|endoftext|end_of_text|eot_id|im_start|im_end)\|>"
    r"|<\[(?:fim-(?:prefix|suffix|middle)|(?:begin|end)▁of▁sentence|PAD▁TOKEN)[^\]\n]*\]>"
    r"|<\uff5c(?:fim▁|begin▁|end▁)[^\uff5c\n]*\uff5c>"
    r"|<(?:fim_prefix|fim_suffix|fim_middle|fim_pad|file_sep|repo_name)>"
    r"|^(?:<<<<<<< CURRENT|>>>>>>> UPDATED|NO_EDITS)$",
    re.MULTILINE,
)

_SIGNS = ("<|", "<[", "<\uff5c", "<f", "<r", "<<<<<<< ", ">>>>>>> ", "NO_EDITS")
"""Each marker holds one. Looking for them first costs less than the expression."""


def leaked_markers(
    old_text: str, new_text: str, special_tokens: Sequence[str] = ()
) -> frozenset[str]:
    """The markers in ``new_text`` that ``old_text`` does not hold.

    ``special_tokens`` are the format's own; one that ends in a newline counts as a whole line only.
    """
    found = [token for token in special_tokens if contains_special_token(new_text, (token,))]
    if any(sign in new_text for sign in _SIGNS):
        found += MARKER.findall(new_text)
    return frozenset(mark for mark in found if not contains_special_token(old_text, (mark,)))
