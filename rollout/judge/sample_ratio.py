"""Do the arms get the users that they should? If not, nothing else can be believed.

The sequential multinomial test of Lindon & Malek, "Anytime-valid inference for multinomial count
data" (2022): a Bayes factor that may be looked at after every user.
"""

import math
from collections.abc import Sequence

ALPHA = 0.001
PRIOR_USERS = 100.0
"""How sure the alternative is, from the start, that shares are near the expected ones."""


def log_evidence(counts: Sequence[int], shares: Sequence[float]) -> float:
    """Logarithm of the Bayes factor against ``counts`` coming from ``shares``, which sum to one."""
    prior = [PRIOR_USERS * share for share in shares]
    posterior = [a + count for a, count in zip(prior, counts, strict=True)]
    expected = sum(
        count * math.log(share) for count, share in zip(counts, shares, strict=True) if count
    )
    return _log_beta(posterior) - _log_beta(prior) - expected


def is_mismatch(counts: Sequence[int], shares: Sequence[float], alpha: float = ALPHA) -> bool:
    """Whether the arms' numbers of users cannot be chance; wrong with a chance of ``alpha``,
    however often it is asked."""
    return log_evidence(counts, shares) >= math.log(1 / alpha)


def _log_beta(values: Sequence[float]) -> float:
    return sum(math.lgamma(value) for value in values) - math.lgamma(sum(values))
