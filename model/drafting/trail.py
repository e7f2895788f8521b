"""A sequence of tokens, and every place in it that the end of the output has reached."""

from collections import defaultdict
from collections.abc import Sequence

MAX_PLACES = 64
"""Of a token that stands more often, the latest places count: a lone blank is no hint."""


class Trail:
    """Tokens that may be repeated.

    A place is the index of a token that may come next. ``matches`` says of each place how many
    tokens before it are also the last ones of the output, if there is one at all.
    """

    def __init__(self, tokens: Sequence[int] = ()) -> None:
        self.tokens: list[int] = []
        self.matches: dict[int, int] = {}
        self._after: dict[int, list[int]] = defaultdict(list)
        self.extend(tokens)

    def extend(self, tokens: Sequence[int]) -> None:
        """Put ``tokens`` at the end."""
        for place, token in enumerate(tokens, len(self.tokens) + 1):
            self._after[token].append(place)
        self.tokens.extend(tokens)

    def follow(self, token: int) -> None:
        """The output went on with ``token``."""
        before = self.matches
        places = self._after.get(token, [])[-MAX_PLACES:]
        self.matches = {place: before.get(place - 1, 0) + 1 for place in places}

    def reached(self) -> dict[int, int]:
        """``matches`` where a token stands that may come next."""
        size = len(self.tokens)
        return {place: match for place, match in self.matches.items() if place < size}
