"""Consents given and taken back: effective at once, on record for ever."""

import asyncio
import fnmatch
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Literal

from ulid import ULID

from eventlog import ConsentRecord
from eventlog.keys import UserKeys
from eventlog.privacy.licenses import classify_license
from eventlog.records import ANY_PROJECT
from server.data.consent.grants import Consents, Grant
from server.data.errors import ForbiddenProject, PolicyChanged
from server.data.journal import Journal


class ConsentDesk:
    """Speaks of what stands in the tables, never of what is remembered here.

    All methods may raise ``LogUnavailable`` and ``KeyStoreUnusable``."""

    def __init__(
        self,
        keys: UserKeys,
        consents: Consents,
        journal: Journal,
        policy_version: str,
        projects: Sequence[str],
    ) -> None:
        self._keys = keys
        self._consents = consents
        self._journal = journal
        self._policy_version = policy_version
        self._projects = projects

    async def grant(
        self, user: str, project: str, policy_version: str, source: str, license_text: str | None
    ) -> Grant:
        """Consent of ``user`` for a project, or for all with ``*``.

        Raises ``ForbiddenProject``, and ``PolicyChanged`` if the user was shown another policy.
        """
        if project != ANY_PROJECT and not any(
            fnmatch.fnmatchcase(project, pattern) for pattern in self._projects
        ):
            raise ForbiddenProject("consent for this project cannot be given here")
        if policy_version != self._policy_version:
            raise PolicyChanged(f"the policy in force is version {self._policy_version}")
        grant = Grant(
            project=project,
            consent_id=str(ULID()),
            time=datetime.now(UTC),
            policy_version=policy_version,
            source=source,
            # A licence is of one project: said of all of them, it is of none.
            license=classify_license(license_text)
            if license_text and project != ANY_PROJECT
            else None,
        )
        await asyncio.to_thread(self._keys.refreshed, user)
        # First on record, then effective: what is kept under a consent is kept after it.
        await self._journal.append([_record(user, grant, "grant")])
        await asyncio.to_thread(self._put, user, grant)
        return grant

    async def revoke(self, user: str, project: str, source: str) -> None:
        """Take consent back. First effective, then on record: nothing is kept after it.

        Revoking for ``*`` takes back every consent of the user; for a project that a consent for
        all covers, that one goes.
        """
        grants = await self.of(user)
        if project == ANY_PROJECT:
            gone = [grant.project for grant in grants]
        else:
            gone = [grant.project for grant in grants if grant.project in (project, ANY_PROJECT)]
        for each in gone:
            await asyncio.to_thread(self._remove, user, each)
        now = datetime.now(UTC)
        await self._journal.append(
            [
                _record(
                    user,
                    Grant(each, str(ULID()), now, self._policy_version, source, None),
                    "revoke",
                )
                for each in sorted({project, *gone})
            ]
        )

    async def of(self, user: str) -> Sequence[Grant]:
        """The consents of ``user`` that stand."""
        return await asyncio.to_thread(self._of, user)

    def _of(self, user: str) -> Sequence[Grant]:
        pair = self._keys.refreshed(user)
        return () if pair is None else self._consents.refreshed(pair.pseudonym)

    def _put(self, user: str, grant: Grant) -> None:
        self._consents.put(self._keys.key_for(user).pseudonym, grant)

    def _remove(self, user: str, project: str) -> None:
        pair = self._keys.find(user)
        if pair is not None:
            self._consents.remove(pair.pseudonym, project)


def _record(user: str, grant: Grant, action: Literal["grant", "revoke"]) -> ConsentRecord:
    return ConsentRecord(
        event_id=grant.consent_id,
        time=grant.time,
        user=user,
        action=action,
        project=grant.project,
        policy_version=grant.policy_version,
        source=grant.source,
        license=grant.license,
    )
