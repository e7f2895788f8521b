"""Which stretches of a text are special tokens, and which are plain."""

import re
from collections.abc import Iterator, Sequence


def split_at_special_tokens(text: str, tokens: Sequence[str]) -> Iterator[tuple[str, bool]]:
    """The stretches of ``text`` in order, each with whether it is one of ``tokens``."""
    if not tokens:
        yield text, False
        return
    longest_first = sorted(tokens, key=len, reverse=True)
    pattern = f"({'|'.join(map(re.escape, longest_first))})"
    for place, part in enumerate(re.split(pattern, text)):
        if part:
            yield part, bool(place % 2)
