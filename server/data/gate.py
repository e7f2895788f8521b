"""The one place that says whether a user's text may be kept, and counts each time it may not."""

from eventlog import ConsentSnapshot
from eventlog.keys import UserKeys
from server.data.consents import Claim, ConsentPolicy, Consents, Refusal
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
        pair = self._keys.find(user) if user else None
        grants = () if pair is None else self._consents.of(pair.pseudonym)
        answer = self._policy.check(claim, grants)
        if isinstance(answer, Refusal):
            self._metrics.refused(answer)
            return None
        return answer
