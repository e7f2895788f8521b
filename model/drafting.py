"""Guesses of the next tokens, made from text that the answer is likely to repeat.

Pure: knows tokens only, neither models nor text. A wrong guess costs time, never a wrong answer.
"""

from collections import defaultdict
from collections.abc import Sequence

from model.engine import DraftSources

MIN_DRAFT = 4
FIRST_DRAFT = 8
MAX_DRAFT = 32
MIN_MATCH = 2
MAX_MATCH = 16


class Drafter:
    """Follows the reference through one answer and finds the way back after a divergence.

    A draft that was accepted whole makes the next one twice as long; one of which less than half
    was accepted, half as long.
    """

    def __init__(self, prompt_tokens: Sequence[int], sources: DraftSources) -> None:
        self._reference = sources.reference
        self._places: dict[int, list[int]] = defaultdict(list)
        for place, token in enumerate(self._reference):
            self._places[token].append(place)
        self._output: list[int] = []
        self._next: int | None = 0
        self._expected = 0
        self._length = FIRST_DRAFT

    def propose(self, limit: int) -> tuple[int, ...]:
        """At most ``limit`` tokens that may come next; empty where nothing is known."""
        if self._next is None or limit <= 0:
            return ()
        return self._reference[self._next : self._next + min(self._length, limit)]

    def observe(self, tokens: Sequence[int], num_drafted: int, num_accepted: int) -> None:
        """The step after the latest proposal chose ``tokens``, the accepted ones among them."""
        if num_drafted and num_accepted == num_drafted:
            self._length = min(MAX_DRAFT, self._length * 2)
        elif num_accepted * 2 < num_drafted:
            self._length = max(MIN_DRAFT, self._length // 2)
        for token in tokens:
            self._follow(token)

    def _follow(self, token: int) -> None:
        self._output.append(token)
        place = self._next
        if place is not None and place < len(self._reference) and self._reference[place] == token:
            self._next = self._expected = place + 1
            return
        self._next = self._rejoin()
        if self._next is not None:
            self._expected = self._next

    def _rejoin(self) -> int | None:
        """The place after the longest match of the output's end, the nearest among equals."""
        best: tuple[int, int] | None = None
        found = None
        for place in self._places.get(self._output[-1], ()):
            length = self._match_length(place)
            rank = (length, -abs(place + 1 - self._expected))
            if length >= MIN_MATCH and (best is None or rank > best):
                best, found = rank, place + 1
        return found

    def _match_length(self, place: int) -> int:
        """How many tokens up to ``place`` equal the end of the output."""
        longest = min(place + 1, len(self._output), MAX_MATCH)
        for length in range(longest):
            if self._reference[place - length] != self._output[-1 - length]:
                return length
        return longest
