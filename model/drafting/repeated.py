"""Prompt and output so far: code repeats itself."""

from collections import Counter
from collections.abc import Iterator, Sequence

from model.drafting.guess import Guess
from model.drafting.trail import Trail

MAX_MATCH = 8
PROMPT_END_TOKENS = 16
PRIOR = 0.3
"""Odds of a guess while nothing is known of its kind."""


class RepeatedText:
    """What followed the longest end of the output where that stands earlier (prompt lookup)."""

    def __init__(self, prompt: Sequence[int]) -> None:
        self._trail = Trail(prompt)
        for token in prompt[-PROMPT_END_TOKENS:]:
            self._trail.follow(token)

    def follow(self, token: int) -> None:
        """The output went on with ``token``."""
        self._trail.follow(token)
        self._trail.extend((token,))

    def guesses(self) -> Iterator[Guess]:
        """The continuation that most of the places have, its latest one."""
        matches = self._trail.reached()
        if not matches:
            return
        tokens = self._trail.tokens
        longest = max(matches.values())
        places = [place for place, match in matches.items() if match == longest]
        token, num_votes = Counter(tokens[place] for place in places).most_common(1)[0]
        latest = max(place for place in places if tokens[place] == token)
        kind = ("repeated", min(longest, MAX_MATCH), _agreement(num_votes, len(places)))
        yield Guess(kind, tokens, latest, longest, PRIOR)


def _agreement(num_votes: int, num_places: int) -> str:
    if num_votes == num_places:
        return "only" if num_places == 1 else "all"
    return "most" if 2 * num_votes >= num_places else "some"
