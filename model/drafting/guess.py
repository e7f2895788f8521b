"""One proposal of what comes next, and the kind by which its odds are known."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

Kind: TypeAlias = tuple[str | int, ...]
"""What guesses that are right equally often have in common."""

NUM_FIRST = 4
"""So many tokens of a guess have odds of their own: until then it may be the wrong place."""


@dataclass(frozen=True, slots=True)
class Guess:
    """The output goes on with ``tokens``, from index ``place`` on.

    ``match`` tokens before that place are the output's last ones, as far as is known. ``prior`` are
    the odds of the first token while nothing is known of the kind.
    """

    kind: Kind
    tokens: Sequence[int]
    place: int
    match: int
    prior: float

    def kind_at(self, number: int) -> Kind:
        """The kind of the guess's token ``number``, given that those before it were right."""
        if number == 0:
            return self.kind
        if number < NUM_FIRST:
            return (*self.kind, number)
        return (self.kind[0], _scale(number, 8, 16), _scale(self.match + number, 8, 24))


def _scale(value: int, *bounds: int) -> int:
    return sum(value >= bound for bound in bounds)
