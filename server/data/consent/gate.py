"""The one place that says whether a user's text may be kept, and counts each time it may not."""

from eventlog import ConsentSnapshot
from eventlog.keys import UserKeys
from server.data.consent.grants import Claim, ConsentPolicy, Consents, Refusal
from server.data.metrics import DataMetrics


class ConsentGate:
    """Asked on the data worker's thread, or beside the event loop: it may read a table."""

    def __init__(
        self, keys: UserKeys, consents: Consents, policy: ConsentPolicy, metrics: DataMetrics
    ) -> None:
        self._keys = keys
        self._consents = consents
        self._policy = policy
        self._metrics = metrics

    def consent(self, user: str, claim: Claim) -> ConsentSnapshot | None:
        """The three keys; None, counted by cause, if one is missing.

        Raises ``KeyStoreUnusable``.
        """
        answer = self._check(user, claim)
        if isinstance(answer, Refusal):
            self._metrics.refused(answer)
            return None
        return answer

    def allows(self, user: str, claim: Claim) -> bool:
        """The same, not counted: for what is asked again and again."""
        return not isinstance(self._check(user, claim), Refusal)

    def _check(self, user: str, claim: Claim) -> ConsentSnapshot | Refusal:
        pair = self._keys.find(user) if user else None
        grants = () if pair is None else self._consents.of(pair.pseudonym)
        return self._policy.check(claim, grants)
