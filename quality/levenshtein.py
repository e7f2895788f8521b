"""Levenshtein distance of two texts: how far a prediction is from what the region settled to.

    distance = fewest insertions, deletions and substitutions of one character
    normalised distance = distance / length of the longer text    0 where both are empty

0 means equal, 1 nothing in common. Lengths and distances count characters, not bytes.
"""

from dataclasses import dataclass

from rapidfuzz.distance import Levenshtein as _RapidLevenshtein


@dataclass(frozen=True, slots=True)
class LevenshteinDistance:
    """The distance beside the largest it could have been."""

    distance_chars: int
    longest_chars: int

    @property
    def normalised(self) -> float:
        return self.distance_chars / self.longest_chars if self.longest_chars else 0.0


def levenshtein(left: str, right: str) -> LevenshteinDistance:
    """Symmetric in its arguments."""
    return LevenshteinDistance(
        distance_chars=_RapidLevenshtein.distance(left, right),
        longest_chars=max(len(left), len(right)),
    )
