"""Consent as the whole log tells it, asked again at reading. Whatever is unclear is a no.

The snapshot in a record says what was known when it was written; this says what is known now.
"""

from collections import defaultdict
from datetime import datetime

from eventlog import ConsentRecord, ConsentSnapshot, DeletionRecord
from eventlog.records import ANY_PROJECT

REVOKE_LAST = {"grant": 0, "revoke": 1}


class ConsentBook:
    """All consents and deletions of a log. Small: it holds no text."""

    def __init__(self) -> None:
        self._consents: dict[str, list[ConsentRecord]] = defaultdict(list)
        self._deletions: dict[str, list[DeletionRecord]] = defaultdict(list)

    def add(self, record: ConsentRecord | DeletionRecord) -> None:
        """Take a record over; one that comes twice changes nothing."""
        if isinstance(record, ConsentRecord):
            self._consents[record.user].append(record)
        else:
            self._deletions[record.user].append(record)

    def objection(
        self, user: str, project: str, time: datetime, snapshot: ConsentSnapshot
    ) -> str | None:
        """Why text of ``user`` from ``time`` must not be learnt from; None if it may be.

        There must be the three keys in the record, a grant in force at the time, the last word of
        user for this project or for all, no revocation since, and no deletion since.
        """
        if not snapshot.is_complete:
            return "consent_incomplete"
        if any(
            each.time >= time and each.project in (project, ANY_PROJECT)
            for each in self._deletions.get(user, ())
        ):
            return "deleted"
        said = [
            each for each in self._consents.get(user, ()) if each.project in (project, ANY_PROJECT)
        ]
        if any(each.action == "revoke" and each.time >= time for each in said):
            return "consent_revoked"
        before = [each for each in said if each.time <= time]
        last = max(before, key=lambda each: (each.time, REVOKE_LAST[each.action]), default=None)
        return None if last is not None and last.action == "grant" else "consent_missing"
