"""How often guesses of each kind were right, learnt while answers are written."""

from collections import defaultdict

from model.drafting.guess import Guess, Kind

LATER = 0.9
"""Odds of a token behind a right one while nothing is known of the kind."""
PRIOR_WEIGHT = 4.0
MEMORY = 1 - 1 / 4000
"""What a count is worth after each later one of its kind: a new model is learnt soon."""


class Odds:
    """Counts by kind: nothing of what was written. Not safe to use from several threads."""

    def __init__(self) -> None:
        self._right: defaultdict[Kind, float] = defaultdict(float)
        self._seen: defaultdict[Kind, float] = defaultdict(float)

    def at(self, guess: Guess, number: int) -> float:
        """The odds of the guess's token ``number``, given that those before it were right."""
        kind = guess.kind_at(number)
        seen = self._seen.get(kind)
        prior = LATER if number else guess.prior
        if seen is None:
            return prior
        return (self._right[kind] + prior * PRIOR_WEIGHT) / (seen + PRIOR_WEIGHT)

    def note(self, kind: Kind, was_right: bool) -> None:
        """A guess of that kind has turned out right, or not."""
        self._right[kind] = self._right[kind] * MEMORY + was_right
        self._seen[kind] = self._seen[kind] * MEMORY + 1
