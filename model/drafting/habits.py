"""How answers begin, and where they end: a model that stays silent does so in the same tokens."""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence

from model.drafting.guess import Guess

MAX_STARTS = 1024
"""Different first tokens that are remembered; then all are forgotten."""
STARTS, ENDS = 0.3, 0.02
"""Odds of a guess of each kind while nothing is known."""


class Habits:
    """Learnt from the answers of one engine, of whose model ``end_tokens`` end an answer."""

    def __init__(self, end_tokens: Collection[int] = ()) -> None:
        self._end_tokens = frozenset(end_tokens)
        self._ends: Counter[int] = Counter()
        self._starts: Counter[int] = Counter()

    def guesses(self, output: Sequence[int]) -> Iterator[Guess]:
        """The most frequent first token, and the end after it; later, the end alone."""
        end = [token for token, _count in self._ends.most_common(1)]
        if output and end:
            yield Guess(("ends", output[-1]), end, 0, 0, ENDS)
        elif not output and self._starts:
            token = self._starts.most_common(1)[0][0]
            yield Guess(("starts", token), [token, *end], 0, 0, STARTS)

    def note(self, output: Sequence[int], token: int) -> None:
        """An answer went on with ``token`` after ``output``."""
        if not output:
            if len(self._starts) >= MAX_STARTS:
                self._starts.clear()
            self._starts[token] += 1
        if token in self._end_tokens:
            self._ends[token] += 1
