"""Consents as they are now, and whether a prediction's text may be kept. Fails closed.

Three keys open it: the client says yes, a consent of the user for the project is on record, and the
repository's licence allows it. No file of the request may be one that never is kept.
"""

import fnmatch
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from cachetools import TTLCache

from eventlog import ConsentSnapshot, LicenseClass
from eventlog.privacy.licenses import PERMISSIVE
from eventlog.privacy.paths import PathRules
from eventlog.records import ANY_PROJECT
from prompt_format import PromptInput

MAX_CACHED = 20_000
CACHED_SECONDS = 5.0
"""So long may a replica go on after a consent was revoked on another."""


@dataclass(frozen=True, slots=True)
class Grant:
    """A user's consent for a project, or for all. ``license`` was read from its licence file."""

    project: str
    consent_id: str
    time: datetime
    policy_version: str
    source: str
    license: str | None


class GrantTable(Protocol):
    """Grants by pseudonym, durable."""

    def put_grant(self, pseudonym: str, grant: Grant) -> None: ...

    def remove_grant(self, pseudonym: str, project: str) -> None: ...

    def remove_grants(self, pseudonym: str) -> None: ...

    def grants_of(self, pseudonym: str) -> list[Grant]: ...


class Refusal(StrEnum):
    """Why a prediction's text is not kept."""

    CLIENT = "client"
    """The client does not say that the user agrees."""
    CONSENT = "consent"
    """No consent of the user for the project is on record."""
    POLICY = "policy"
    """The consent on record is to another version of the policy."""
    LICENSE = "license"
    """The repository's licence is not known to be permissive, nor waived."""
    PATH = "path"
    """A file that is never kept."""


class Consents:
    """Grants with a short memory. Safe to use from several threads."""

    def __init__(self, table: GrantTable) -> None:
        self._table = table
        self._known: TTLCache[str, tuple[Grant, ...]] = TTLCache(MAX_CACHED, CACHED_SECONDS)
        self._lock = threading.Lock()

    def of(self, pseudonym: str) -> tuple[Grant, ...]:
        """All grants of a user."""
        with self._lock:
            known = self._known.get(pseudonym)
            if known is None:
                known = tuple(self._table.grants_of(pseudonym))
                self._known[pseudonym] = known
            return known

    def refreshed(self, pseudonym: str) -> tuple[Grant, ...]:
        """As they stand in the table: another process may have changed them since."""
        with self._lock:
            self._known.pop(pseudonym, None)
        return self.of(pseudonym)

    def put(self, pseudonym: str, grant: Grant) -> None:
        """Durable when it returns; so is ``remove``."""
        with self._lock:
            self._table.put_grant(pseudonym, grant)
            self._known.pop(pseudonym, None)

    def remove(self, pseudonym: str, project: str) -> None:
        with self._lock:
            self._table.remove_grant(pseudonym, project)
            self._known.pop(pseudonym, None)

    def forget(self, pseudonym: str) -> None:
        """All of a user's."""
        with self._lock:
            self._table.remove_grants(pseudonym)
            self._known.pop(pseudonym, None)


@dataclass(frozen=True, slots=True)
class Claim:
    """What a client says of text that it sends."""

    can_collect_data: bool
    project: str
    repo_url: str
    in_open_source_repo: bool
    paths: frozenset[str]

    @classmethod
    def of(cls, prompt_input: PromptInput, project: str) -> "Claim":
        """Of a request for a prediction. It is open source if every part of it is."""
        events = prompt_input.events
        related = prompt_input.related_files or ()
        return cls(
            can_collect_data=prompt_input.can_collect_data,
            project=project,
            repo_url=prompt_input.repo_url or "",
            in_open_source_repo=prompt_input.in_open_source_repo
            and all(event.in_open_source_repo for event in events)
            and all(file.in_open_source_repo for file in related),
            paths=frozenset(
                (
                    prompt_input.cursor_path,
                    *(event.path for event in events),
                    *(event.old_path for event in events),
                    *(file.path for file in related),
                )
            ),
        )


@dataclass(frozen=True, slots=True)
class ConsentPolicy:
    """What a deployment demands."""

    version: str
    paths: PathRules
    waived_repositories: Sequence[str] = ()

    def check(self, claim: Claim, grants: Sequence[Grant]) -> ConsentSnapshot | Refusal:
        """The three keys as they stand, or which of them is missing."""
        if not claim.can_collect_data:
            return Refusal.CLIENT
        given = _grants_for(claim.project, grants)
        if not given:
            return Refusal.CONSENT
        grant = next((each for each in given if each.policy_version == self.version), None)
        if grant is None:
            return Refusal.POLICY
        license_class = self._license_class(claim, grant)
        if license_class is LicenseClass.UNKNOWN:
            return Refusal.LICENSE
        if not claim.paths or any(map(self.paths.forbids, claim.paths)):
            return Refusal.PATH
        return ConsentSnapshot(
            can_collect_data=True,
            consent_id=grant.consent_id,
            license_class=license_class,
            license=grant.license if grant.project == claim.project else None,
        )

    def _license_class(self, claim: Claim, grant: Grant) -> LicenseClass:
        url = claim.repo_url
        if any(url and fnmatch.fnmatchcase(url, each) for each in self.waived_repositories):
            return LicenseClass.WAIVED
        is_read = grant.project == claim.project and grant.license in PERMISSIVE
        if is_read or claim.in_open_source_repo:
            return LicenseClass.PERMISSIVE
        return LicenseClass.UNKNOWN


def _grants_for(project: str, grants: Sequence[Grant]) -> list[Grant]:
    """The one for this very project before the one for all."""
    by_project = {grant.project: grant for grant in grants}
    names = (project, ANY_PROJECT) if project else (ANY_PROJECT,)
    return [by_project[name] for name in names if name in by_project]
