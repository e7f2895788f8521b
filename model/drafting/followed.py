"""A text that the answer repeats in its order, from the start on, with changes."""

from collections.abc import Iterator, Sequence

from model.drafting.guess import Guess
from model.drafting.trail import Trail

MIN_MATCH = 2
"""So many tokens in a row are a way back into the text; a single one is a guess."""
MAX_MATCH = 8
NEAR_TOKENS = 3
FAR_TOKENS = 40
MAX_FOREIGN = 4
PRIORS = {
    "follow": 0.8,
    "back": 0.2,
    "near": 0.3,
    "ahead": 0.2,
    "elsewhere": 0.1,
    "inserted": 0.02,
    "replaced": 0.2,
}
"""Odds of each kind of guess while nothing is known: about what real edits show."""


class FollowedText:
    """Follows the text through one answer and finds the way back after a divergence."""

    def __init__(self, name: str, tokens: Sequence[int]) -> None:
        self._name = name
        self._trail = Trail(tokens)
        self._expected = 0
        self._match = 0
        self._num_foreign = 0
        """Tokens of the output since it left the text at ``_expected``."""

    def follow(self, token: int) -> None:
        """The output went on with ``token``."""
        self._trail.follow(token)
        tokens = self._trail.tokens
        is_same = self._expected < len(tokens) and tokens[self._expected] == token
        if self._num_foreign == 0 and is_same:
            self._expected += 1
            self._match += 1
            return
        self._num_foreign += 1
        self._match = 0
        place, match = self._best_place(self._trail.matches)
        if match >= MIN_MATCH:
            self._expected, self._match, self._num_foreign = place, match, 0

    def guesses(self) -> Iterator[Guess]:
        """Where the text may go on: at most three places."""
        if self._num_foreign == 0:
            yield from self._guess("follow", self._expected, self._match)
            return
        place, match = self._best_place(self._trail.reached())
        if match:
            yield from self._guess(self._direction(place), place, match)
        if place != self._expected or not match:
            yield from self._guess("inserted", self._expected, 0)
        behind = self._expected + self._num_foreign
        if place != behind or not match:
            yield from self._guess("replaced", behind, 0)

    def _guess(self, why: str, place: int, match: int) -> Iterator[Guess]:
        if place < len(self._trail.tokens):
            is_followed = self._num_foreign == 0
            sure = min(match, MAX_MATCH) if is_followed else min(self._num_foreign, MAX_FOREIGN)
            kind = (self._name, why, sure)
            yield Guess(kind, self._trail.tokens, place, match, PRIORS[why])

    def _best_place(self, matches: dict[int, int]) -> tuple[int, int]:
        """The place with the longest match, the nearest among equals, and its match."""
        return max(
            matches.items(),
            key=lambda found: (found[1], -abs(found[0] - self._expected)),
            default=(0, 0),
        )

    def _direction(self, place: int) -> str:
        ahead = place - self._expected
        if ahead == 0:
            return "back"
        if 0 < ahead <= NEAR_TOKENS + self._num_foreign:
            return "near"
        return "ahead" if 0 < ahead < FAR_TOKENS else "elsewhere"
